import Audit
import IssuerAPI
import PostgresClient

extension IssuerService {
  /// Samples a governed database and proposes labels. On record before anything is read.
  func scan(_ create: ScanCreate, by caller: Caller) async throws -> ScanReport {
    try requireOperator(caller, to: "scan databases")
    guard let rules = try policies.current.policy.database(named: create.database) else {
      throw APIError.notFound("the database \(create.database.prefix(64)) under `databases:` of the policy")
    }
    let rows = create.sampleRows ?? 1_000
    guard (1...10_000).contains(rows) else {
      throw APIError.invalid("sampleRows is not between 1 and 10000", next: "1000 rows of each table are enough for most")
    }
    try await trail.record(
      IssuerEvent(
        .scan, actor: caller.person, database: create.database, text: "begun", details: ["sampleRows": String(rows)]))
    let report: ScanReport = try await Blocking.run { [connector] in
      let scan = try DatabaseScan(SQLDirectory.located(), rules: rules, sampleRows: rows)
      return try scan.run(on: connector.governed(create.database, "scan"))
    }
    try await trail.record(
      IssuerEvent(
        .scan, actor: caller.person, database: create.database, text: "done",
        details: [
          "tables": String(report.tables), "proposals": String(report.proposals.count), "skipped": String(report.skipped.count),
        ]))
    return report
  }
}
