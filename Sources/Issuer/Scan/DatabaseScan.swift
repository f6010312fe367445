import Foundation
import IssuerAPI
import Policy
import PostgresClient

/// Looks through one governed database: bounded, read-only, and each table with no more rights than its owner's. Nothing that an
/// application wrote runs (sql/scan/tables.sql), and no value leaves this type.
struct DatabaseScan {
  static let tablesMax = 2_000
  static let tableMilliseconds = 5_000
  /// Of the whole scan; tables that come after it are judged by names.
  static let secondsMax = 120.0

  let rules: DatabaseRules
  let sampleRows: Int
  let catalog: String

  /// - Parameters:
  ///   - sql: where sql/scan is.
  ///   - rules: of the database; labelled columns are not proposed.
  init(_ sql: SQLDirectory, rules: DatabaseRules, sampleRows: Int) throws(PostgresError) {
    catalog = try sql.script("scan/tables.sql")
    self.rules = rules
    self.sampleRows = sampleRows
  }

  /// - Parameter connection: the issuer's admin's, to the database, outside a transaction.
  func run(on connection: PostgresConnection) throws -> ScanReport {
    let start = ContinuousClock.now
    var report = ScanReport(database: rules.name)
    let tables = try inTransaction(connection) {
      try connection.query(catalog, [String(sampleRows), String(Self.tablesMax)]).rows
    }
    if tables.count == Self.tablesMax {
      report.skipped.append(ScanSkipped(table: "*", reason: "no more than \(Self.tablesMax) tables are looked at"))
    }
    for table in tables {
      let (schema, name) = (try table.string("schema"), try table.string("table"))
      let columns = try JSONDecoder().decode([ScannedColumn].self, from: Data((table["columns"] ?? "[]").utf8))
      var samples: [ColumnSample]?
      if let sample = table["sample"] {
        let isLate = start.duration(to: .now) > .seconds(Self.secondsMax)
        switch isLate ? .failure(.late) : read(sample, columns, owner: try table.string("owner"), connection) {
        case .success(let read): samples = read
        case .failure(let reason): report.skipped.append(ScanSkipped(table: "\(schema).\(name)", reason: reason.description))
        }
      }
      if samples != nil || table["sample"] == nil { report.tables += 1 }
      propose(schema, name, columns, samples, &report)
    }
    report.durationMilliseconds = Int(start.duration(to: .now) / .milliseconds(1))
    return report
  }

  private func propose(
    _ schema: String, _ table: String, _ columns: [ScannedColumn], _ samples: [ColumnSample]?, _ report: inout ScanReport
  ) {
    for (column, sample) in zip(columns, places(columns)) {
      if column.isCommented || rules.speaks(ofSchema: schema, table: table, column: column.name, type: column.type) {
        report.labelled += 1
        continue
      }
      let sample = sample.flatMap { samples?[$0] }
      guard let judgement = ScanJudgement(column, table: table, sample: sample) else { continue }
      report.proposals.append(
        ScanProposal(
          schema: schema, table: table, column: column.name, type: column.type, kind: judgement.kind, mask: judgement.mask,
          confidence: judgement.confidence, isNamedSo: judgement.isNamedSo, values: sample?.values ?? 0,
          matches: judgement.matches))
    }
  }

  /// Where in a sample's row each column stands.
  private func places(_ columns: [ScannedColumn]) -> [Int?] {
    var next = 0
    return columns.map { column in
      guard column.isSampled else { return nil }
      defer { next += 1 }
      return next
    }
  }

  private enum Unread: Error, CustomStringConvertible {
    case late
    case notMember(owner: String)
    case failed(SQLState)

    var description: String {
      switch self {
      case .late: "the scan had run for \(Int(DatabaseScan.secondsMax)) s"
      case .notMember(let owner): "the issuer's admin is not a member of its owner, \(owner)"
      // Its message could quote a value.
      case .failed(let state): "the sample could not be read (SQLSTATE \(state.code))"
      }
    }
  }

  private func read(
    _ sample: String, _ columns: [ScannedColumn], owner: String, _ connection: PostgresConnection
  ) -> Result<[ColumnSample], Unread> {
    do {
      return try inTransaction(connection) {
        do {
          try connection.query("SELECT pg_catalog.set_config('role', $1, true)", [owner])
        } catch let error as PostgresError where !error.isConnectionLost { return .failure(.notMember(owner: owner)) }
        var samples = Array(repeating: ColumnSample(), count: columns.count { $0.isSampled })
        for row in try connection.query(sample).rows {
          for index in samples.indices { if let value = row[index] { samples[index].add(value) } }
        }
        return .success(samples)
      }
    } catch let error as PostgresError { return .failure(.failed(error.sqlState)) } catch { return .failure(.failed("XX000")) }
  }

  /// Read-only, bounded, with PostgreSQL's own names alone; policies of row-level security are an error and never run. Always undone.
  private func inTransaction<Value>(_ connection: PostgresConnection, _ body: () throws -> Value) throws -> Value {
    try connection.query("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    defer { _ = try? connection.query("ROLLBACK") }
    try connection.query(
      """
      SELECT pg_catalog.set_config('statement_timeout', $1, true), pg_catalog.set_config('lock_timeout', '1000', true),
        pg_catalog.set_config('row_security', 'off', true), pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true)
      """, [String(Self.tableMilliseconds)])
    return try body()
  }
}
