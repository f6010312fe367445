import Foundation
import OpenSSL
import PostgresWire
import TestSupport

/// A client that speaks the protocol message by message, in the clear on loopback, so that a test can send what no library would. The
/// same one talks to the proxy and to PostgreSQL itself.
final class WireClient {
  struct Message: Equatable {
    var type: UInt8
    var body: [UInt8]

    /// Type and shape, and for errors what they say.
    var line: String {
      guard let line = try? Transcript.serverLine(type, unsafe body.span.bytes) else { return "'\(letter)' unreadable" }
      return line
    }
    var letter: Character { Character(UnicodeScalar(type)) }
    var error: ErrorResponse? {
      type == ErrorResponse.type || type == ErrorResponse.noticeType ? try? ErrorResponse.decode(unsafe body.span.bytes) : nil
    }
    /// Of a DataRow, as text.
    var values: [String?] {
      ((try? DataRow.decode(unsafe body.span.bytes))?.values ?? []).map { $0.map { String(decoding: $0, as: UTF8.self) } }
    }
  }

  /// The server refused the login.
  struct Refused: Error { var error: ErrorResponse }

  let peer: ScriptedPeer
  /// What came between AuthenticationOk and the first ReadyForQuery, and a NegotiateProtocolVersion before.
  private(set) var greeting: [Message] = []

  /// Connects, and sends nothing.
  init(port: Int, deadlineSeconds: Int = 20) throws {
    peer = try ScriptedPeer.connect(port: port, deadlineSeconds: deadlineSeconds)
  }

  /// Connects and logs in.
  convenience init(
    port: Int, user: String, password: String, database: String = "postgres", _ parameters: [(String, String)] = [],
    version: StartupMessage.Version = .oldest, deadlineSeconds: Int = 20
  ) throws {
    try self.init(port: port, deadlineSeconds: deadlineSeconds)
    try logIn(user: user, password: password, database: database, parameters, version: version)
  }

  /// The client of a proxied world, through the proxy or straight to its server.
  convenience init(
    _ world: ProxyWorld, direct: Bool = false, _ parameters: [(String, String)] = [],
    version: StartupMessage.Version = .oldest, deadlineSeconds: Int = 20
  ) throws {
    try self.init(
      port: direct ? world.server.port : world.port, user: world.role,
      password: direct ? ProxyWorld.databasePassword : world.secret, parameters, version: version,
      deadlineSeconds: deadlineSeconds)
  }

  static func startup(
    user: String, database: String = "postgres", _ parameters: [(String, String)] = [], version: StartupMessage.Version = .oldest
  ) -> [UInt8] {
    StartupPacket.startup(
      StartupMessage(
        version: version,
        parameters: [.init("user", user), .init("database", database)] + parameters.map { .init($0.0, $0.1) })
    ).bytes
  }

  func logIn(
    user: String, password: String, database: String = "postgres", _ parameters: [(String, String)] = [],
    version: StartupMessage.Version = .oldest
  ) throws {
    try send(Self.startup(user: user, database: database, parameters, version: version))
    var client = ScramClient(
      .password(WipedBytes(Array(password.utf8))), nonce: Base64.encode(randomBytes(18)), binding: .none)
    while true {
      let message = try read()
      switch message.type {
      case ErrorResponse.type: throw Refused(error: message.error ?? ErrorResponse(fields: []))
      case NegotiateProtocolVersion.type: greeting.append(message)
      case Authentication.type:
        switch try Authentication.decode(unsafe message.body.span.bytes) {
        case .sasl:
          try send { SASLInitialResponse(mechanism: "SCRAM-SHA-256", response: client.first).encode(into: &$0) }
        case .saslContinue(let text):
          let answer = try client.answer(text)
          try send { SASLResponse(answer).encode(into: &$0) }
        case .saslFinal: break
        case .ok:
          while greeting.last?.type != ReadyForQuery.type {
            greeting.append(try read())
            // Settings are looked at behind the login.
            if let error = greeting.last?.error, error.isFatal { throw Refused(error: error) }
          }
          return
        default: throw ScriptedPeer.Failure.closed
        }
      default: throw ScriptedPeer.Failure.closed
      }
    }
  }

  /// The key for CancelRequest.
  var cancelKey: CancelKey? {
    greeting.first { $0.type == BackendKeyData.type }.flatMap { try? BackendKeyData.decode(unsafe $0.body.span.bytes).key }
  }

  func send(_ bytes: [UInt8]) throws { try peer.send(bytes) }

  func send(_ write: (inout WireWriter) throws -> Void) throws {
    var writer = WireWriter()
    try write(&writer)
    try peer.send(writer.bytes)
  }

  /// A message with this body, right or wrong.
  static func raw(_ type: Character, _ body: [UInt8]) -> [UInt8] {
    var writer = WireWriter()
    writer.message(type.asciiValue!) { $0.raw(body) }
    return writer.bytes
  }

  func read() throws -> Message {
    let bytes = try peer.readMessage()
    return Message(type: bytes[0], body: Array(bytes.dropFirst(5)))
  }

  /// Up to a ReadyForQuery, it included.
  func readUntilReady(_ count: Int = 1) throws -> [Message] {
    var messages: [Message] = []
    var left = count
    while left > 0 {
      messages.append(try read())
      if messages.last?.type == ReadyForQuery.type { left -= 1 }
    }
    return messages
  }

  /// Up to the first message of a type, it included.
  func read(upTo letter: Character) throws -> [Message] {
    var messages = [try read()]
    while messages[messages.count - 1].type != letter.asciiValue { messages.append(try read()) }
    return messages
  }

  /// Everything up to the other side's close.
  func readToEnd() throws -> [Message] {
    var messages: [Message] = []
    do { while true { messages.append(try read()) } } catch ScriptedPeer.Failure.closed { return messages }
  }

  /// Runs texts as one message each, and gives the lines of all answers.
  @discardableResult func query(_ texts: String...) throws -> [String] {
    var lines: [String] = []
    for text in texts {
      try send { Query(text).encode(into: &$0) }
      lines += try readUntilReady().map(\.line)
    }
    return lines
  }

  /// The one value that a query returns.
  func value(_ text: String) throws -> String? {
    try send { Query(text).encode(into: &$0) }
    return try readUntilReady().first { $0.type == DataRow.type }?.values.first ?? nil
  }

  func close() { peer.close() }
}
