import Audit
import FoundationEssentials

/// Points in time as texts: RFC 3339 with milliseconds, UTC, as `2026-11-23T05:41:08.120Z`.
enum Timestamp {
  static func now() -> String { text(Date()) }

  static func after(seconds: Int) -> String { text(Date(timeIntervalSinceNow: TimeInterval(seconds))) }

  /// Not `.iso8601.time(...)`: choosing one part leaves all the others out.
  static func text(_ date: Date) -> String { date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }

  /// Cut to milliseconds, as the ledger's `issuer.rfc3339` does.
  static func text(_ time: AuditTime) -> String { time.description.prefix(23) + "Z" }
}
