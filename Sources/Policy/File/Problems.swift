import Yams

/// Collects what is wrong while a file is read, so that all of it is told at once.
final class Problems {
  private(set) var errors: [PolicyError] = []
  private(set) var warnings: [PolicyError] = []

  func add(_ mark: Mark?, _ message: String, next: String) { errors.append(error(mark, message, next)) }

  func warn(_ mark: Mark?, _ message: String, next: String) { warnings.append(error(mark, message, next)) }

  private func error(_ mark: Mark?, _ message: String, _ next: String) -> PolicyError {
    PolicyError(line: mark?.line ?? 1, column: mark?.column ?? 1, message: message, next: next)
  }

  static func inOrder(_ errors: [PolicyError]) -> [PolicyError] {
    errors.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
  }
}

/// The name nearest to a misspelt one, for "did you mean".
func nearest(_ name: String, in names: some Sequence<String>) -> String? {
  let candidates = names.map { (name: $0, distance: editDistance(Array(name), Array($0))) }
  guard let best = candidates.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(1, name.count / 3) ? best.name : nil
}

private func editDistance(_ left: [Character], _ right: [Character]) -> Int {
  // Names are short; what is not is no misspelling of one.
  guard left.count <= 64, right.count <= 64 else { return 64 }
  var row = Array(0...right.count)
  for i in left.indices {
    var diagonal = row[0]
    row[0] = i + 1
    for j in right.indices {
      let substituted = diagonal + (left[i] == right[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
    }
  }
  return row[right.count]
}
