import IssuerAPI
import PostgresClient
import Sodium

/// Proves the lines of pg_hba.conf by logins that must be refused. The role that tries is `iss_via_proxy` itself: in pg_hba.conf
/// `+iss_via_proxy` means it as well (a role counts as a member of itself), being NOLOGIN it never gets in whatever they say, and no
/// role has to be made for the proof and could be left behind.
struct ProxyBypassProbe {
  static let checkName = "a proxy lease cannot log in past the proxy"
  static let role = "iss_via_proxy"

  enum Answer: Sendable, Equatable {
    /// No proof at all.
    case unreachable(String)
    /// By pg_hba.conf, before any password is asked for.
    case refused
    /// A lease gets in with a password.
    case askedForPassword
    /// A lease gets in without one.
    case letIn

    fileprivate var weight: Int {
      switch self {
      case .unreachable: 0
      case .refused: 1
      case .askedForPassword: 2
      case .letIn: 3
      }
    }
  }

  /// What the server knows of the ways to it.
  struct Ways: Sendable, Equatable {
    /// Where it sees the issuer come from.
    var issuer: String
    /// Where it sees leases that belong behind the proxy come from, at this moment.
    var proxies: Set<String>
    /// The methods of pg_hba.conf's lines for them; nil when the admin may not read them.
    var lines: [String]?
  }

  /// Tries one login. With TLS left open (`prefer`, `allow`) both ways are tried, since pg_hba.conf may tell them apart.
  static func tryLogin(_ parameters: ConnectionParameters) -> Answer {
    let mode = parameters.keywords["sslmode"] ?? "prefer"
    let isSocket = parameters.keywords["host"]?.hasPrefix("/") ?? true
    let modes = !isSocket && ["prefer", "allow"].contains(mode) ? ["require", "disable"] : [mode]
    let answers = modes.map { attempt(parameters.with(["user": role, "sslmode": $0])) }
    return answers.max { $0.weight < $1.weight } ?? .unreachable("nothing was tried")
  }

  private static func attempt(_ parameters: ConnectionParameters) -> Answer {
    do {
      let password = try SecretBytes(utf8: Hex.encode(Random.bytes(16)))
      _ = try PostgresConnection(parameters) { use in try password.withBytes(use) }
      return .letIn
    } catch let error as PostgresError where error.sqlState.code.hasPrefix("28") {
      // auth.c and miscinit.c of PostgreSQL: `reject`, no line at all and a missing client certificate are told by the first, a NOLOGIN
      // role that needed no password by the second; all of them bear 28000.
      return switch error.routine {
      case "ClientAuthentication": .refused
      case "InitializeSessionUserId": .letIn
      default: .askedForPassword
      }
    } catch {
      return .unreachable((error as? PostgresError)?.message ?? "\(error)")
    }
  }

  /// What the answers say. Whoever comes from the proxy's own address is let in by its lines, so from there nothing can be proved.
  static func check(_ answers: [(database: String, answer: Answer)], _ ways: Ways) -> StatusReport.Check {
    func check(_ outcome: StatusReport.Check.Outcome, _ message: String, _ next: String = "") -> StatusReport.Check {
      .init(name: checkName, outcome: outcome, message: message, next: next)
    }
    let addLines = "add the lines that `issuerctl init` printed to pg_hba.conf, above the others, and reload PostgreSQL"
    guard let worst = answers.max(by: { $0.answer.weight < $1.answer.weight }) else {
      return check(.unknown, "no database is governed, so there is none to try")
    }
    for case (let database, .unreachable(let why)) in answers where worst.answer.weight < 2 {
      return check(.unknown, "\(database) could not be tried: \(why)", "try again when the server answers")
    }
    switch worst.answer {
    case .unreachable, .refused:
      let databases = answers.map(\.database).joined(separator: ", ")
      return check(.ok, "pg_hba.conf refused such a login from \(ways.issuer) to \(databases)")
    case .letIn:
      return check(.failed, "from \(ways.issuer) to \(worst.database) it would need no password", addLines)
    case .askedForPassword: break
    }
    if let lines = ways.lines, !lines.contains("reject") {
      return check(.failed, "pg_hba.conf has no line that rejects +\(role)", addLines)
    }
    if !ways.proxies.isEmpty, !ways.proxies.contains(ways.issuer) {
      return check(
        .failed, "from \(ways.issuer), where no proxy is, \(worst.database) asks such a role for its password", addLines)
    }
    let rejects = ways.lines == nil ? "" : " (pg_hba.conf does reject +\(role) further down)"
    return check(
      .unknown,
      ways.proxies.isEmpty
        ? "from \(ways.issuer) the password is asked for, and no proxied session is there to tell whether that is the proxy's address"
          + rejects
        : "issuerd comes from the proxy's own address, \(ways.issuer), which pg_hba.conf must let in" + rejects,
      "from another host, `psql -h SERVER -U \(role) \(worst.database)` must be told that pg_hba.conf rejects the connection")
  }
}
