import PostgresWire
import Reactor

extension ProxiedSession: StagingSession {
  /// What of the session's output does not depend on what is recorded from now on.
  var stageMember: AuditStage.Member {
    AuditStage.Member(
      session: self, client: client, clientBytes: (client?.pendingBytes ?? 0) + unsentToClient,
      isAtBoundary: !backendFeed.isInsideMessage, backend: backend, backendBytes: (backend?.pendingBytes ?? 0) + unsentToBackend)
  }

  func recordsLost(isAtBoundary: Bool) {
    context.metrics.add(.auditFailures)
    gate?.recorder.lose()
    guard !isFinished else { return }
    sayThatAuditFailed()
    let me = LoopBound(self, loop: loop)
    // Never in the middle of a step.
    loop.execute { me.value.endAfterLoss(isAtBoundary: isAtBoundary) }
  }

  private func endAfterLoss(isAtBoundary: Bool) {
    guard !isFinished else { return }
    // The backend has not seen what was refused, and the client gets no word in the middle of a message.
    if isAtBoundary { client?.unmute() }
    handle(.end(ErrorReplies.auditFailed()))
  }

  func outputHeld(_ isHeld: Bool) {
    holds += isHeld ? 1 : -1
    guard !isFinished else { return }
    if holds > 0 {
      client?.pauseReading()
      backend?.pauseReading()
    } else {
      if clocks.reason == nil, client?.isBlocked != true { backend?.resumeReading() }
      handleNothing()
    }
  }

  /// Nothing runs unrecorded: the session ends.
  func auditFailed() {
    sayThatAuditFailed()
    endSoon(ErrorReplies.auditFailed())
  }

  private func sayThatAuditFailed() {
    context.logger.error("the audit log cannot be written; the session ends", metadata: ["session": "\(login.session?.id ?? "")"])
    endReason = "the audit log could not be written"
  }
}
