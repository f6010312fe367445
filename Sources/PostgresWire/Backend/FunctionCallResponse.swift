/// FunctionCallResponse: the result of a FunctionCall, which is passed on unread.
public enum FunctionCallResponse {
  public static let type = UInt8(ascii: "V")
}
