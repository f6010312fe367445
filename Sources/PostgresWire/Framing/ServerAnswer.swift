/// The whole answer to a `ClientBatch` that went well, found at the front of the server's bytes in one pass, without a copy. Anything else,
/// an error or a notice above all, is none: then the messages are to be looked at one by one.
///
/// All ranges are offsets into the bytes that were looked at.
public struct ServerAnswer: Sendable, Equatable {
  /// Of all its messages.
  public let totalBytes: Int
  public let rows: MessageRun
  /// Body of the RowDescription; nil without one.
  public let rowDescription: Range<Int>?
  /// Of the one CommandComplete, without the final NUL.
  public let tag: Range<Int>
  /// As its ReadyForQuery says; never `failed`.
  public let status: TransactionStatus

  /// - Parameters:
  ///   - parses: the batch has a Parse.
  ///   - describes: the batch has a Describe. A Query tells its columns, or has no rows.
  public init?(
    atFrontOf bytes: RawSpan, isQuery: Bool, parses: Bool, describes: Bool, rowsMax: UInt64, bodyBytesMax: UInt64
  ) {
    var at = 0
    if parses, !bytes.takeEmpty(ParseComplete.type, &at) { return nil }
    if !isQuery, !bytes.takeEmpty(BindComplete.type, &at) { return nil }
    var rowDescription: Range<Int>?
    var mayHaveRows = !isQuery
    if isQuery || describes {
      if let end = bytes.messageEnd(RowDescription.type, at: at) {
        rowDescription = at + FrameLimits.headerBytes..<end
        mayHaveRows = true
        at = end
      } else if !isQuery, !bytes.takeEmpty(NoData.type, &at) {
        return nil
      }
    }
    let rows =
      mayHaveRows
      ? WireReader.run(
        of: DataRow.type, in: bytes.extracting(droppingFirst: at), countMax: rowsMax, bodyBytesMax: bodyBytesMax) : MessageRun()
    at += rows.totalBytes
    // ReadyForQuery must follow at once.
    guard let end = bytes.messageEnd(CommandComplete.type, at: at), end - at <= FrameLimits.serverSmallBytesMax,
      bytes.firstNUL(in: at + FrameLimits.headerBytes..<end) == end - 1,
      let ready = bytes.messageEnd(ReadyForQuery.type, at: end), ready - end == FrameLimits.headerBytes + 1
    else { return nil }
    switch bytes.byte(at: ready - 1) {
    case TransactionStatus.idle.rawValue: status = .idle
    case TransactionStatus.block.rawValue: status = .block
    default: return nil
    }
    totalBytes = ready
    self.rows = rows
    self.rowDescription = rowDescription
    tag = at + FrameLimits.headerBytes..<end - 1
  }
}

extension RawSpan {
  /// Goes past a message without a body; false when it is another.
  @inline(__always)
  fileprivate func takeEmpty(_ type: UInt8, _ at: inout Int) -> Bool {
    guard let end = messageEnd(type, at: at), end - at == FrameLimits.headerBytes else { return false }
    at = end
    return true
  }
}
