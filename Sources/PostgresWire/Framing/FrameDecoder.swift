/// Type and body length of a message, from its first five bytes.
public struct FrameHeader: Sendable, Equatable {
  public var type: UInt8
  public var bodyBytes: Int

  /// Header and body.
  public var totalBytes: Int { FrameLimits.headerBytes + bodyBytes }
}

/// Finds the messages in a stream, in place: the caller keeps the bytes, this keeps only how much of the current message is still
/// to come. Lengths are judged before anybody makes room for them.
///
/// ```
/// while let header = try decoder.header(unread) {      // nil: read more, then ask again with the same bytes and more
///   // look at header.type; then either wait for header.totalBytes and use them whole, or stream them:
///   decoder.begin(header.totalBytes)
///   let part = decoder.advance(unread.byteCount)       // that many bytes at the front belong to the message
/// }
/// ```
public struct FrameDecoder: Sendable, Equatable {
  /// Who sends the stream: one letter means different things in each direction.
  public enum Sender: Sendable, Equatable { case client, server }

  public let sender: Sender
  /// Bytes of the message begun that have not yet been taken.
  public private(set) var remaining = 0

  public init(_ sender: Sender) { self.sender = sender }

  /// The message that starts at the front of `bytes`; nil while there are fewer than five.
  /// - Throws: an unknown type, or a length outside the type's floor and ceiling (`FrameLimits`).
  public func header(_ bytes: RawSpan) throws(WireError) -> FrameHeader? {
    precondition(remaining == 0, "the message before has not been taken")
    guard bytes.byteCount >= FrameLimits.headerBytes else { return nil }
    let (type, length) = try WireReader.readHead(bytes) { reader throws(WireError) in (try reader.uint8(), try reader.int32()) }
    let ceiling = sender == .client ? FrameLimits.clientBytesMax(type) : FrameLimits.serverBytesMax(type)
    guard let ceiling else { throw WireError(.type, "there is no message of type \(Transcript.name(of: type))") }
    let bodyBytes = Int(length) - FrameLimits.lengthWordBytes
    guard bodyBytes >= 0, bodyBytes <= ceiling else {
      throw WireError(.length, "a message of type \(Transcript.name(of: type)) cannot have the length \(length)")
    }
    return FrameHeader(type: type, bodyBytes: bodyBytes)
  }

  /// The length of the startup packet at the front of `bytes`, length word included; nil while there are fewer than four.
  /// - Throws: a length outside 8 to 10,000.
  public func startupPacketBytes(_ bytes: RawSpan) throws(WireError) -> Int? {
    guard bytes.byteCount >= FrameLimits.lengthWordBytes else { return nil }
    let length = Int(try WireReader.readHead(bytes) { reader throws(WireError) in try reader.int32() })
    guard FrameLimits.startupPacketBytes.contains(length) else {
      throw WireError(.length, "a startup packet cannot have the length \(length)")
    }
    return length
  }

  /// A message of this many bytes is going to be streamed.
  public mutating func begin(_ totalBytes: Int) {
    precondition(remaining == 0 && totalBytes >= 0, "the message before has not been taken")
    remaining = totalBytes
  }

  /// How many of the `available` bytes at the front of the stream belong to the message begun; they count as taken.
  public mutating func advance(_ available: Int) -> Int {
    let part = min(remaining, max(0, available))
    remaining -= part
    return part
  }
}
