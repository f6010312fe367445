import Foundation
import PostgresClient
import Sodium
import Vault

/// Sealing the admin's credential and replacing it at once.
extension Bootstrap {
  /// The password is in the vault before PostgreSQL knows it; a crash between the two is mended by the next run.
  func sealCredential(_ vault: Vault, _ given: PostgresConnection, admin: String) throws {
    let connector = connector(vault)
    if vault.body.clusters[options.cluster] != nil, (try? connector.schema()) != nil {
      tell(.already, "credential of \(admin)", "is sealed and logs in")
      return
    }
    if options.useGivenRole {
      guard let password = options.adminPassword else {
        throw BootstrapError(
          message: "the given role logs in without a password, so there is nothing to seal",
          next: "give it a password and a scram-sha-256 line in pg_hba.conf, or leave out --use-given-role")
      }
      try seal(password, vault, admin: admin)
    } else {
      let fresh = try SecretBytes(utf8: SecretBytes.random(count: 32).revealedBase64URL())
      try seal(fresh, vault, admin: admin)
      try AdminRotation.set(fresh, for: admin, over: given)
    }
    tell(.done, "credential of \(admin)", "sealed in the vault")
    do {
      _ = try connector.schema()
    } catch let error as PostgresError {
      throw BootstrapError(
        message: "\(admin) cannot log in to the database issuer: \(error.message)",
        next:
          "admit it in pg_hba.conf (the first line that init prints), or name sslmode and sslrootcert in the URL; then run init again"
      )
    }
  }

  private func seal(_ password: SecretBytes, _ vault: Vault, admin: String) throws {
    let keywords = ledgerKeywords
    let port = UInt16(keywords["port"] ?? "5432") ?? 5432
    let credential = AdminCredential(
      host: keywords["host"] ?? "/var/run/postgresql", port: port, user: admin, database: "issuer", password: password)
    try vault.update { $0.clusters[options.cluster] = credential }
  }

  /// The ledger's tables and functions, and then the rotation, after which no password that anybody typed or saw opens anything of ours.
  func installLedger(_ vault: Vault) throws {
    let connector = connector(vault)
    let connection = try connector.schema()
    let run = try LedgerSchema(sql).install(on: connection)
    tell(run.isEmpty ? .already : .done, "ledger", run.isEmpty ? "is up to date" : "\(run.count) files of sql/ were run")
    let report = try AdminRotation(vault: vault, connector: connector).rotate()
    tell(.done, "password of \(report.role)", "rotated; \(report.steps.last ?? "")")
  }

  func connector(_ vault: Vault) -> LedgerConnector {
    LedgerConnector(vault: vault, cluster: options.cluster, keywords: ledgerKeywords, instance: IssuerService.newID())
  }

  /// The way to the ledger: the admin's way, to database `issuer`.
  var ledgerKeywords: [String: String] {
    var keywords = options.admin.keywords.filter { ["host", "port", "sslmode", "sslrootcert", "hostaddr"].contains($0.key) }
    keywords["host"] = keywords["host"] ?? "/var/run/postgresql"
    keywords["port"] = keywords["port"] ?? "5432"
    keywords["sslmode"] = sslMode
    keywords["dbname"] = "issuer"
    return keywords
  }

  /// What the URL says; else proof of the server, except where nothing leaves this host.
  var sslMode: String {
    if let mode = options.admin.keywords["sslmode"] { return mode }
    let host = options.admin.keywords["host"] ?? ""
    return host.isEmpty || host.hasPrefix("/") || ["localhost", "127.0.0.1", "::1"].contains(host) ? "prefer" : "verify-full"
  }
}
