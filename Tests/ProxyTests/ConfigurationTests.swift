import Proxy
import Testing

@Suite struct ConfigurationTests {
  private static let good = """
    name: p1
    listen:
      - tcp: "*:6432"
      - unix: run/s.sock
        mode: "0600"
    tls: { certificate: c.pem, key: credential:tls-key }
    backend: { host: db.example, rootCertificate: /etc/ca.pem }
    issuer: { socket: /run/issuer/proxy.sock }
    audit: { directory: /var/lib/audit, durability: strict }
    """

  private func problems(_ text: String) -> [ConfigurationProblem] {
    do {
      _ = try ProxyConfiguration.parse(text, file: "/etc/issuer/proxy.yaml")
      return []
    } catch { return error.problems }
  }

  @Test func `paths are relative to the file, and verify-full is the default`() throws {
    let configuration = try ProxyConfiguration.parse(Self.good, file: "/etc/issuer/proxy.yaml")
    #expect(configuration.listen == [.tcp(host: "*", port: 6432), .unix(path: "/etc/issuer/run/s.sock", mode: 0o600)])
    #expect(configuration.tls?.certificate == "/etc/issuer/c.pem")
    #expect(configuration.tls?.key.hasSuffix("/tls-key") == true)
    #expect(configuration.backend.verification == .verifyFull)
    #expect(configuration.audit.durability == .strict)
    #expect(configuration.metrics == nil)
  }

  @Test func `an unknown key is told with its line`() {
    let found = problems(Self.good + "\nwokers: 3\n")
    #expect(found.count == 1)
    #expect(found.first?.line == 10)
    #expect(found.first?.message.contains("`wokers`") == true)
  }

  @Test func `all problems are told at once`() {
    let text = """
      name: "bad name"
      listen: [ { tcp: nothing } ]
      backend: { host: db, sslmode: prefer, port: 99999 }
      issuer: {}
      audit: { directory: a, durability: sometimes }
      workers: 0
      """
    #expect(problems(text).count == 7)
  }

  @Test(arguments: [("*:6432", false, 1), ("*:6432", true, 1), ("127.0.0.1:6432", false, 1), ("127.0.0.1:6432", true, 0)])
  func `plaintext is for loopback and only where it is said`(address: String, allowed: Bool, count: Int) {
    let text = """
      name: p
      listen: [ { tcp: "\(address)" } ]
      allowPlaintext: \(allowed)
      backend: { host: /var/run/postgresql }
      issuer: { socket: /s }
      audit: { directory: /a }
      """
    #expect(problems(text).count == count)
  }
}
