import Foundation
import PostgresClient
import Sodium
import Vault

/// `issuerctl init`: vault, roles, ledger, sealed and rotated credential, starter files. Every step finds what is there already, so
/// running it twice is harmless, and running it again after a failure goes on.
public struct Bootstrap {
  static let adminRole = "issuer_admin"

  let options: BootstrapOptions
  let sql: SQLDirectory
  private let progress: (BootstrapStep) -> Void

  /// - Parameter progress: told each step as it is done.
  /// - Throws: `BootstrapError`, `PostgresError`, `VaultError`.
  public static func run(_ options: BootstrapOptions, progress: @escaping (BootstrapStep) -> Void) throws -> BootstrapReport {
    try Bootstrap(options: options, sql: SQLDirectory.located(), progress: progress).run()
  }

  private init(options: BootstrapOptions, sql: SQLDirectory, progress: @escaping (BootstrapStep) -> Void) {
    self.options = options
    self.sql = sql
    self.progress = progress
  }

  func tell(_ outcome: BootstrapStep.Outcome, _ subject: String, _ message: String) {
    progress(BootstrapStep(outcome: outcome, subject: subject, message: message))
  }

  private func run() throws -> BootstrapReport {
    // First what needs no database: nothing is changed there for a vault that cannot be written.
    let vault = try openVault()
    let given = try connect(vault, database: nil)
    let user = try given.query("SELECT current_user AS name").single().string("name")
    let admin = options.useGivenRole ? user : Self.adminRole
    let databases: [String]
    do {
      try makeRoles(given, admin: admin)
      try makeLedgerDatabase(vault, given, admin: admin)
      databases = try governedDatabases(given)
      for database in databases { try prepare(database, vault, user: user, admin: admin) }
      try grantOwners(given, user: user, admin: admin)
      try sealCredential(vault, given, admin: admin)
      try leave(given, user: user, admin: admin)
    } catch {
      // What came first is what went wrong; the next run takes the membership back.
      try? leave(given, user: user, admin: admin)
      throw error
    }
    try installLedger(vault)
    let files = try writeFiles(admin: admin, database: databases.first ?? "postgres")
    return BootstrapReport(
      adminRole: admin, databases: databases, hbaLines: hbaLines(admin: admin, given: try maker(given)), files: files,
      next: [
        "put the pg_hba.conf lines above the others and reload PostgreSQL: leases then cannot go past the proxy",
        "copy a certificate for the proxy to the places that \(options.directory)/proxy.yaml names",
        "write \(options.directory)/policy.yaml and check it with `issuerctl policy check`",
        "start issuerd and issuer-proxy; `issuerctl status` says whether all is well",
        "add a passphrase or an offline recovery key to the vault: `issuerctl vault add-slot`",
      ])
  }

  private func openVault() throws -> Vault {
    let path = options.stateDirectory + "/vault"
    try makeDirectory(options.directory, mode: 0o755)
    try makeDirectory(options.stateDirectory, mode: 0o700)
    if FileManager.default.fileExists(atPath: options.keyFile) {
      tell(.already, "key file \(options.keyFile)", "is there")
    } else {
      try KeyFile.generate(at: options.keyFile)
      tell(.done, "key file \(options.keyFile)", "32 random bytes, readable by its owner alone; back it up apart from the vault")
    }
    if FileManager.default.fileExists(atPath: path) {
      let vault = try Vault.open(at: path, with: .keyFile(options.keyFile))
      tell(.already, "vault \(path)", "opens with the key file")
      return vault
    }
    let vault = try Vault.create(at: path, slots: [.keyFile(options.keyFile, label: "issuerd")], body: VaultBody())
    tell(.done, "vault \(path)", "made, with fresh derivation and signing keys")
    return vault
  }

  /// As the role that was given. Where that was sealed by an earlier run its password is the vault's, not the one that was typed.
  private func connect(_ vault: Vault, database: String?) throws -> PostgresConnection {
    let keywords = options.admin.keywords
    if options.useGivenRole, let sealed = vault.body.clusters[options.cluster], sealed.user == keywords["user"] {
      return try connector(vault).governed(database ?? keywords["dbname"] ?? "postgres", "init")
    }
    let parameters = database.map { options.admin.with(["dbname": $0]) } ?? options.admin
    return try PostgresConnection(parameters.with(["application_name": "issuerctl init"]), password: lender)
  }

  private var lender: PasswordLender? {
    options.adminPassword.map { password in { use in try password.withBytes(use) } }
  }

  private func makeRoles(_ connection: PostgresConnection, admin: String) throws {
    let before = try roles(connection)
    try connection.query("SELECT set_config('issuer.admin', $1, false)", [admin])
    try connection.execute(script: sql.script("bootstrap/roles.sql"))
    tellWarnings(of: connection, "roles")
    for role in try roles(connection).sorted() where Self.why[role] != nil || role.hasPrefix("iss_creator_") {
      let why =
        Self.why[role] ?? "creates lease roles, so that no one role becomes a member of them all (PostgreSQL 16 and newer)"
      tell(before.contains(role) ? .already : .done, "role \(role)", why)
    }
    if options.useGivenRole { tell(.warning, "role \(admin)", "given to be used as it is; it may have more rights than needed") }
  }

  private static let why = [
    "issuer_admin": "LOGIN CREATEROLE, no superuser: makes and drops lease roles, ends their sessions, owns the ledger",
    "iss_grantor": "grants scopes to leases, so that dropping any other role never takes memberships along",
    "iss_via_proxy": "whose members pg_hba.conf admits from the proxy only",
    "iss_direct": "whose members may come directly",
    "iss_mask_owner": "owns the masked views and alone reads the raw columns for them",
    "iss_quarantine": "gets what leases leave behind where policy keeps it; has no rights",
  ]

  private func roles(_ connection: PostgresConnection) throws -> Set<String> {
    Set(try connection.query("SELECT rolname FROM pg_catalog.pg_roles").rows.map { try $0.string("rolname") })
  }

  private func makeLedgerDatabase(_ vault: Vault, _ connection: PostgresConnection, admin: String) throws {
    let found = try connection.query("SELECT 1 FROM pg_catalog.pg_database WHERE datname = 'issuer'")
    if found.rows.isEmpty { try connection.execute(script: sql.script("bootstrap/database.sql")) }
    tell(found.rows.isEmpty ? .done : .already, "database issuer", "the ledger; only \(admin) connects to it")
    let ledger = try connect(vault, database: "issuer")
    try ledger.query("SELECT set_config('issuer.admin', $1, false)", [admin])
    try ledger.execute(script: sql.script("bootstrap/privileges.sql"))
    tellWarnings(of: ledger, "database issuer")
  }

  private func tellWarnings(of connection: PostgresConnection, _ subject: String) {
    for notice in connection.takeNotices() where notice.sqlState.code.hasPrefix("01") {
      tell(.warning, subject, notice.message)
    }
  }

  private func governedDatabases(_ connection: PostgresConnection) throws -> [String] {
    if !options.databases.isEmpty { return options.databases }
    return try connection.query(
      """
      SELECT datname FROM pg_catalog.pg_database
      WHERE datallowconn AND NOT datistemplate AND datname NOT IN ('postgres', 'issuer') ORDER BY datname
      """
    ).rows.map { try $0.string("datname") }
  }

  private func prepare(_ database: String, _ vault: Vault, user: String, admin: String) throws {
    let connection = try connect(vault, database: database)
    try connection.query("SELECT set_config('issuer.admin', $1, false)", [admin])
    try connection.execute(script: sql.script("bootstrap/governed.sql"))
    // A GRANT without the right to it merely warns.
    let holds = try connection.query(
      "SELECT pg_catalog.has_database_privilege($1, pg_catalog.current_database(), 'CREATE') AS holds", [admin])
    guard try holds.single().boolean("holds") else {
      throw BootstrapError(
        message: "\(user) may not let \(admin) make its schema in \(database)",
        next: "run init as a superuser, or as a member of the database's owner")
    }
    tell(.done, "database \(database)", "\(admin) may make its schema there, and clean up after leases")
    if options.eventTrigger { try makeEventTrigger(database, connection) }
  }

  /// Event triggers are superusers' alone.
  private func makeEventTrigger(_ database: String, _ connection: PostgresConnection) throws {
    let me = try connection.query("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user").single()
    guard try me.boolean("rolsuper") else {
      return tell(
        .warning, "event trigger in \(database)", "not made, it takes a superuser; migrations call iss.migration() instead")
    }
    try connection.execute(script: sql.script("bootstrap/ddl.sql"))
    tell(.done, "event trigger in \(database)", "takes masked views out of a migration's way until it commits")
  }

  private func grantOwners(_ connection: PostgresConnection, user: String, admin: String) throws {
    for owner in options.owners {
      let row = try connection.query("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = $1", [owner]).rows.first
      guard let row else { throw BootstrapError(message: "there is no role \(owner)", next: "correct --owner") }
      guard try !row.boolean("rolsuper") else {
        throw BootstrapError(
          message: "\(owner) is a superuser: a member of it would be one, too",
          next: "give the objects to an ordinary role (REASSIGN OWNED), and name that")
      }
      do {
        try grant(owner, admin, connection)
      } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
        throw BootstrapError(
          message: "\(user) may not make others members of \(owner): \(error.message)",
          next: "run init as a superuser, or have one run: GRANT \(owner) TO \(user) WITH ADMIN OPTION")
      }
      tell(.done, "role \(owner)", "\(admin) is a member, to grant what it owns; migration leases may work as it")
    }
  }

  private func grant(_ owner: String, _ admin: String, _ connection: PostgresConnection) throws {
    let (owner, admin, grantor) = (try Identifier(owner), try Identifier(admin), try Identifier("iss_grantor"))
    try connection.execute("GRANT \(owner) TO \(admin)")
    if connection.serverVersion >= 160_000 {
      try connection.execute("GRANT \(owner) TO \(grantor) WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")
    } else {
      try connection.execute("GRANT \(owner) TO \(grantor) WITH ADMIN OPTION")
    }
  }

  /// A given role that is no superuser was a member of the admin, to make things in its name: no more.
  private func leave(_ connection: PostgresConnection, user: String, admin: String) throws {
    let isSuperuser = try connection.query("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user").single()
      .boolean("rolsuper")
    guard !isSuperuser, user != admin else { return }
    try connection.execute("REVOKE \(Identifier(admin)) FROM \(Identifier(user))")
    tell(
      .warning, "role \(user)",
      "is no superuser, and made \(admin): it can give itself that role again as long as it has CREATEROLE; guard it, or take that away"
    )
  }

  func makeDirectory(_ path: String, mode: Int) throws {
    if FileManager.default.fileExists(atPath: path) { return }
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: mode])
  }

  /// The given role where it became a member of the roles that it made (PostgreSQL 16 and newer), which no superuser is taken for.
  private func maker(_ given: PostgresConnection) throws -> String? {
    let row = try given.query(
      "SELECT rolname, rolsuper FROM pg_catalog.pg_roles WHERE rolname = session_user"
    ).single()
    return try row.boolean("rolsuper") || given.serverVersion < 160_000 ? nil : row.string("rolname")
  }

  /// The first match decides. The admin comes first: it is a member of everything that it grants, so `+iss_via_proxy` means it, too.
  private func hbaLines(admin: String, given: String?) -> [String] {
    let host = options.admin.keywords["host"] ?? ""
    let isLocal = host.isEmpty || host.hasPrefix("/")
    func admits(_ role: String) -> String {
      isLocal ? "local  all  \(role)  scram-sha-256" : "host   all  \(role)  samenet  scram-sha-256"
    }
    let others = [given].compactMap(\.self).filter { $0 != admin }
    return [
      "# issuer: the daemon itself, from where it runs", admits(admin),
    ]
      + others.flatMap {
        ["# issuer: \($0) is a member of the roles that it made: without this line the next ones would lock it out", admits($0)]
      } + [
        "# issuer: leases come from the proxy only (put its address here, and hostssl for host)",
        isLocal ? "local  all  +iss_via_proxy  scram-sha-256" : "host   all  +iss_via_proxy  127.0.0.1/32  scram-sha-256",
        "# issuer: where others share that address, as on one host, instead by the proxy's certificate (docs/operations.md):",
        "# hostssl  all  +iss_via_proxy  all  scram-sha-256  clientcert=verify-ca",
      ] + (isLocal ? [] : ["local  all  +iss_via_proxy  reject"]) + ["host   all  +iss_via_proxy  all  reject"]
  }
}
