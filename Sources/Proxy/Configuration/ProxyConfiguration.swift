import Audit
import Reactor

/// The proxy's configuration file (`proxy.yaml`), checked whole: what cannot be carried out does not load.
public struct ProxyConfiguration: Sendable, Equatable {
  /// Where clients connect.
  public enum ListenAddress: Sendable, Equatable {
    case tcp(host: String, port: Int)
    /// `mode`: permissions of the socket file.
    case unix(path: String, mode: UInt32)
  }

  /// The certificate that clients see; both files are read again on SIGHUP.
  public struct CertificateFiles: Sendable, Equatable {
    public var certificate: String
    public var key: String
  }

  /// The PostgreSQL server behind the proxy.
  public struct Backend: Sendable, Equatable {
    /// Host name, address literal, or the directory of a Unix socket.
    public var host: String
    public var port: Int
    /// Nil is without TLS (`sslmode: disable`).
    public var verification: TLSContext.Verification?
    public var rootCertificate: String?
    /// Shown to a server that asks for a client certificate (`clientcert` in pg_hba.conf).
    public var clientCertificate: CertificateFiles?
    public var connectTimeoutSeconds: Int
    /// Connections that each worker keeps ready while people log in (`SpareConnections`).
    public var spareConnectionsMax: Int

    /// The path of the server's socket; nil for TCP.
    public var unixPath: String? { host.hasPrefix("/") ? "\(host)/.s.PGSQL.\(port)" : nil }
  }

  public struct AuditSettings: Sendable, Equatable {
    public var directory: String
    /// `normal`: a record is in the kernel before its statement is forwarded; `strict`: on the disk.
    public var durability: AuditLog.Durability
  }

  public struct Limits: Sendable, Equatable {
    public var sessionsMax: Int
    /// Connections of one address that are not logged in yet.
    public var halfOpenPerAddressMax: Int
    /// From accept to the end of the login.
    public var loginSeconds: Int
    /// How long SIGTERM waits for sessions to end by themselves.
    public var drainSeconds: Int
  }

  public enum LogFormat: String, Sendable, Equatable, CaseIterable { case text, json }

  /// This proxy's name in the ledger, the audit log and the issuer's log.
  public var name: String
  public var listen: [ListenAddress]
  public var tls: CertificateFiles?
  /// Whether clients on loopback TCP addresses may stay without TLS. Unix sockets always may.
  public var allowPlaintext: Bool
  public var backend: Backend
  /// Path of the issuer's socket for proxies.
  public var issuerSocket: String
  public var audit: AuditSettings
  /// Loop threads.
  public var workers: Int
  public var limits: Limits
  public var logFormat: LogFormat
  public var logLevel: String
  /// `/healthz`, `/readyz` and `/metrics`; nil: none.
  public var metrics: ListenAddress?
}

/// A line of the configuration file that is wrong.
public struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
  /// 1-based; 0 where no line can be named.
  public var line: Int
  public var message: String
  public var next: String

  public var description: String { (line > 0 ? "line \(line): " : "") + "\(message); next: \(next)" }
}

/// All that is wrong with a configuration file.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
  public var file: String
  public var problems: [ConfigurationProblem]

  public var description: String { problems.map { "\(file): \($0)" }.joined(separator: "\n") }
}
