/// FunctionCall: runs a function by OID, past every statement. Only sessions that nothing is forbidden to may use it, so its arguments
/// are nobody's business here.
public enum FunctionCall {
  public static let type = UInt8(ascii: "F")

  /// The function's OID, from the beginning of a body.
  public static func function(_ body: RawSpan) throws(WireError) -> UInt32 {
    try WireReader.readHead(body) { reader throws(WireError) in try reader.uint32() }
  }
}
