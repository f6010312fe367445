import Detectors

/// What has been found since it was last put on record: how often in which column, and never what.
struct DetectorTally {
  /// Where something was found.
  enum Place: Hashable {
    case column(Int)
    case copy(field: Int)
    case notice, error, notification
  }

  struct Entry: Equatable {
    var place: Place
    var kind: DetectorKind
    /// The place in words.
    var column: String
    var count: Int
  }

  private(set) var entries: [Entry] = []

  var isEmpty: Bool { entries.isEmpty }

  mutating func add(_ kind: DetectorKind, at place: Place, named name: @autoclosure () -> String) {
    if let index = entries.firstIndex(where: { $0.place == place && $0.kind == kind }) {
      entries[index].count += 1
    } else {
      entries.append(Entry(place: place, kind: kind, column: name(), count: 1))
    }
  }

  mutating func take() -> [Entry] {
    defer { entries.removeAll(keepingCapacity: true) }
    return entries
  }
}
