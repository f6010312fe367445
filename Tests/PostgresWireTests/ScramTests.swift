import OpenSSL
import PostgresWire
import Testing

struct ScramTests {
  static let salt = Base64.decode("W22ZaJ0SNY7soEsUEjb6gQ==")!
  static let keys = ScramKeys(password: Array("pencil".utf8), salt: salt, iterations: 4_096)

  private func server(
    _ first: String = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO", plus: Bool = false
  ) throws -> ScramServer {
    ScramServer(
      try .init(first, plusChosen: plus, plusOffered: plus), nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", salt: Self.salt,
      iterations: 4_096)
  }

  private func accepts(_ exchange: consuming ScramServer, _ final: String, _ binding: [UInt8]?) -> Bool {
    (try? exchange.verify(final, verifier: verifier, channelBinding: binding)) != nil
  }

  private var verifier: ScramVerifier { Self.keys.verifier(salt: Self.salt, iterations: 4_096) }

  @Test func `the exchange of RFC 7677 is verified and signed`() throws {
    let exchange = try server()
    let first = exchange.first
    #expect(first == "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
    let final = try exchange.verify(
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
      verifier: verifier, channelBinding: nil)
    #expect(final == "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
  }

  @Test(arguments: [
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=eHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    "c=biws,r=rOprNGfwEbeRWgbNEkqO,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    "c=eSws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=AAAA",
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=",
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", "", ",p=", "p=",
  ])
  func `a wrong proof, nonce or binding is refused`(final: String) throws {
    let exchange = try server()
    let passes = accepts(exchange, final, nil)
    #expect(!passes)
  }

  enum Way: CaseIterable { case password, keys, plus }

  @Test(arguments: Way.allCases) func `our client and our server agree`(way: Way) throws {
    let secret =
      way == .password
      ? ScramClient.Secret.password(WipedBytes(Array("pencil".utf8))) : .keys(Self.keys, salt: Self.salt, iterations: 4_096)
    let binding: [UInt8] = [9, 8, 7]
    var client = ScramClient(secret, nonce: "abc", binding: way == .plus ? .endPoint(binding) : .none)
    let exchange = try server(client.first, plus: way == .plus)
    let answer = try client.answer(exchange.first)
    let final = try exchange.verify(answer, verifier: verifier, channelBinding: way == .plus ? binding : nil)
    try client.finish(final)
  }

  @Test func `binding to another certificate is refused`() throws {
    var client = ScramClient(.keys(Self.keys, salt: Self.salt, iterations: 4_096), nonce: "abc", binding: .endPoint([1]))
    let exchange = try server(client.first, plus: true)
    let answer = try client.answer(exchange.first)
    let passesOther = accepts(exchange, answer, [2])
    let passesNone = accepts(try server(client.first, plus: true), answer, nil)
    let passesRight = accepts(try server(client.first, plus: true), answer, [1])
    #expect(!passesOther && !passesNone && passesRight)
  }

  @Test func `the server must sign`() throws {
    var client = ScramClient(.keys(Self.keys, salt: Self.salt, iterations: 4_096), nonce: "abc", binding: .none)
    let exchange = try server(client.first)
    _ = try client.answer(exchange.first)
    var passes = true
    do { try client.finish("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=") } catch { passes = false }
    #expect(!passes)
  }

  @Test func `y is refused where PLUS was offered, and an authorization identity always`() {
    #expect(throws: WireError.self) { try ScramServer.ClientFirst("y,,n=,r=a", plusChosen: false, plusOffered: true) }
    #expect(throws: Never.self) { try ScramServer.ClientFirst("y,,n=,r=a", plusChosen: false, plusOffered: false) }
    #expect(throws: WireError.self) { try ScramServer.ClientFirst("n,a=x,n=,r=a", plusChosen: false, plusOffered: false) }
    #expect(throws: WireError.self) { try ScramServer.ClientFirst("n,,n=,r=a", plusChosen: true, plusOffered: true) }
    #expect(throws: WireError.self) {
      try ScramServer.ClientFirst("p=tls-server-end-point,,n=,r=a", plusChosen: false, plusOffered: true)
    }
  }

  @Test func `PostgreSQL's verifier text is written and read again`() throws {
    let text = verifier.postgresText
    #expect(
      text
        == "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
        + "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")
    #expect(ScramVerifier(postgresText: text) == verifier)
    for broken in ["", "md5abc", "SCRAM-SHA-256$0:AA==$x:y", text + "=", String(text.dropLast())] {
      #expect(ScramVerifier(postgresText: broken) == nil)
    }
  }

  @Test func `secrets do not print`() {
    let shown = "\(Self.keys) \(verifier) \(String(reflecting: Self.keys))"
    #expect(!shown.contains("WG5d") && !shown.contains("193"))
  }

  @Test func `base64 has one text for each value`() {
    var random = SeededGenerator(state: 3)
    for length in 0..<100 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    }
    for text in ["A", "AA", "AAA", "A===", "====", "AB==", "AAB=", "AA A", "AA==AAAA", "AA-_"] {
      #expect(Base64.decode(text) == nil)
    }
  }
}
