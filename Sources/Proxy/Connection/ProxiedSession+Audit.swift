import PostgresWire
import Reactor

/// What of a session's output did not depend on the records of a batch.
struct NotedOutput {
  var client: SocketStream?
  var clientBytes = 0
  var isAtBoundary = true
  var backend: SocketStream?
  var backendBytes = 0
}

extension ProxiedSession: StagingSession {
  func noteOutput() {
    // The streams are mostly those of the last time: looking costs less than keeping them once more.
    if output.client !== client { output.client = client }
    if output.backend !== backend { output.backend = backend }
    output.clientBytes = (client?.pendingBytes ?? 0) + unsentToClient
    output.backendBytes = (backend?.pendingBytes ?? 0) + unsentToBackend
    output.isAtBoundary = !backendFeed.isInsideMessage
  }

  var notedOutput: AuditStage.Member {
    AuditStage.Member(
      session: self, client: output.client, clientBytes: output.clientBytes, isAtBoundary: output.isAtBoundary,
      backend: output.backend, backendBytes: output.backendBytes)
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
      if !clocks.awaitsReason, client?.isBlocked != true { backend?.resumeReading() }
      handleNothing()
    }
  }

  /// Nothing runs unrecorded: the session ends.
  func auditFailed() {
    sayThatAuditFailed()
    endSoon(ErrorReplies.auditFailed())
  }

  private func sayThatAuditFailed() {
    context.logger.error(
      "the audit log cannot be written; the session ends", metadata: ["session": "\(gate?.recorder.session ?? "")"])
    endReason = "the audit log could not be written"
  }
}
