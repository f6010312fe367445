extension PolicyReader {
  /// `identities:`: a mapping of names to how they log in and what groups they are in.
  func identities(_ root: Section) -> [Identity] {
    guard let node = root.required("identities", next: "name the people and jobs that may ask: `identities:`"),
      let section = Section(node, "`identities`", problems)
    else { return [] }
    enum Kind: String, CaseIterable { case unix, token }
    var result: [Identity] = []
    for (name, mark, node) in section.named() {
      checkName(name, mark, "an identity")
      guard let entry = Section(node, "identity \(name)", problems) else { continue }
      let kind: Kind? = entry.word("login", Kind.self)
      if kind == nil, entry.take("login") == nil {
        problems.add(mark, "identity \(name) has no `login`", next: "write `login: unix` or `login: token`")
      }
      let user = entry.string("unixUser")
      if user != nil, kind == .token {
        problems.add(
          entry.mark(of: "unixUser"), "identity \(name) logs in by token", next: "remove `unixUser`, or write `login: unix`")
      }
      let groups = entry.strings("groups") ?? []
      for group in groups { checkName(group.text, group.mark, "a group") }
      entry.finish()
      let login: Identity.Login = kind == .token ? .token : .unix(user: user ?? name)
      if case .unix(let user) = login, let other = result.first(where: { $0.login == login }) {
        problems.add(
          mark, "the Unix user \(user) would be both \(other.name) and \(name)", next: "one Unix user is one identity: remove one"
        )
      }
      result.append(Identity(name: name, login: login, groups: groups.map(\.text)))
    }
    return result
  }
}
