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
      // The error ends its statement, whose findings have been reported.
      if case .error = examined, !reportsFindings() {
        skipFromBackend(source, &run)
        return
      }
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
    } catch let denied as WireMasks.Denied {
      skipFromBackend(source, &run)
      machine.handle(.limitReached(ErrorReplies.deniedOutput(table: denied.table, column: denied.column)))
    } catch {
      // What cannot be read cannot be checked: fail closed.
      skipFromBackend(source, &run)
      endReason = "the server broke the protocol"
      machine.serverBroke(error as? WireError ?? WireError(.value, "a message cannot be read"))
    }
  }

  /// A DataRow or CopyData at the front of `rest`, through masks and detectors; false while it is not all there.
  func examineRow(_ header: FrameHeader, _ rest: RawSpan, _ source: RawSpan, _ run: inout Run) -> Bool {
    guard header.bodyBytes <= WireDetectors.rowBytesMax else {
      // What cannot be read cannot be checked: fail closed.
      send(source, &run, to: client)
      backendFeed.begin(header.totalBytes, drops: true)
      machine.handle(.limitReached(ErrorReplies.rowTooLong(header.bodyBytes, bytesMax: WireDetectors.rowBytesMax)))
      perform(source, &run, from: .backend)
      return true
    }
    guard rest.byteCount >= header.totalBytes else {
      backendFeed.needs = header.totalBytes
      send(source, &run, to: client)
      return false
    }
    examineRows(rest.extracting(first: header.totalBytes), source, &run)
    return true
  }

  /// Whole rows, or COPY data, at the front of what has not been sent, through masks and detectors.
  func examineRows(_ messages: RawSpan, _ source: RawSpan, _ run: inout Run) {
    do throws(WireError) {
      guard let replacement = try guardian?.rows(messages[byte: 0], messages) else {
        run.end += messages.byteCount
        return
      }
      send(source, &run, to: client)
      client?.write(replacement)
      run.skip(messages.byteCount)
    } catch {
      send(source, &run, to: client)
      run.skip(messages.byteCount)
      endReason = "the server broke the protocol"
      machine.serverBroke(error)
      perform(source, &run, from: .backend)
    }
  }

  /// Puts on record what the detectors have found since the last call.
  func reportFindings() throws {
    guard let detectors = guardian?.detectors, let gate else { return }
    for finding in detectors.takeFindings() {
      context.metrics.add(.detections, finding.count)
      try gate.recorder.detected(finding)
    }
  }

  /// The same; false when they cannot be recorded, and the session ends.
  private func reportsFindings() -> Bool {
    do {
      try reportFindings()
      return true
    } catch {
      context.metrics.add(.auditFailures)
      auditFailed()
      return false
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
      metadata: ["table": "\(violation.table)", "column": "\(violation.column)", "session": "\(gate?.recorder.session ?? "")"])
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
