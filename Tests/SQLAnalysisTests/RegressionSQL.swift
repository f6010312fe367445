import Foundation

@testable import SQLAnalysis

/// PostgreSQL's own regression tests, which `scripts/regress-sql.sh` brings: psql scripts, taken apart into statements.
enum RegressionSQL {
  static let directory: URL = {
    let environment = ProcessInfo.processInfo.environment
    if let given = environment["ISSUER_REGRESS_SQL"] { return URL(filePath: given) }
    let cache = environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "/root") + "/.cache"
    return URL(filePath: cache).appending(path: "issuer-tests/regress-15")
  }()

  static func files() -> [URL] {
    let all = (try? FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)) ?? []
    return all.filter { $0.pathExtension == "sql" }.sorted { $0.path < $1.path }
  }

  /// The statements of a script, without psql's commands and the data of COPY.
  static func statements(of file: URL) throws -> [[UInt8]] {
    var isData = false
    var lines: [Substring] = []
    for line in String(decoding: try Data(contentsOf: file), as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    {
      if isData {
        isData = line != "\\."
      } else if !line.hasPrefix("\\") {
        // A command behind a statement sends it: `SELECT 1 \gset`.
        let command = line.firstRange(of: " \\g") ?? line.firstRange(of: " \\;")
        lines.append(command.map { line[..<$0.lowerBound] + ";" } ?? line)
        let lower = line.lowercased()
        isData = lower.hasPrefix("copy") && lower.contains("from stdin") && lower.hasSuffix(";")
      }
    }
    return split(Array(lines.joined(separator: "\n").utf8))
  }

  /// Ends statements at semicolons outside quotes, comments, parentheses and bodies in standard SQL.
  private static func split(_ text: [UInt8]) -> [[UInt8]] {
    var statements: [[UInt8]] = []
    var start = 0
    var position = 0
    var depth = 0
    let bytes = text.span
    while position < text.count {
      if let end = LexicalSkip.quotedOrComment(bytes, from: position) {
        position = end
        continue
      }
      switch text[position] {
      case UInt8(ascii: "("): depth += 1
      case UInt8(ascii: ")"): depth = max(0, depth - 1)
      case UInt8(ascii: ";") where depth == 0 && !isInBody(text[start..<position]):
        statements.append(Array(text[start..<position]))
        start = position + 1
      default: break
      }
      position += 1
    }
    return statements
  }

  private static func isInBody(_ text: ArraySlice<UInt8>) -> Bool {
    let lower = String(decoding: text, as: UTF8.self).lowercased()
    guard lower.contains("begin atomic") else { return false }
    return !lower.split(whereSeparator: \.isWhitespace).suffix(1).elementsEqual(["end"])
  }
}
