import Synchronization

/// Counters for `/metrics` in Prometheus' text form.
final class Metrics: Sendable {
  /// Raw values are the names that monitoring knows.
  enum Counter: String, Sendable, CaseIterable {
    case requests = "issuer_requests_total"
    case refusals = "issuer_requests_refused_total"
    case leasesIssued = "issuer_leases_issued_total"
    case leasesRevoked = "issuer_leases_revoked_total"
    case logins = "issuer_logins_total"
    case loginsRefused = "issuer_logins_refused_total"
    case loginsDerived = "issuer_logins_derived_total"
  }

  private let counts = Mutex<[Counter: UInt64]>([:])

  func count(_ counter: Counter) { counts.withLock { $0[counter, default: 0] &+= 1 } }

  /// - Parameter gauges: values of the moment, by name.
  func text(gauges: [String: Int]) -> String {
    let counts = counts.withLock { $0 }
    var lines: [String] = []
    for counter in Counter.allCases {
      lines.append("# TYPE \(counter.rawValue) counter\n\(counter.rawValue) \(counts[counter] ?? 0)")
    }
    for (name, value) in gauges.sorted(by: { $0.key < $1.key }) { lines.append("# TYPE \(name) gauge\n\(name) \(value)") }
    return lines.joined(separator: "\n") + "\n"
  }
}
