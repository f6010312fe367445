import PostgresWire
import Reactor

/// The way of whole batches and their answers, which are most of what passes: one look, one record, one write each way. Whatever is not
/// in the usual form takes the way of single messages.
extension ProxiedSession {
  /// Sends the client's batch at the front of `source` on, when it is one and all is known about it; 0 when its messages go one by one.
  func beginBatch(_ source: RawSpan) -> Int {
    guard machine.takesBatches, clientFeed.decoder.remaining == 0, clientFeed.atHand == nil, client != nil, !isOver, let gate,
      let batch = ClientBatch(atFrontOf: source, bodyBytesMax: machine.gatheredBytesMax)
    else { return 0 }
    let bound = batch.text == nil ? machine.note(ofStatement: WireName(source.extracting(batch.statement))) : nil
    let replacement: [UInt8]?
    do {
      guard let approval = try gate.approve(batch, in: source, statement: bound, execution: machine.nextExecution) else {
        return 0
      }
      replacement = approval.replacement
      statementStarts()
      machine.began(
        batch, statement: approval.statement, bind: approval.keepsBind ? source.extracting(batch.bind) : nil)
    } catch {
      context.metrics.add(.auditFailures)
      auditFailed()
      return 0
    }
    if let replacement {
      let messages = batch.messages(in: source, text: replacement)
      unsafe machine.sent(messages.span.bytes)
      backend?.write(messages)
    } else {
      machine.sent(source.extracting(first: batch.totalBytes))
      backend?.write(source.extracting(first: batch.totalBytes))
    }
    return batch.totalBytes
  }

  /// Sends the whole answer to a batch at the front of `source` on; 0 when its messages go one by one.
  func endBatch(_ source: RawSpan) -> Int {
    guard machine.awaitsAnswer, backendFeed.decoder.remaining == 0, backendFeed.route == nil, backend != nil, !isFinished,
      let answer = machine.answer(atFrontOf: source)
    else { return 0 }
    // What the client sees in place of the description; nil for itself.
    var other: (description: Range<Int>, message: [UInt8])?
    if machine.guarded.contains(.rowDescriptions), let description = answer.rowDescription, let guardian {
      switch guardian.known(source.extracting(description)) {
      case .itself: break
      case .another(let message): other = (description, message)
      case nil: return 0
      }
    }
    record(machine.answered(answer, in: source))
    becameReady(answer.status)
    if let other {
      client?.write(source.extracting(first: other.description.lowerBound - FrameLimits.headerBytes))
      client?.write(other.message)
      client?.write(source.extracting(other.description.upperBound..<answer.totalBytes))
    } else {
      client?.write(source.extracting(first: answer.totalBytes))
    }
    return answer.totalBytes
  }
}
