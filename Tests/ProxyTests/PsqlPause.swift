import Foundation
import TestSupport

/// Holds psql between two of its commands until the test says so, its session idle meanwhile.
struct PsqlPause {
  private let file: String

  init(in directory: String) { file = directory + "/pause-\(UUID().uuidString)" }

  /// For psql, between two statements.
  var command: String { "\\! touch \(file); while [ -e \(file) ]; do sleep 0.02; done" }

  /// Until psql has come so far.
  func begun() throws { try eventually("psql pauses") { FileManager.default.fileExists(atPath: file) } }

  func end() throws { try FileManager.default.removeItem(atPath: file) }
}
