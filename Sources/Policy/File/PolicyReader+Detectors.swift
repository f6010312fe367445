import Detectors
import Yams

extension PolicyReader {
  /// `detectors:`, of the file or of a scope: `off`, or an action for each kind; a scope's entries stand over the file's one by one.
  ///
  /// - Returns: nil when nothing is said.
  func detectors(_ section: Section, over base: DetectorRules = [:]) -> DetectorRules? {
    guard let node = section.take("detectors") else { return nil }
    if case .scalar(let scalar) = node, scalar.string == Self.off { return [:] }
    guard let entry = Section(node, "`detectors` of \(section.title)", problems) else { return nil }
    let named = entry.named()
    var rules = base
    // What is said of one kind stands over what is said of all.
    for (name, _, node) in named where name == Self.allKinds { set(DetectorKind.allCases, node, entry, &rules) }
    for (name, mark, node) in named where name != Self.allKinds {
      if let kind = DetectorKind(rawValue: name) {
        set([kind], node, entry, &rules)
      } else {
        let all = DetectorKind.allCases.map(\.rawValue) + [Self.allKinds]
        problems.add(
          mark, "there is no detector `\(name)`",
          next: nearest(name, in: all).map { "did you mean `\($0)`?" } ?? "choose from \(all.joined(separator: ", "))")
      }
    }
    return rules
  }

  private static var off: String { "off" }
  private static var allKinds: String { "all" }

  private func set(_ kinds: [DetectorKind], _ node: Node, _ entry: Section, _ rules: inout DetectorRules) {
    guard case .scalar(let scalar) = node, let action = action(scalar.string) else {
      let all = DetectorAction.allCases.map(\.rawValue) + [Self.off]
      problems.add(
        node.mark, "an entry of \(entry.title) has no action that exists", next: "choose from \(all.joined(separator: ", "))")
      return
    }
    for kind in kinds { rules[kind] = action }
  }

  /// An action, or none for `off`; nil for another word.
  private func action(_ word: String) -> DetectorAction?? {
    if word == Self.off { return .some(nil) }
    return DetectorAction(rawValue: word).map { .some($0) }
  }

  /// A scope's. Who reads base tables reads what is in them, unless the scope itself says otherwise.
  func detectors(of entry: Section, _ defaults: DetectorRules, unmasked: Bool, isDirect: Bool) -> DetectorRules {
    let inherited = unmasked ? [:] : defaults
    let own = detectors(entry, over: inherited)
    if isDirect, let own, !own.isEmpty {
      problems.add(
        entry.mark(of: "detectors"), "detectors run in the proxy, and \(entry.title) can be delivered directly",
        next: "remove them, or `direct`, or make two scopes of it")
    }
    return own ?? inherited
  }
}
