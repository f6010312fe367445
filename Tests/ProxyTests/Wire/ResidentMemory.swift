import Foundation

/// Memory of this process, in which the proxy under test runs.
enum ResidentMemory {
  static var bytes: Int {
    let fields = ((try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? "").split(separator: " ")
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4096
  }
}
