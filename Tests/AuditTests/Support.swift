import FoundationEssentials
import Sodium
import Testing

@testable import Audit

/// A directory that goes with the test.
final class Folder: Sendable {
  let path: String

  init() throws {
    path = "/tmp/audit-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var log: String { path + "/proxy-a" }

  func segments() throws -> [String] { try Segments.list(log).map(\.path) }
}

func lines(_ path: String) throws -> [String] {
  try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
}

func write(_ lines: [String], to path: String) throws {
  try write(Array(lines.joined(separator: "\n").utf8), to: path)
}

func write(_ bytes: [UInt8], to path: String) throws { try Data(bytes).write(to: URL(filePath: path)) }

func bytes(of path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

func statement(_ text: String, session: String = "s-1", person: String = "ada", tables: [String] = []) -> AuditEvent {
  .statement(
    .init(
      session: session, lease: "l-1", person: person, form: "simple", text: .text(text), verdict: .forwarded, tables: tables))
}

func outcome(of statement: UInt64, session: String = "s-1") -> AuditEvent {
  .outcome(
    .init(
      session: session, lease: "l-1", statement: statement, sqlState: "00000", tag: "SELECT 1", rows: 1, bytes: 20,
      durationMicroseconds: 1500))
}

/// The code of the `AuditError` that `body` throws.
func code(of body: () throws -> Void) -> AuditError.Code? {
  do {
    try body()
    return nil
  } catch let error as AuditError {
    #expect(!error.next.isEmpty && !error.message.isEmpty)
    return error.code
  } catch {
    Issue.record("\(error) is no AuditError")
    return nil
  }
}

/// Sebastiano Vigna's SplitMix64: one seed replays a run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }
}
