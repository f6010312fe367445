import Synchronization

/// Counters of the whole proxy, told as Prometheus text.
public final class Metrics: Sendable {
  /// One figure that only rises, or (`isGauge`) goes up and down.
  enum Name: Int, CaseIterable {
    case connections, sessions, logins, loginsRefused, statements, statementsRefused, statementsCut, statementsRetried, alarms,
      cancels,
      auditFailures
    case cancelsPassedOn, cancelsDropped
    case verdictCacheHits, verdictCacheMisses, halfOpenShed, detections
    case spares, sparesTaken

    var text: (name: String, isGauge: Bool, help: String) {
      switch self {
      case .connections: ("issuer_proxy_connections_total", false, "Connections accepted")
      case .sessions: ("issuer_proxy_sessions", true, "Connections open now")
      case .logins: ("issuer_proxy_logins_total", false, "Logins that succeeded")
      case .loginsRefused: ("issuer_proxy_logins_refused_total", false, "Logins that were refused or failed")
      case .statements: ("issuer_proxy_statements_total", false, "Statements approved")
      case .statementsRefused: ("issuer_proxy_statements_refused_total", false, "Statements refused by policy or the proxy")
      case .statementsCut: ("issuer_proxy_statements_cut_total", false, "Statements ended by a limit")
      case .statementsRetried:
        (
          "issuer_proxy_statements_retried_total", false,
          "Statements sent again after a deadlock that ended them before they began"
        )
      case .alarms: ("issuer_proxy_alarms_total", false, "Alarms written to the audit log")
      case .cancels: ("issuer_proxy_cancels_total", false, "CancelRequests sent to the server")
      case .cancelsPassedOn:
        ("issuer_proxy_cancels_passed_on_total", false, "CancelRequests with a foreign key, passed on to other proxies")
      case .cancelsDropped:
        ("issuer_proxy_cancels_dropped_total", false, "CancelRequests with a foreign key, too many or without an issuer")
      case .auditFailures: ("issuer_proxy_audit_failures_total", false, "Audit records that could not be written")
      case .verdictCacheHits: ("issuer_proxy_verdict_cache_hits_total", false, "Statements whose verdict was known")
      case .verdictCacheMisses: ("issuer_proxy_verdict_cache_misses_total", false, "Statements that had to be parsed")
      case .halfOpenShed: ("issuer_proxy_connections_shed_total", false, "Connections turned away before login")
      case .spares: ("issuer_proxy_spare_connections", true, "Connections to the server that are ready for a login")
      case .sparesTaken: ("issuer_proxy_spare_connections_taken_total", false, "Logins that found a connection ready")
      case .detections: ("issuer_proxy_detections_total", false, "Values in which a detector found something")
      }
    }
  }

  private let values: [Counter] = Name.allCases.map { _ in Counter() }

  private final class Counter: Sendable {
    let value = Atomic<Int>(0)
  }

  func add(_ name: Name, _ count: Int = 1) { values[name.rawValue].value.wrappingAdd(count, ordering: .relaxed) }

  func value(_ name: Name) -> Int { values[name.rawValue].value.load(ordering: .relaxed) }

  /// Prometheus text format 0.0.4.
  public var exposition: String {
    Name.allCases.map { name in
      let text = name.text
      return """
        # HELP \(text.name) \(text.help)
        # TYPE \(text.name) \(text.isGauge ? "gauge" : "counter")
        \(text.name) \(value(name))

        """
    }.joined()
  }
}
