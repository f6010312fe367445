import Foundation

/// The pairs of a file in Tests/SQLCases: SQL, then what must come of it on lines that begin with `-->`. Lines that begin with `--#`
/// are headings, or set something for the cases that follow (`--# path: app, public`).
struct SQLCase: Sendable, CustomStringConvertible {
  var sql: String
  var expected: String
  var settings: [String: String]

  var description: String { sql.count > 100 ? sql.prefix(100) + "..." : sql }

  /// The messages of the files in Tests/Attacks or Tests/Benign, which blank lines separate.
  static func messages(in folder: String) -> [String] {
    let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../\(folder)")
    let files = (try? FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)) ?? []
    return files.filter { $0.pathExtension == "sql" && $0.lastPathComponent != "schema.sql" }.flatMap { file in
      ((try? String(contentsOf: file, encoding: .utf8)) ?? "").components(separatedBy: "\n\n")
    }
  }

  static func file(_ name: String) -> [SQLCase] {
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../SQLCases/\(name)")
    guard let text = try? String(contentsOf: path, encoding: .utf8) else { return [] }
    var cases: [SQLCase] = []
    var sql: [Substring] = []
    var expected: [Substring] = []
    var settings: [String: String] = [:]
    func finish() {
      guard !expected.isEmpty else { return }
      cases.append(SQLCase(sql: sql.joined(separator: "\n"), expected: expected.joined(separator: "\n"), settings: settings))
      sql = []
      expected = []
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
      if line.hasPrefix("--#") {
        finish()
        let parts = line.dropFirst(3).split(separator: ":", maxSplits: 1)
        if parts.count == 2 {
          settings[parts[0].trimmingCharacters(in: .whitespaces)] = parts[1].trimmingCharacters(in: .whitespaces)
        }
      } else if line.hasPrefix("-->") {
        expected.append(line.dropFirst(3).drop { $0 == " " })
      } else {
        finish()
        sql.append(line)
      }
    }
    finish()
    return cases
  }
}
