import Foundation
import IssuerAPI
import OpenSSL
import PostgresWire

extension IssuerFixture {
  /// Logs in as a client of a proxy does, and opens a session.
  func login(
    role: String, password: String, database: String = "shop", binding: [UInt8]? = nil,
    from address: String = "127.0.0.1:5000"
  ) throws -> ProxySession {
    var client = ScramClient(
      .password(WipedBytes(Array(password.utf8))), nonce: "abcdefghijklmnopqrstuvwx",
      binding: binding.map { .endPoint($0) } ?? .none)
    let challenge = try proxy.beginLogin(
      ProxyLoginBegin(
        proxy: "proxy-1", role: role, database: database, clientAddress: address, clientFirst: client.first,
        channelBinding: binding.map { Data($0).base64EncodedString() }, plus: binding != nil))
    let session = try proxy.proveLogin(
      challenge.login, ProxyLoginProof(clientFinal: try client.answer(challenge.serverFirst)))
    try client.finish(session.serverFinal)
    return session
  }

  /// A counter or gauge of `/metrics`.
  func metric(_ name: String) throws -> Int {
    let line = try client.metrics().split(separator: "\n").first { $0.hasPrefix(name + " ") }
    return line.flatMap { Int($0.dropFirst(name.count + 1)) } ?? -1
  }
}
