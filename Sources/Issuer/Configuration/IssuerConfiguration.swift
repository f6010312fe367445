import Foundation
import Glibc
import IssuerAPI

/// issuerd.yaml, read and checked (docs/operations.md describes every setting).
public struct IssuerConfiguration: Sendable, Equatable {
  /// The cluster's name in the vault and in policy.
  public var cluster: String
  /// This issuer's audit chain in records and checkpoints: `issuerd`, or `issuerd-...` where several share a ledger.
  public var name: String
  public var vault: VaultPlace
  public var postgres: PostgresPlace
  public var policyFile: String
  public var peopleSocket: SocketPlace
  public var proxySocket: SocketPlace
  /// Whose processes may use the proxy's socket.
  public var proxyUIDs: Set<UInt32>
  public var tls: TLSListener?
  public var auditDirectory: String
  public var auditDurability: AuditDurability
  public var sweepIntervalSeconds: Int
  /// Nil never rotates by itself.
  public var adminRotationSeconds: Int?
  public var staticRoles: [StaticRole]
  /// What people are told to connect to.
  public var proxyAddress: Advertised
  /// What `direct` deliveries are told.
  public var directAddress: Advertised

  /// The sealed file and the one key that issuerd opens it with.
  public struct VaultPlace: Sendable, Equatable {
    public var file: String
    public var keyFile: String
  }

  /// Where the governed cluster is, as libpq's keywords have it.
  public struct PostgresPlace: Sendable, Equatable {
    public var keywords: [String: String]
    /// Connections for issuing and reading; ending leases has two of its own beside them.
    public var connections: Int
  }

  public struct SocketPlace: Sendable, Equatable {
    public var path: String
    public var mode: UInt32
    /// A group to give the socket to.
    public var group: String?
  }

  public struct TLSListener: Sendable, Equatable {
    public var host: String
    public var port: Int
    public var certificateFile: String
    public var keyFile: String
  }

  public struct Advertised: Sendable, Equatable {
    public var host: String
    public var port: Int
    public var sslMode: String
    public var rootCertificateFile: String?
  }

  /// A service account whose password the issuer changes on a schedule.
  public struct StaticRole: Sendable, Equatable {
    public enum Strategy: String, Sendable, Equatable, CaseIterable {
      /// One role, its password changed in place.
      case inPlace = "in-place"
      /// Two roles by turns: the old one is retired when it has had no session for the grace time.
      case alternating
    }
    public var name: String
    public var strategy: Strategy
    /// One role, or two for `alternating`.
    public var roles: [String]
    public var intervalSeconds: Int
    /// `alternating`: a role with sessions younger than this is not given a new password.
    public var graceSeconds: Int
    /// Where a new password is proved by a login.
    public var database: String
    /// Where the new password is written, mode 0600 (a file that the service reads).
    public var deliverFile: String
  }

  public enum AuditDurability: String, Sendable, Equatable, CaseIterable {
    /// A record is in the kernel before what it describes happens.
    case kernel
    /// It is on the disk.
    case strict
  }

  /// Reads and checks a file.
  /// - Throws: `ConfigurationError`
  public static func load(path: String, environment: [String: String] = ProcessInfo.processInfo.environment) throws -> Self {
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw ConfigurationError(
        file: path, message: "cannot be read: \(error.localizedDescription)",
        next: "run `issuerctl init`, which writes it, or name another file with --config")
    }
    return try parse(text, file: path, environment: environment)
  }

  /// Checks the text of a file. `environment` only serves `CREDENTIALS_DIRECTORY` (systemd's LoadCredential).
  public static func parse(_ text: String, file: String, environment: [String: String] = [:]) throws -> Self {
    let root = try ConfigurationSection(file: file, text: text)
    let configuration = Self(
      cluster: try root.string("cluster"), name: try name(root),
      vault: try vault(root.section("vault"), environment),
      postgres: try postgres(root.section("postgres")),
      policyFile: try root.path("policy"),
      peopleSocket: try socket(root.section("peopleSocket"), mode: 0o666),
      proxySocket: try socket(root.section("proxySocket"), mode: 0o660),
      proxyUIDs: try uids(root, "proxyUsers"),
      tls: try root.optionalSection("tls").map(tls),
      auditDirectory: try root.path("auditDirectory"),
      auditDurability: try root.choice("auditDurability", default: .kernel),
      sweepIntervalSeconds: try root.integer("sweepIntervalSeconds", 1...3600, default: 30),
      adminRotationSeconds: try root.optionalInteger("adminRotationSeconds", 300...31_536_000),
      staticRoles: try staticRoles(root),
      proxyAddress: try advertised(root.section("proxyAddress"), port: 6432),
      directAddress: try advertised(root.section("directAddress"), port: 5432))
    try root.finish()
    guard configuration.peopleSocket.path != configuration.proxySocket.path else {
      throw root.error("proxySocket", "is the same as peopleSocket", next: "give each its own path")
    }
    return configuration
  }

  private static func name(_ section: ConfigurationSection) throws -> String {
    let name = try section.optionalString("name") ?? AuditTrail.writerPrefix
    let isPlain = name.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
    }
    guard isPlain, name.utf8.count <= 63, name == AuditTrail.writerPrefix || name.hasPrefix(AuditTrail.writerPrefix + "-") else {
      throw section.error(
        "name", "is not issuerd or issuerd-... in letters, digits and `-`", next: "write for example issuerd-b, or leave it out")
    }
    return name
  }

  private static func vault(_ section: ConfigurationSection, _ environment: [String: String]) throws -> VaultPlace {
    let file = try section.path("file")
    let keyFile = try section.optionalPath("keyFile")
    let credential = try section.optionalString("credential")
    try section.finish()
    if let credential {
      guard !credential.contains("/") else {
        throw section.error("credential", "is a name, not a path", next: "use keyFile for a path")
      }
      if let directory = environment["CREDENTIALS_DIRECTORY"] {
        return VaultPlace(file: file, keyFile: "\(directory)/\(credential)")
      }
      // Outside systemd (issuerctl, a shell) the same file serves through keyFile.
      guard let keyFile else {
        throw section.error(
          "credential", "CREDENTIALS_DIRECTORY is not set", next: "start by systemd with LoadCredential=, or set keyFile as well")
      }
      return VaultPlace(file: file, keyFile: keyFile)
    }
    guard let keyFile else {
      throw section.error("keyFile", "is missing", next: "name the vault's key file, or the credential that systemd loads")
    }
    return VaultPlace(file: file, keyFile: keyFile)
  }

  private static func postgres(_ section: ConfigurationSection) throws -> PostgresPlace {
    var keywords: [String: String] = ["host": try section.string("host")]
    keywords["port"] = String(try section.integer("port", 1...65535, default: 5432))
    keywords["sslmode"] = try section.optionalString("sslmode") ?? "verify-full"
    if let root = try section.optionalPath("sslrootcert") { keywords["sslrootcert"] = root }
    keywords["dbname"] = try section.optionalString("database") ?? "issuer"
    let connections = try section.integer("connections", 1...64, default: 8)
    try section.finish()
    return PostgresPlace(keywords: keywords, connections: connections)
  }

  private static func socket(_ section: ConfigurationSection, mode: UInt32) throws -> SocketPlace {
    let place = SocketPlace(
      path: try section.path("path"), mode: try section.mode("mode", default: mode), group: try section.optionalString("group"))
    try section.finish()
    // sockaddr_un.sun_path has 108 bytes, its NUL included (unix(7)).
    guard place.path.utf8.count < 108 else {
      throw section.error("path", "is longer than 107 bytes", next: "choose a shorter one")
    }
    return place
  }

  private static func uids(_ section: ConfigurationSection, _ key: String) throws -> Set<UInt32> {
    let names = try section.strings(key)
    return Set(
      try names.map { name in
        if let uid = UInt32(name) { return uid }
        guard let uid = UnixUser.uid(named: name) else {
          throw section.error(key, "there is no user \(name) here", next: "create the user, or give its number")
        }
        return uid
      })
  }

  private static func tls(_ section: ConfigurationSection) throws -> TLSListener {
    let listener = TLSListener(
      host: try section.optionalString("host") ?? "0.0.0.0", port: try section.integer("port", 1...65535, default: 8443),
      certificateFile: try section.path("certificate"), keyFile: try section.path("key"))
    try section.finish()
    return listener
  }

  private static func advertised(_ section: ConfigurationSection, port: Int) throws -> Advertised {
    let modes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]
    let mode = try section.optionalString("sslmode") ?? "verify-full"
    guard modes.contains(mode) else {
      throw section.error("sslmode", "is no sslmode of libpq", next: "use one of \(modes.joined(separator: ", "))")
    }
    let address = Advertised(
      host: try section.string("host"), port: try section.integer("port", 1...65535, default: port), sslMode: mode,
      rootCertificateFile: try section.optionalPath("rootCertificate"))
    try section.finish()
    return address
  }

  private static func staticRoles(_ root: ConfigurationSection) throws -> [StaticRole] {
    guard let section = try root.optionalSection("staticRoles") else { return [] }
    let names = try root.keys(of: "staticRoles")
    let roles = try names.map { name in
      let entry = try section.section(name)
      let role = StaticRole(
        name: name, strategy: try entry.choice("strategy", default: .inPlace), roles: try entry.strings("roles"),
        intervalSeconds: try entry.integer("intervalSeconds", 60...31_536_000, default: 2_592_000),
        graceSeconds: try entry.integer("graceSeconds", 0...2_592_000, default: 3600), database: try entry.string("database"),
        deliverFile: try entry.path("deliverFile"))
      try entry.finish()
      guard role.roles.count == (role.strategy == .inPlace ? 1 : 2) else {
        throw entry.error("roles", "names \(role.roles.count) roles", next: "name one for in-place, two for alternating")
      }
      return role
    }
    try section.finish()
    return roles
  }
}
