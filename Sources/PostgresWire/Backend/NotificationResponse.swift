/// NotificationResponse: somebody called NOTIFY.
public struct NotificationResponse: Sendable, Equatable {
  public static let type = UInt8(ascii: "A")
  public var processID: UInt32
  public var channel: [UInt8]
  public var payload: [UInt8]

  public init(processID: UInt32, channel: [UInt8], payload: [UInt8]) {
    self.processID = processID
    self.channel = channel
    self.payload = payload
  }

  public static func decode(_ body: RawSpan) throws(WireError) -> Self {
    try WireReader.read(body) { reader throws(WireError) in
      Self(processID: try reader.uint32(), channel: try reader.stringBytes(), payload: try reader.stringBytes())
    }
  }

  public func encode(into writer: inout WireWriter) {
    writer.message(Self.type) {
      $0.uint32(processID)
      $0.string(utf8: channel)
      $0.string(utf8: payload)
    }
  }
}
