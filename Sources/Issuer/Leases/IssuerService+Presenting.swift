import Foundation
import IssuerAPI
import Policy

extension WallClock {
  static var now: WallClock { WallClock(secondsSince1970: Int(Date().timeIntervalSince1970)) }
}

extension IssuerService {
  /// A request as this caller may see it: with the connection only for who asked, and only while the lease lives. A direct
  /// delivery's password goes out once: here with the answer that issues the lease, else by `credential`.
  ///
  /// - Parameter derivationKey: the vault key of a lease that was issued this moment; else the ledger is asked for it.
  func present(_ request: AccessRequest, to caller: Caller, derivationKey: String? = nil) async throws -> AccessRequest {
    var request = request
    request.connection = nil
    if request.person == caller.person, let lease = request.lease, lease.state == .active, lease.remainingSeconds > 0,
      lease.delivery == .proxy || derivationKey != nil
    {
      request.connection = try await connection(for: lease, derivationKey: derivationKey)
    }
    return request
  }

  /// `POST /v1/requests/{id}/credential`.
  func credential(_ id: String, for caller: Caller) async throws -> Connection {
    let request = try await request(id, for: caller)
    guard request.person == caller.person else {
      throw APIError.forbidden("only \(request.person) gets this credential", next: "ask for access of your own")
    }
    if let connection = request.connection { return connection }
    guard let lease = request.lease, lease.state == .active, lease.remainingSeconds > 0 else {
      throw APIError.conflict("the request has no active lease: it is \(request.state.rawValue)", next: "ask again")
    }
    if let connection = try await connection(for: lease, derivationKey: nil) { return connection }
    throw APIError.conflict("the password was handed out already", next: "revoke the lease and ask for another")
  }

  /// How the holder of a lease connects; nil when it ended meanwhile. The secret is derived at this moment.
  private func connection(for lease: Lease, derivationKey: String?) async throws -> Connection? {
    let known: String?
    if let derivationKey {
      known = derivationKey
    } else {
      known = try await pool.run { try $0.leaseForLogin(role: lease.role)?.derivationKey }
    }
    guard let known else { return nil }
    // The role's own password goes out once, whoever asks again: who lost it revokes the lease and asks for another.
    if lease.delivery == .direct, try await !pool.run({ try $0.handOut(lease: lease.id) }) { return nil }
    let secrets = try LeaseSecrets(body: vault.body, keyID: known, lease: lease.id)
    let (address, secret) =
      switch lease.delivery {
      case .proxy: (configuration.proxyAddress, try secrets.connectSecret())
      case .direct: (configuration.directAddress, try secrets.rolePassword())
      }
    return Connection(
      host: address.host, port: address.port, database: lease.database, user: lease.role, password: secret,
      sslMode: address.sslMode, rootCertificate: try address.rootCertificateFile.map(Self.certificate))
  }

  private static func certificate(_ path: String) throws -> String {
    do {
      return try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw APIError.unavailable(
        "the root certificate for clients cannot be read", next: "an operator corrects rootCertificate in issuerd.yaml")
    }
  }
}
