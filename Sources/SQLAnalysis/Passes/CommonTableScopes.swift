/// Which names are common table expressions where (PostgreSQL manual 7.8).
///
/// A WITH list is visible in the statement that it belongs to, nested statements included, and within itself: all of it when it is
/// RECURSIVE, else only what comes before.
struct CommonTableScopes: Sendable {
  private struct Expression {
    /// The subtree of the statement that the WITH belongs to.
    var owner: Range<Int>
    /// The subtree of the WITH list.
    var list: Range<Int>
    /// The subtrees from here on do not see the expression; the list's end when it is recursive and all do.
    var visibleFrom: Int
  }

  /// Comparisons that all look-ups of one text may make. Beyond it a text is built to be slow.
  static let comparisonsMax = 20_000_000

  private var expressions: [String: [Expression]] = [:]

  init(_ tree: SyntaxTree) {
    for index in tree.nodes.indices where tree.nodes[index].kind == .withClause {
      guard let list = tree.child(index, .ctes) else { continue }
      let owner = tree.subtree(Int(tree.nodes[index].parent))
      let isRecursive = tree.isSet(index, .recursive)
      for element in tree.children(list) {
        guard let name = tree.text(element, .ctename) else { continue }
        expressions[name, default: []].append(
          Expression(
            owner: owner, list: tree.subtree(index), visibleFrom: isRecursive ? index : Int(tree.nodes[element].end)))
      }
    }
  }

  var isEmpty: Bool { expressions.isEmpty }

  /// Whether the unqualified `name` at node `index` is a common table expression; counts its work in `comparisons`.
  func hides(_ name: String, at index: Int, comparisons: inout Int) throws(ParseFailure) -> Bool {
    guard !expressions.isEmpty, let candidates = expressions[name] else { return false }
    comparisons += candidates.count
    guard comparisons <= Self.comparisonsMax else {
      throw ParseFailure(reason: .tooComplex, message: "the statement repeats WITH names too often to be resolved")
    }
    return candidates.contains { candidate in
      guard candidate.owner.contains(index) else { return false }
      return candidate.list.contains(index) ? index >= candidate.visibleFrom : true
    }
  }
}
