/// What clients send most, found at the front of their bytes in one pass, without a copy: a Query; or an unnamed Parse, if any, and a Bind, a
/// Describe, if any, and an Execute of the unnamed portal, and a Sync. Whole and well-formed, or it is none: then the messages are to be
/// read one by one, as `FrameDecoder` and the messages' own readers do.
///
/// All ranges are offsets into the bytes that were looked at.
public struct ClientBatch: Sendable, Equatable {
  /// Of all its messages.
  public let totalBytes: Int
  /// A Query; else it is of the extended protocol.
  public let isQuery: Bool
  /// Of the Query or Parse, without the final NUL; nil where a statement is bound that was prepared before.
  public let text: Range<Int>?
  /// Name of the statement that is bound, without the final NUL.
  public let statement: Range<Int>
  /// The Bind's body.
  public let bind: Range<Int>
  /// The Bind's; of none for a Query.
  public let parameters: BindParameters
  /// It has a Describe of the portal.
  public let describes: Bool

  /// - Parameter bodyBytesMax: of each message.
  public init?(atFrontOf bytes: RawSpan, bodyBytesMax: Int) {
    guard bytes.byteCount > FrameLimits.headerBytes else { return nil }
    switch bytes.byte(at: 0) {
    case Query.type:
      guard let end = bytes.messageEnd(Query.type, at: 0), end - FrameLimits.headerBytes <= bodyBytesMax,
        bytes.firstNUL(in: FrameLimits.headerBytes..<end) == end - 1
      else { return nil }
      self.init(
        totalBytes: end, isQuery: true, text: FrameLimits.headerBytes..<end - 1, statement: 0..<0, bind: 0..<0,
        parameters: BindParameters(count: 0, formats: 0..<0, offset: 0), describes: false)
    case Parse.type:
      guard let end = bytes.messageEnd(Parse.type, at: 0), end - FrameLimits.headerBytes <= bodyBytesMax,
        let text = Self.unnamedText(FrameLimits.headerBytes..<end, bytes)
      else { return nil }
      self.init(bindAt: end, text: text, bytes, bodyBytesMax)
    case Bind.type: self.init(bindAt: 0, text: nil, bytes, bodyBytesMax)
    default: return nil
    }
  }

  /// All of its messages, with another text in place of the Query's or Parse's.
  ///
  /// - Parameter bytes: what it was found in.
  /// - Precondition: it has a text.
  public func messages(in bytes: RawSpan, text replacement: [UInt8]) -> [UInt8] {
    guard let text else { preconditionFailure("the batch has no text") }
    var writer = WireWriter()
    if isQuery {
      writer.message(Query.type) { $0.string(utf8: replacement) }
      return writer.bytes
    }
    let bindStart = bind.lowerBound - FrameLimits.headerBytes
    writer.message(Parse.type) {
      $0.uint8(0)
      $0.string(utf8: replacement)
      $0.raw(bytes.extracting(text.upperBound + 1..<bindStart))
    }
    writer.raw(bytes.extracting(bindStart..<totalBytes))
    return writer.bytes
  }

  /// How many types of parameters its Parse gives.
  ///
  /// - Parameter bytes: what it was found in.
  public func declaredParameters(in bytes: RawSpan) -> Int? {
    guard let text, !isQuery else { return nil }
    return Int(bytes.uint16(at: text.upperBound + 1))
  }

  private init(
    totalBytes: Int, isQuery: Bool, text: Range<Int>?, statement: Range<Int>, bind: Range<Int>,
    parameters: BindParameters, describes: Bool
  ) {
    self.totalBytes = totalBytes
    self.isQuery = isQuery
    self.text = text
    self.statement = statement
    self.bind = bind
    self.parameters = parameters
    self.describes = describes
  }

  private init?(bindAt start: Int, text: Range<Int>?, _ bytes: RawSpan, _ bodyBytesMax: Int) {
    guard let bindEnd = bytes.messageEnd(Bind.type, at: start) else { return nil }
    let bind = start + FrameLimits.headerBytes..<bindEnd
    guard bind.count <= bodyBytesMax, let (statement, parameters) = Self.statement(bind, bytes), text == nil || statement.isEmpty
    else {
      return nil
    }
    var at = bindEnd
    var describes = false
    if let end = bytes.messageEnd(Describe.type, at: at) {
      guard end - at == FrameLimits.headerBytes + 2, bytes.byte(at: end - 2) == UInt8(ascii: "P"), bytes.byte(at: end - 1) == 0
      else {
        return nil
      }
      describes = true
      at = end
    }
    // An unnamed portal, and how many rows; then nothing.
    guard let executed = bytes.messageEnd(Execute.type, at: at), executed - at == FrameLimits.headerBytes + 5,
      bytes.byte(at: at + FrameLimits.headerBytes) == 0, let end = bytes.messageEnd(Sync.type, at: executed),
      end - executed == FrameLimits.headerBytes
    else { return nil }
    self.init(
      totalBytes: end, isQuery: false, text: text, statement: statement, bind: bind, parameters: parameters, describes: describes)
  }

  /// The text of a Parse without a name, if the body is in order to its end.
  private static func unnamedText(_ body: Range<Int>, _ bytes: RawSpan) -> Range<Int>? {
    guard !body.isEmpty, bytes.byte(at: body.lowerBound) == 0,
      let end = bytes.firstNUL(in: body.lowerBound + 1..<body.upperBound),
      body.upperBound - end >= 3, body.upperBound == end + 3 + 4 * Int(bytes.uint16(at: end + 1))
    else { return nil }
    return body.lowerBound + 1..<end
  }

  /// The name of the statement in a Bind to the unnamed portal, and its parameters, if the body is in order to its end.
  private static func statement(_ body: Range<Int>, _ bytes: RawSpan) -> (name: Range<Int>, parameters: BindParameters)? {
    guard !body.isEmpty, bytes.byte(at: body.lowerBound) == 0,
      let name = bytes.firstNUL(in: body.lowerBound + 1..<body.upperBound)
    else { return nil }
    let limit = body.upperBound
    var at = name + 1
    guard limit - at >= 2 else { return nil }
    let formats = at + 2..<at + 2 + 2 * Int(bytes.uint16(at: at))
    at = formats.upperBound
    guard limit - at >= 2 else { return nil }
    let count = Int(bytes.uint16(at: at))
    at += 2
    let parameters = BindParameters(count: count, formats: formats, offset: at)
    for _ in 0..<count {
      guard limit - at >= 4 else { return nil }
      let length = bytes.uint32(at: at)
      at += 4
      if length == .max { continue }
      guard Int(length) <= limit - at else { return nil }
      at += Int(length)
    }
    guard limit - at >= 2, limit == at + 2 + 2 * Int(bytes.uint16(at: at)) else { return nil }
    return (body.lowerBound + 1..<name, parameters)
  }
}
