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
    do {
      guard let approval = try gate.approve(batch, in: source, statement: bound, execution: machine.nextExecution) else {
        return 0
      }
      statementStarts()
      machine.began(
        batch, statement: approval.statement, bind: approval.keepsBind ? source.extracting(batch.bind) : nil)
    } catch {
      context.metrics.add(.auditFailures)
      auditFailed()
      return 0
    }
    backend?.write(source.extracting(first: batch.totalBytes))
    return batch.totalBytes
  }

  /// Sends the whole answer to a batch at the front of `source` on; 0 when its messages go one by one.
  func endBatch(_ source: RawSpan) -> Int {
    guard machine.awaitsAnswer, backendFeed.decoder.remaining == 0, backendFeed.route == nil, backend != nil, !isFinished,
      let answer = machine.answer(atFrontOf: source)
    else { return 0 }
    if machine.guarded.contains(.rowDescriptions), let description = answer.rowDescription, let guardian,
      !guardian.hasPassed(source.extracting(description))
    {
      return 0
    }
    record(machine.answered(answer, in: source))
    becameReady(answer.status)
    client?.write(source.extracting(first: answer.totalBytes))
    return answer.totalBytes
  }
}
