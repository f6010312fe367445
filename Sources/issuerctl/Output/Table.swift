/// Columns under headings, aligned for people; tabs between values for scripts when nobody looks.
struct Table {
  private let headings: [String]
  private var rows: [[String]] = []

  init(_ headings: [String]) { self.headings = headings }

  mutating func add(_ row: [String]) {
    precondition(row.count == headings.count, "a row has a value for each heading")
    rows.append(row.map(Terminal.clean))
  }

  func write(to terminal: Terminal = .standardOutput, empty: String) {
    if rows.isEmpty {
      Terminal.standardError.write(empty)
      return
    }
    guard terminal.isInteractive else {
      for row in [headings] + rows { terminal.write(row.joined(separator: "\t")) }
      return
    }
    let widths = headings.indices.map { column in ([headings] + rows).map { $0[column].count }.max() ?? 0 }
    func line(_ row: [String]) -> String {
      zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
    }
    terminal.write(terminal.styled(line(headings), .bold))
    for row in rows { terminal.write(line(row)) }
  }
}

/// Names and values, one a line, the values aligned.
struct Facts {
  private var facts: [(name: String, value: String)] = []

  mutating func add(_ name: String, _ value: String?) {
    if let value, !value.isEmpty { facts.append((name, Terminal.clean(value))) }
  }

  func write(to terminal: Terminal = .standardOutput) {
    let width = facts.map(\.name.count).max() ?? 0
    for fact in facts {
      terminal.write(
        terminal.styled(fact.name + String(repeating: " ", count: width - fact.name.count), .dim) + "  " + fact.value)
    }
  }
}
