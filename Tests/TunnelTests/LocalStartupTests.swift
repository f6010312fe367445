import PostgresWire
import Testing

@testable import Tunnel

@Suite struct LocalStartupTests {
  private static let message = StartupMessage(
    version: .newest,
    parameters: [.init("user", "me"), .init("database", "shop"), .init("application_name", "gui"), .init("options", "-c a=b")])
  private static let key = CancelKey(processID: 7, secret: [1, 2, 3, 4, 5])!

  private static func steps(_ bytes: [UInt8], chunk: Int? = nil) -> (steps: [LocalStartup.Step], rest: [UInt8]) {
    var startup = LocalStartup()
    var steps: [LocalStartup.Step] = []
    var offset = 0
    while offset < bytes.count {
      let end = min(bytes.count, offset + (chunk ?? bytes.count))
      Array(bytes[offset..<end]).withSpan { startup.append($0) }
      offset = end
      while let step = startup.next() {
        steps.append(step)
        if case .login = step { break }
      }
    }
    return (steps, startup.rest)
  }

  @Test func `a startup message is taken whole or byte by byte, and what is behind it is the session's`() {
    let bytes = StartupPacket.startup(Self.message).bytes
    #expect(Self.steps(bytes).steps == [.login(Self.message)])
    #expect(Self.steps(bytes, chunk: 1).steps == [.login(Self.message)])
    let more = Self.steps(bytes + [1, 2, 3])
    #expect(more.steps == [.login(Self.message)])
    #expect(more.rest == [1, 2, 3])
  }

  @Test func `encryption is answered with no, each kind once`() {
    var startup = LocalStartup()
    for packet in [StartupPacket.gssEncryptionRequest, .sslRequest] {
      packet.bytes.withSpan { startup.append($0) }
      #expect(startup.next() == .answer(UInt8(ascii: "N")))
      #expect(startup.next() == nil)
    }
    StartupPacket.sslRequest.bytes.withSpan { startup.append($0) }
    guard case .refuse(let error) = startup.next() else {
      Issue.record("a second SSLRequest is answered")
      return
    }
    #expect(error.sqlState == .protocolViolation)
  }

  @Test func `bytes behind an encryption request are an attack`() {
    for packet in [StartupPacket.gssEncryptionRequest, .sslRequest] {
      guard case .refuse(let error) = Self.steps(packet.bytes + StartupPacket.startup(Self.message).bytes).steps.first else {
        Issue.record("bytes behind \(packet) are taken")
        continue
      }
      #expect(error.sqlState == .protocolViolation)
    }
  }

  @Test func `a cancel request keeps its key`() {
    #expect(Self.steps(StartupPacket.cancelRequest(Self.key).bytes).steps == [.cancel(Self.key)])
  }

  @Test(arguments: [[0, 0, 0, 4], [0, 0, 0x40, 0], [0x16, 3, 1, 2], [0, 0, 0, 9, 0, 3, 0, 0, 1], [0, 0, 0, 8, 0, 2, 0, 0]])
  func `what is no startup packet is refused`(bytes: [UInt8]) {
    guard case .refuse = Self.steps(bytes).steps.first else {
      Issue.record("taken: \(bytes)")
      return
    }
  }

  @Test func `the proxy is told the lease's role, and everything else as the program said it`() throws {
    let sent = try LocalStartup.message(Self.message, role: "jit_me_x", database: "shop")
    #expect(sent.version == .newest)
    #expect(sent.parameters == [.init("user", "jit_me_x"), .init("database", "shop")] + Self.message.parameters.dropFirst(2))
  }

  @Test(arguments: [nil, "me", "shop"] as [String?])
  func `no database, libpq's default or the lease's are the lease's`(database: String?) throws {
    let asked = StartupMessage(parameters: [.init("user", "me")] + (database.map { [.init("database", $0)] } ?? []))
    #expect(try LocalStartup.message(asked, role: "r", database: "shop")["database"] == "shop")
  }

  @Test func `another database is refused with the name of the right one`() throws {
    let asked = StartupMessage(parameters: [.init("user", "me"), .init("database", "postgres")])
    let error = #expect(throws: ErrorResponse.self) { try LocalStartup.message(asked, role: "r", database: "shop") }
    #expect(error?.sqlState == .invalidCatalogName)
    #expect(error?.message.contains("\"shop\"") == true)
  }
}
