/// FunctionCall: runs a function by OID, past every statement. The proxy refuses it, so only its letter is needed.
public enum FunctionCall {
  public static let type = UInt8(ascii: "F")
}
