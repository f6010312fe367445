import Foundation
import Glibc
import Policy
import PostgresClient
import Proxy
import TestSupport
import Testing

/// "On the record before it is in the world", with records that are written together.
@Suite struct AuditStageTests {
  static let running = Result { try PostgresServer() }
  private let server: PostgresServer

  init() throws { server = try Self.running.get() }

  /// A small file system for the audit log, which a test can fill.
  private final class SmallDisk {
    let path: String
    init?() throws {
      path = FileManager.default.temporaryDirectory.appending(path: "small-disk-\(UUID().uuidString)").path
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      guard unsafe mount("tmpfs", path, "tmpfs", 0, "size=256k") == 0 else { return nil }  // needs root
    }
    deinit {
      _ = unsafe umount2(path, Int32(MNT_DETACH))
      try? FileManager.default.removeItem(atPath: path)
    }
    /// Takes the room that is left, in the log's last page as well.
    func fill() throws {
      guard let ballast = unsafe fopen(path + "/ballast", "w") else { throw CocoaError(.fileWriteUnknown) }
      let block = [UInt8](repeating: 1, count: 4096)
      while unsafe fwrite(block, 1, block.count, ballast) == block.count, unsafe fflush(ballast) == 0 {}
      unsafe fclose(ballast)
    }
    func free() throws { try FileManager.default.removeItem(atPath: path + "/ballast") }
  }

  private func world(_ disk: SmallDisk, table: String) throws -> ProxyWorld {
    try ProxyWorld(
      server, grants: ["CREATE TABLE public.\(table) (id int)", "GRANT INSERT ON public.\(table) TO $role"],
      limits: { $0.audit.directory = disk.path + "/audit" })
  }

  private func count(_ table: String) throws -> Int {
    try server.connect().execute(script: "SELECT count(*) AS n FROM public.\(table)").single().integer("n")
  }

  /// More than the log's last page has room for.
  private let long = String(repeating: "-", count: 9000)

  @Test func `a statement whose record cannot be written is not forwarded, and the session ends with the reason`() throws {
    guard let disk = try SmallDisk() else { return }
    let world = try world(disk, table: "unrecorded_statement")
    let connection = try world.connect()
    try connection.execute(script: "INSERT INTO public.unrecorded_statement VALUES (1)")
    try disk.fill()
    let error = #expect(throws: PostgresError.self) {
      try connection.execute(script: "INSERT INTO public.unrecorded_statement VALUES (2) --\(long)")
    }
    #expect(error?.sqlState.code == "58030")
    try eventually("the backend's end") { try world.backends() == 0 }
    #expect(try count("unrecorded_statement") == 1)
    try disk.free()
    #expect(try world.psql(["SELECT 'goes on'"]).output == "goes on\n")
  }

  @Test func `a client is not told of an end that could not be recorded`() throws {
    guard let disk = try SmallDisk() else { return }
    let world = try world(disk, table: "unrecorded_outcome")
    let hold = try StatementHold(server)
    // The records of many statements at once are more than the page has room for.
    let statement = "SELECT 'held' FROM \(hold.row);" + String(repeating: "SELECT 'told';", count: 100)
    let process = try world.psqlProcess([statement])
    try eventually("the statement runs") { try world.running("pg_advisory_lock") == 1 }
    try disk.fill()
    try hold.end()
    let result = try process.wait()
    #expect(!result.output.contains("told"))
    #expect(result.errors.contains("58030"))
    try eventually("the backend's end") { try world.backends() == 0 }
  }

  @Test func `with strict durability everything comes as it does without`() throws {
    let world = try ProxyWorld(server, limits: { $0.audit.durability = .strict })
    let rows = (1...2000).map(String.init).joined(separator: "\n") + "\n"
    let result = try world.psql(
      [
        "CREATE TEMP TABLE t (id int)", "COPY t FROM STDIN", "SELECT sum(id) FROM t",
        "SELECT md5(string_agg(v, '')) FROM (SELECT repeat('x', 1000) v FROM generate_series(1, 5000)) s", "SELECT 1/0",
        "COPY (SELECT repeat('y', 100) FROM generate_series(1, 20000)) TO STDOUT",
      ], input: rows)
    #expect(result.output.contains("2001000"))
    #expect(result.errors.contains("22012"))
    #expect(result.output.utf8.count > 2_000_000)
    let bench = try ChildProcess.run(
      "pgbench", ["-n", "-M", "prepared", "-c", "4", "-j", "2", "-t", "25", "-f", "/dev/stdin", world.connection()],
      environment: ["PGPASSWORD": world.secret], input: "SELECT 1;\n")
    #expect(bench.output.contains("number of transactions actually processed: 100/100"), "\(bench.errors)")
    try eventually("the ends on record") { world.audit.components(separatedBy: #""kind":"outcome""#).count - 1 == 106 }
  }
}
