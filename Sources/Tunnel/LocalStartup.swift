import PostgresWire
import Reactor

/// What a local program says before its session: encryption requests, each at most once and answered with no, for the tunnel's own
/// side is local; then a CancelRequest or the StartupMessage. Pure.
struct LocalStartup {
  enum Step: Equatable {
    case answer(UInt8)
    case cancel(CancelKey)
    case login(StartupMessage)
    case refuse(ErrorResponse)
  }

  /// Bytes not yet used up; behind a StartupMessage they belong to the session.
  private(set) var rest: [UInt8] = []
  private let decoder = FrameDecoder(.client)
  private var askedTLS = false
  private var askedGSS = false

  mutating func append(_ bytes: RawSpan) { bytes.append(to: &rest) }

  /// The next thing to do; nil until more has come.
  mutating func next() -> Step? {
    do throws(WireError) {
      let packet: StartupPacket? = try rest.withSpan { (bytes) throws(WireError) -> StartupPacket? in
        guard let length = try decoder.startupPacketBytes(bytes), bytes.byteCount >= length else { return nil }
        return try StartupPacket.decode(bytes.extracting(FrameLimits.lengthWordBytes..<length))
      }
      guard let packet, let length = try rest.withSpan({ (bytes) throws(WireError) in try decoder.startupPacketBytes(bytes) })
      else { return nil }
      rest.removeFirst(length)
      return judge(packet)
    } catch {
      // Where the next packet would begin is not known.
      rest = []
      return .refuse(TunnelReplies.malformed(error))
    }
  }

  private mutating func judge(_ packet: StartupPacket) -> Step {
    switch packet {
    case .sslRequest:
      guard !askedTLS, rest.isEmpty else { return Self.violation("SSLRequest") }
      askedTLS = true
      return .answer(StartupPacket.refusesTLS)
    case .gssEncryptionRequest:
      guard !askedGSS, rest.isEmpty else { return Self.violation("GSSENCRequest") }
      askedGSS = true
      return .answer(StartupPacket.refusesTLS)
    case .cancelRequest(let key): return .cancel(key)
    case .startup(let message): return .login(message)
    }
  }

  private static func violation(_ name: String) -> Step {
    .refuse(ErrorResponse(.fatal, .protocolViolation, "\(name) came twice, or with bytes behind it"))
  }

  /// The startup message for the proxy: the lease's role in place of whatever user the program names, since it has nothing to prove.
  /// - Throws: the program wants another database than the lease's. libpq asks for one named as the user when it was told none.
  static func message(
    _ message: StartupMessage, role: String, database: String
  ) throws(ErrorResponse) -> StartupMessage {
    if let asked = message["database"], asked != database, asked != message["user"] {
      throw TunnelReplies.otherDatabase(asked, leadsTo: database)
    }
    let others = message.parameters.filter { $0.name != "user" && $0.name != "database" }
    return StartupMessage(
      version: message.version, parameters: [.init("user", role), .init("database", database)] + others)
  }
}
