import PostgresClient
import Sodium

/// What `issuerctl init` is told.
public struct BootstrapOptions: Sendable {
  /// The cluster's name in vault and policy.
  public var cluster: String
  /// How to reach the cluster as somebody who may create roles: libpq keywords or a URI, without a password.
  public var admin: ConnectionParameters
  /// The password that was typed; nil where none is needed (peer, trust).
  public var adminPassword: SecretBytes?
  /// Seal the role of `admin` itself instead of making one with least rights.
  public var useGivenRole: Bool
  /// Databases to govern; empty means all that accept connections, templates and `postgres` excepted.
  public var databases: [String]
  /// Whether each governed database gets the event trigger that keeps masked views out of migrations' way (docs/masking.md); it takes a
  /// superuser.
  public var eventTrigger: Bool
  /// Owners of objects in scopes: the issuer's admin becomes a member, or PostgreSQL would not let it grant. Never a superuser.
  public var owners: [String]
  /// Where issuerd.yaml, proxy.yaml and policy.yaml are written, if they are not there.
  public var directory: String
  /// Where the vault file goes.
  public var stateDirectory: String
  /// Where the audit logs go.
  public var logDirectory: String
  /// Where the sockets go.
  public var runDirectory: String
  /// The vault's key file; made when it is not there.
  public var keyFile: String
  /// Where people will reach the proxy.
  public var proxyHost: String
  public var proxyPort: Int
  /// Unix users that the proxy may run as.
  public var proxyUsers: [String]
  /// The first operator in the starter policy.
  public var operatorUser: String

  public init(
    cluster: String, admin: ConnectionParameters, adminPassword: SecretBytes?, useGivenRole: Bool = false,
    databases: [String] = [], eventTrigger: Bool = false,
    owners: [String] = [], directory: String = "/etc/issuer", stateDirectory: String = "/var/lib/issuer",
    logDirectory: String = "/var/log", runDirectory: String = "/run/issuer", keyFile: String? = nil,
    proxyHost: String = "localhost",
    proxyPort: Int = 6432, proxyUsers: [String] = ["issuer-proxy"], operatorUser: String
  ) {
    self.cluster = cluster
    self.admin = admin
    self.adminPassword = adminPassword
    self.useGivenRole = useGivenRole
    self.databases = databases
    self.eventTrigger = eventTrigger
    self.owners = owners
    self.directory = directory
    self.stateDirectory = stateDirectory
    self.logDirectory = logDirectory
    self.runDirectory = runDirectory
    self.keyFile = keyFile ?? directory + "/vault.key"
    self.proxyHost = proxyHost
    self.proxyPort = proxyPort
    self.proxyUsers = proxyUsers
    self.operatorUser = operatorUser
  }
}

/// One thing that `Bootstrap` did or found done.
public struct BootstrapStep: Sendable, Equatable {
  public enum Outcome: String, Sendable, Equatable { case done, already, warning }
  public var outcome: Outcome
  /// What: `role issuer_admin`, `vault /var/lib/issuer/vault`, ...
  public var subject: String
  /// Which rights and why, or what was done; in a sentence.
  public var message: String
}

/// What a person has to do and know afterwards.
public struct BootstrapReport: Sendable, Equatable {
  public var adminRole: String
  public var databases: [String]
  /// For pg_hba.conf, to be put above the others.
  public var hbaLines: [String]
  public var files: [String]
  public var next: [String]
}

/// Why `Bootstrap` stopped. Run it again when that is cured: what is done stays done.
public struct BootstrapError: Error, Sendable, CustomStringConvertible {
  public var message: String
  public var next: String

  public var description: String { "\(message) (\(next))" }
}
