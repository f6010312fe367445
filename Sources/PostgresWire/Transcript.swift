/// A trace that people can read: one message a line, names and shapes only. Texts, values, keys and SASL data never show; what does
/// is what a golden test compares.
public enum Transcript {
  /// A type byte for people: the letter, or its number.
  public static func name(of type: UInt8) -> String {
    (0x21...0x7E).contains(type) ? "'\(Character(UnicodeScalar(type)))'" : "byte \(type)"
  }

  /// All messages in `bytes`, which must end with the end of one.
  /// - Throws: whatever is wrong with the framing.
  public static func lines(_ bytes: [UInt8], from sender: FrameDecoder.Sender) throws(WireError) -> [String] {
    var lines: [String] = []
    var offset = 0
    let decoder = FrameDecoder(sender)
    while offset < bytes.count {
      let rest = unsafe bytes.span.bytes.extracting(offset..<bytes.count)
      guard let header = try decoder.header(rest), header.totalBytes <= rest.byteCount else {
        throw WireError(.truncated, "the trace ends inside a message")
      }
      let body = rest.extracting(FrameLimits.headerBytes..<header.totalBytes)
      lines.append(try sender == .client ? clientLine(header.type, body) : serverLine(header.type, body))
      offset += header.totalBytes
    }
    return lines
  }

  /// One message of a client.
  public static func clientLine(_ type: UInt8, _ body: RawSpan) throws(WireError) -> String {
    switch type {
    case Query.type: return "Query <\(try Query.textRange(body).count) bytes>"
    case Parse.type:
      let head = try Parse.head(body)
      return "Parse \"\(head.name)\" <\(head.text.count) bytes>"
    case Bind.type:
      let bind = try Bind.decode(body)
      return "Bind \"\(bind.portal)\" \"\(bind.statement)\" \(bind.parameters.count) parameters"
    case Describe.type: return "Describe \(name(of: try Describe.decode(body).object))"
    case Close.type: return "Close \(name(of: try Close.decode(body).object))"
    case Execute.type:
      let execute = try Execute.decode(body)
      return "Execute \"\(execute.portal)\" \(execute.rowsMax)"
    case Sync.type: return "Sync"
    case Flush.type: return "Flush"
    case Terminate.type: return "Terminate"
    case CopyData.type: return "CopyData <\(body.byteCount) bytes>"
    case CopyDone.type: return "CopyDone"
    case CopyFail.type: return "CopyFail"
    case SASLResponse.type: return "SASLResponse <secret>"
    default: return "\(name(of: type)) <\(body.byteCount) bytes>"
    }
  }

  /// One message of a server.
  public static func serverLine(_ type: UInt8, _ body: RawSpan) throws(WireError) -> String {
    switch type {
    case Authentication.type:
      switch try Authentication.decode(body) {
      case .ok: return "AuthenticationOk"
      case .cleartextPassword: return "AuthenticationCleartextPassword"
      case .md5Password: return "AuthenticationMD5Password"
      case .sasl(let mechanisms): return "AuthenticationSASL \(mechanisms.joined(separator: " "))"
      case .saslContinue: return "AuthenticationSASLContinue <secret>"
      case .saslFinal: return "AuthenticationSASLFinal <secret>"
      case .other(let code): return "Authentication \(code)"
      }
    case BackendKeyData.type: return "BackendKeyData <secret>"
    case ParameterStatus.type: return "ParameterStatus \(try ParameterStatus.decode(body).name)"
    case ReadyForQuery.type:
      return "ReadyForQuery \(Character(UnicodeScalar(try ReadyForQuery.decode(body).status.rawValue)))"
    case RowDescription.type: return "RowDescription \(try RowDescription.decode(body).columns.count) columns"
    case DataRow.type: return "DataRow \(try DataRow.decode(body).values.count) values"
    case CommandComplete.type: return "CommandComplete \(try CommandComplete.decode(body).tag)"
    case ErrorResponse.type: return "ErrorResponse \(errorWords(try ErrorResponse.decode(body)))"
    case ErrorResponse.noticeType: return "NoticeResponse \(errorWords(try ErrorResponse.decode(body)))"
    case ParseComplete.type: return "ParseComplete"
    case BindComplete.type: return "BindComplete"
    case CloseComplete.type: return "CloseComplete"
    case NoData.type: return "NoData"
    case EmptyQueryResponse.type: return "EmptyQueryResponse"
    case PortalSuspended.type: return "PortalSuspended"
    case ParameterDescription.type: return "ParameterDescription \(try ParameterDescription.decode(body).typeOIDs.count) types"
    case CopyResponse.Direction.into.rawValue: return "CopyInResponse"
    case CopyResponse.Direction.out.rawValue: return "CopyOutResponse"
    case CopyData.type: return "CopyData <\(body.byteCount) bytes>"
    case CopyDone.type: return "CopyDone"
    case NotificationResponse.type: return "NotificationResponse"
    case NegotiateProtocolVersion.type:
      let version = try NegotiateProtocolVersion.decode(body).version
      return "NegotiateProtocolVersion \(version.major).\(version.minor)"
    default: return "\(name(of: type)) <\(body.byteCount) bytes>"
    }
  }

  private static func errorWords(_ error: ErrorResponse) -> String {
    "\(error.severity?.rawValue ?? "?") \(error.sqlState?.description ?? "?")"
  }

  private static func name(of object: NamedObject) -> String {
    switch object {
    case .statement(let name): "statement \"\(name)\""
    case .portal(let name): "portal \"\(name)\""
    }
  }
}
