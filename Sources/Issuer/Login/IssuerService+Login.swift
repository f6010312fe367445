import Audit
import Foundation
import IssuerAPI
import OpenSSL
import Policy
import PostgresClient
import PostgresWire
import Sodium

/// A client's login through a proxy. The proxy passes the SCRAM messages on; the verifier stays here, the proof is checked here, and only
/// then does the proxy get the keys of that one role.
extension IssuerService {
  func beginLogin(_ begin: ProxyLoginBegin) throws -> ProxyLoginChallenge {
    try Self.checkText(begin.proxy, "proxy", bytesMax: 100)
    try Self.checkText(begin.clientAddress, "clientAddress", bytesMax: 200)
    guard begin.role.utf8.count <= 200, begin.database.utf8.count <= 200, begin.clientFirst.utf8.count <= 2000,
      !begin.role.utf8.contains(0)
    else { throw APIError.invalid("a login message is too long", next: "use a PostgreSQL client") }
    let now = ContinuousClock.now
    let host = Self.host(begin.clientAddress)
    guard !loginFailures.isBlocked("\(begin.role) from \(host)", now: now), !addressFailures.isBlocked(host, now: now)
    else {
      throw APIError(code: "rate_limited", message: "too many failed logins of late", next: "wait a minute")
    }
    var binding: [UInt8]?
    if let text = begin.channelBinding {
      guard let data = Data(base64Encoded: text), (16...64).contains(data.count) else {
        throw APIError.invalid("channelBinding is not a digest in base64", next: "send the tls-server-end-point data")
      }
      binding = Array(data)
    }
    let clientFirst: ScramServer.ClientFirst
    do {
      clientFirst = try ScramServer.ClientFirst(begin.clientFirst, plusChosen: begin.plus, plusOffered: binding != nil)
    } catch {
      throw APIError.invalid(error.message, next: "use a client that speaks SCRAM-SHA-256")
    }
    let salt = try connectSalt(role: begin.role)
    let nonce = Base64URL.encode(Random.bytes(24))
    let server = ScramServer(clientFirst, nonce: nonce, salt: salt, iterations: LeaseSecrets.strongIterations)
    let id = Base64URL.encode(Random.bytes(16))
    let pending = PendingLogin(
      clientFirst: clientFirst, nonce: nonce, salt: salt, role: begin.role, database: begin.database, proxy: begin.proxy,
      clientAddress: begin.clientAddress, channelBinding: binding,
      expires: now + .seconds(PendingLogins.waitSeconds))
    guard pendingLogins.add(pending, id: id, now: now) else {
      throw APIError(code: "rate_limited", message: "too many logins are under way", next: "try again in a moment")
    }
    return ProxyLoginChallenge(login: id, serverFirst: server.first)
  }

  func proveLogin(_ id: String, _ proof: ProxyLoginProof) async throws -> ProxySession {
    let now = ContinuousClock.now
    guard let login = pendingLogins.take(id, now: now) else {
      throw APIError(
        code: "login_refused", message: "there is no login under way with that id",
        next: "begin the login again; each can be proved once, within 30 s")
    }
    // Who has logged in before is known. This way answers a right proof alone; a wrong one goes on below as for a name that nobody has
    // heard of, so that its time does not tell who has a lease.
    let known = knownLogins.find(role: login.role, database: login.database)
    let quick = try? login.verify(proof, known.verifier(salt: login.salt, iterations: LeaseSecrets.strongIterations))
    if let serverFinal = quick, let lease = known.lease { return try await openSession(login, lease, serverFinal: serverFinal) }

    let found = login.role.isEmpty ? nil : try await pool.run { try $0.leaseForLogin(role: login.role) }
    let lease = found.flatMap { $0.delivery == .proxy && $0.database == login.database ? $0 : nil }
    // An unknown role is judged by a verifier of nobody's password, in the same time: milliseconds, so not on the connection's thread.
    metrics.count(.loginsDerived)
    let verifier = try await Blocking.run { [self] in try connectVerifier(login, lease) }
    let serverFinal: String
    do {
      serverFinal = try login.verify(proof, verifier)
    } catch {
      throw try await refuseLogin(login, lease, why: error.message)
    }
    guard let lease else { throw try await refuseLogin(login, nil, why: "no active lease has this role and database") }
    let session = try await openSession(login, lease, serverFinal: serverFinal)
    try knownLogins.remember(lease, verifier)
    return session
  }

  private func openSession(_ login: PendingLogin, _ lease: LeaseForLogin, serverFinal: String) async throws -> ProxySession {
    let policy = try policies.current
    guard let scope = policy.policy.scope(named: lease.scope), let compiled = policy.compiled[lease.scope], compiled.isReady
    else {
      throw try await refuseLogin(login, lease, why: "the scope \(lease.scope) is not loaded any more")
    }
    let body = vault.body
    let (keys, salt) = try LeaseSecrets(body: body, keyID: lease.derivationKey, lease: lease.leaseID).roleKeys(
      iterations: lease.iterations)
    let session = Self.newID()
    let (remaining, serverVersion): (Int, Int)
    do {
      (remaining, serverVersion) = try await pool.run {
        let remaining = try $0.sessionOpen(
          id: session, lease: lease.leaseID, proxy: login.proxy, clientAddress: login.clientAddress)
        return (remaining, $0.serverVersion)
      }
    } catch let error as PostgresError where error.sqlState == "IS410" {
      knownLogins.forget(leases: [lease.leaseID])
      throw try await refuseLogin(login, lease, why: "the lease is over")
    }
    let tables = try await maskedTables(lease, compiled)
    let lookupKey = try await lookupKey(lease, tables)
    metrics.count(.logins)
    try await trail.record(
      IssuerEvent(
        .loginSucceeded, actor: login.proxy, person: lease.person, lease: lease.leaseID, session: session, scope: lease.scope,
        database: lease.database, role: lease.role,
        details: ["client": login.clientAddress, "enforcement": lease.enforcement]))
    var sessionPolicy = policy.engine.sessionPolicy(scope, maskedTables: tables)
    // That of the role that it was issued with, which may be of an earlier policy.
    sessionPolicy.enforcement = lease.enforcement == Scope.Enforcement.strict.rawValue ? nil : .bestEffort
    return ProxySession(
      id: session, serverFinal: serverFinal, lease: lease.leaseID, role: lease.role, person: lease.person,
      database: lease.database,
      reason: lease.reason, remainingMilliseconds: remaining,
      backend: ProxyBackend(
        salt: Data(salt).base64EncodedString(), iterations: lease.iterations, clientKey: Self.base64(keys.clientKey),
        serverKey: Self.base64(keys.serverKey), serverMajor: serverVersion / 10_000),
      policy: sessionPolicy, lookupKey: lookupKey)
  }

  /// The masks of a lease are those of the role that it was issued with, which may be of an earlier policy.
  private func maskedTables(_ lease: LeaseForLogin, _ compiled: CompiledScope) async throws -> [MaskedTable] {
    if lease.scopeHash == compiled.hash { return compiled.maskedTables }
    return try await Blocking.run { [connector] in
      try MaskedCatalog.tables(role: "iss_scope_\(lease.scopeHash)", on: connector.governed(lease.database, "masks"))
    }
  }

  /// One answer for every reason, so that it tells nothing about which roles there are; the reason goes on record.
  private func refuseLogin(_ login: PendingLogin, _ lease: LeaseForLogin?, why: String) async throws -> APIError {
    let now = ContinuousClock.now
    let host = Self.host(login.clientAddress)
    loginFailures.failed("\(login.role) from \(host)", now: now)
    addressFailures.failed(host, now: now)
    metrics.count(.loginsRefused)
    try await trail.record(
      IssuerEvent(
        .loginFailed, actor: login.proxy, person: lease?.person, lease: lease?.leaseID, database: login.database,
        role: login.role, text: why, details: ["client": login.clientAddress]))
    return APIError(
      code: "login_refused", message: "no active lease fits this user, password and database",
      next: "ask for access with `issuerctl grant SCOPE`, or `issuerctl connect SCOPE`")
  }

  /// Depends on the name alone, so that a role that never was is answered like one that is, every time.
  private func connectSalt(role: String) throws -> [UInt8] {
    Array(try derived("iss-csal", role).prefix(16))
  }

  private func connectVerifier(_ login: PendingLogin, _ lease: LeaseForLogin?) throws -> ScramVerifier {
    guard let lease else {
      var nobody = try derived("iss-none", login.role)
      defer { nobody.wipe() }
      return ScramKeys(password: nobody, salt: login.salt, iterations: LeaseSecrets.strongIterations).verifier(
        salt: login.salt, iterations: LeaseSecrets.strongIterations)
    }
    return try LeaseSecrets(body: vault.body, keyID: lease.derivationKey, lease: lease.leaseID).connectVerifier(salt: login.salt)
  }

  private func derived(_ context: String, _ role: String) throws -> [UInt8] {
    let keys = vault.body.derivationKeys
    // The oldest key: it stays when others come, and with it the answers.
    guard let first = keys.keys.min(), let key = keys[first] else {
      preconditionFailure("a vault without derivation keys was opened")
    }
    return try KeyDerivation.withDerived(from: key.secret, context: context, id: Array(role.utf8)) { bytes in
      bytes.indices.map { bytes[$0] }
    }
  }

  /// The address without its port.
  private static func host(_ address: String) -> String {
    guard let colon = address.lastIndex(of: ":"), address[address.index(after: colon)...].allSatisfy(\.isNumber) else {
      return address
    }
    return String(address[..<colon])
  }

  private static func base64(_ bytes: WipedBytes) -> String { unsafe bytes.withBytes { unsafe Data($0).base64EncodedString() } }

  func endSession(_ id: String, why: String) async throws {
    try Self.checkText(why, "why", bytesMax: 500)
    try await pool.run { try $0.sessionEnd(id: id, why: why) }
  }
}

extension PendingLogin {
  /// Judges the client's proof by a verifier; returns the server's last message.
  fileprivate func verify(_ proof: ProxyLoginProof, _ verifier: ScramVerifier) throws(WireError) -> String {
    try ScramServer(clientFirst, nonce: nonce, salt: salt, iterations: LeaseSecrets.strongIterations)
      .verify(proof.clientFinal, verifier: verifier, channelBinding: channelBinding)
  }
}
