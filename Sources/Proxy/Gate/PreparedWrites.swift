import PostgresWire
import SQLAnalysis

/// What statements that SQL's `PREPARE` made write into masked columns, by their names: the values come by `EXECUTE`.
final class PreparedWrites {
  private var known: [String: [PlaceholderCheck.Written]] = [:]
  /// What the names of the text that ran last meant before it.
  private var replaced: [String: [PlaceholderCheck.Written]] = [:]
  private static let namesMax = 10_000

  /// The error in place of a text that runs such a statement with what a mask shows.
  ///
  /// - Parameter own: what the text prepares itself, before it runs it.
  func refusal(of parsed: ParsedText, own: [String: [PlaceholderCheck.Written]] = [:]) -> ErrorResponse? {
    guard !(known.isEmpty && own.isEmpty), parsed.executesPrepared else { return nil }
    let prepares = parsed.preparedNames
    for call in parsed.executeCalls {
      let targets = prepares.contains(call.name) ? own[call.name] : known[call.name]
      for target in targets ?? [] where call.arguments.indices.contains(target.number - 1) {
        guard case .constant(let value) = call.arguments[target.number - 1],
          PlaceholderCheck.isShown(Array(value.utf8), for: target.column)
        else { continue }
        return ErrorReplies.placeholder(target.column, of: target.table, position: nil)
      }
    }
    return nil
  }

  /// A text that gives or takes names is on its way.
  func willRun(_ names: [String], _ prepared: [String: [PlaceholderCheck.Written]]) {
    if known.count + names.count > Self.namesMax { known.removeAll() }
    replaced.removeAll()
    for name in names {
      replaced[name] = known[name] ?? []
      known[name] = prepared[name]
    }
  }

  /// It failed: its names mean what they meant before.
  func failed(_ names: [String]) {
    for name in names {
      guard let before = replaced[name] else { continue }
      known[name] = before.isEmpty ? nil : before
    }
  }
}
