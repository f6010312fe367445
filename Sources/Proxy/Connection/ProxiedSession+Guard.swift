import PostgresWire
import Reactor

extension ProxiedSession {
  /// Shows the backend's message at hand to the guard, and sends on what the client may see of it.
  func examine(_ examined: Examined, _ source: RawSpan, _ run: inout Run, isForClient: Bool) {
    guard let atHand = backendFeed.atHand, let guardian else {
      if isForClient { passFromBackend(source, &run) }
      return
    }
    let start = run.end + FrameLimits.headerBytes
    let body = source.extracting(start..<start + atHand.bodyBytes)
    do {
      let replacement = try guardian.rewrite(examined, body, note: note(of: examined))
      guard isForClient else { return }
      if let replacement {
        skipFromBackend(source, &run)
        client?.write(replacement)
      } else {
        passFromBackend(source, &run)
      }
    } catch let violation as RowDescriptionCheck.Violation {
      skipFromBackend(source, &run)
      alarm(violation)
    } catch {
      // What cannot be read cannot be checked: fail closed.
      skipFromBackend(source, &run)
      endReason = "the server broke the protocol"
      machine.serverBroke(error as? WireError ?? WireError(.value, "a message cannot be read"))
    }
  }

  private func note(of examined: Examined) -> StatementNoteOfGate? {
    switch examined {
    case .error(let execution): execution.flatMap { gate?.recorder.note(of: $0) } ?? gate?.lastParsed
    case .rowDescription, .parameterStatus, .notice, .notification: nil
    }
  }

  /// PostgreSQL would answer a masked column: privileges have a hole. Nothing of it passes.
  private func alarm(_ violation: RowDescriptionCheck.Violation) {
    context.metrics.add(.alarms)
    context.logger.critical(
      "the server answered a masked column",
      metadata: ["table": "\(violation.table)", "column": "\(violation.column)", "session": "\(login.session?.id ?? "")"])
    do {
      try gate?.recorder.alarm(
        "the server answered a masked column", details: ["table": violation.table, "column": violation.column])
    } catch {
      auditFailed()
      return
    }
    machine.handle(.limitReached(ErrorReplies.maskedOutput(table: violation.table, column: violation.column)))
  }
}
