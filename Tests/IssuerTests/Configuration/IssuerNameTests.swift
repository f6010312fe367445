import Testing

@testable import Issuer

@Suite struct IssuerNameTests {
  private func parse(_ line: String) throws -> IssuerConfiguration {
    try IssuerConfiguration.parse(
      """
      cluster: main
      \(line)
      vault: {file: vault, keyFile: vault.key}
      postgres: {host: localhost}
      policy: policy.yaml
      peopleSocket: {path: issuer.sock}
      proxySocket: {path: proxy.sock}
      auditDirectory: log
      proxyAddress: {host: localhost}
      directAddress: {host: localhost}
      """, file: "/etc/issuer/issuerd.yaml")
  }

  @Test func `an issuer is called issuerd, or issuerd and something where there are several`() throws {
    #expect(try parse("").name == "issuerd")
    #expect(try parse("name: issuerd-b").name == "issuerd-b")
  }

  /// Anything else could be a proxy's.
  @Test(arguments: ["name: proxy-1", "name: issuerd2", "name: \"issuerd-a b\"", "name: [issuerd]"])
  func `another name is an error at its line`(_ line: String) {
    let error = #expect(throws: ConfigurationError.self) { try parse(line) }
    #expect(error?.line == 2)
  }
}
