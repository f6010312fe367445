import Yams

extension PolicyReader {
  func scopes(_ root: Section, _ databases: [DatabaseRules], _ defaults: ScopeDefaults) -> [Scope] {
    guard let node = root.required("scopes", next: "name what can be asked for: `scopes:`"),
      let section = Section(node, "`scopes`", problems)
    else { return [] }
    return section.named().compactMap { name, mark, node in
      checkName(name, mark, "a scope")
      return Section(node, "scope \(name)", problems).map { scope($0, name, databases, defaults) }
    }
  }

  private func scope(_ entry: Section, _ name: String, _ databases: [DatabaseRules], _ defaults: ScopeDefaults) -> Scope {
    let database = entry.required("database", next: "name one of `databases:`").flatMap { entry.string($0, "database") }
    if let database, !databases.contains(where: { $0.name == database }) {
      problems.add(
        entry.mark(of: "database"), "\(entry.title) is on the database `\(database)`, which is not under `databases:`",
        next: nearest(database, in: databases.map(\.name)).map { "did you mean `\($0)`?" }
          ?? "add `\(database):` under `databases:`")
    }
    refuseWhatNothingEnforces(entry)
    let delivery = entry.words("delivery", ScopeDelivery.self) ?? [.proxy]
    let rules = guardrails(of: entry, defaults.rules)
    let ownLimits = limits(entry, over: defaults.limits)
    if delivery.contains(.direct), !rules.isEmpty || ownLimits != nil {
      problems.add(
        entry.mark(of: rules.isEmpty ? "limits" : "guardrails"),
        "guardrails and limits are kept by the proxy, and \(entry.title) can be delivered directly",
        next: "remove them, or `direct`, or make two scopes of it")
    }
    let unmasked = entry.bool("unmasked") ?? false
    let role = existingRole(entry)
    let scope = Scope(
      name: name, description: entry.string("description") ?? "", database: database ?? "",
      privileges: privileges(entry, isOptional: role != nil),
      delivery: ScopeDelivery.allCases.filter(delivery.contains), unmasked: unmasked, owner: owner(entry, unmasked),
      role: role, enforcement: enforcement(entry, role, unmasked: unmasked, isDirect: delivery.contains(.direct)),
      settings: settings(entry), connectionsMax: entry.integer("connectionsMax", in: 1...10_000),
      ownedObjects: entry.word("ownedObjects", Scope.OwnedObjects.self) ?? .drop, guardrails: rules,
      limits: ownLimits ?? defaults.limits, recordsParameters: audit(of: entry) ?? defaults.recordsParameters,
      detectors: detectors(of: entry, defaults.detectors, unmasked: unmasked, isDirect: delivery.contains(.direct)))
    entry.finish()
    return scope
  }

  private func refuseWhatNothingEnforces(_ entry: Section) {
    for key in ["roles", "memberOf", "inherits"] {
      entry.refuse(
        key,
        because:
          "a scope is made of privileges on objects: membership in a role, such as pg_read_all_data, would go round its masks",
        next: "name the objects under `privileges:`; wildcards are allowed. One existing role of an application: `role: NAME`")
    }
  }

  /// Whether it may be handed out at all is found in the cluster, when the scope is compiled.
  private func existingRole(_ entry: Section) -> String? {
    guard let role = entry.string("role") else { return nil }
    checkRole(role, entry.mark(of: "role"), next: "name the role of the application whose privileges leases are to have")
    return role
  }

  private func enforcement(_ entry: Section, _ role: String?, unmasked: Bool, isDirect: Bool) -> Scope.Enforcement {
    let enforcement = entry.word("enforcement", Scope.Enforcement.self) ?? .strict
    guard enforcement == .bestEffort else { return enforcement }
    let mark = entry.mark(of: "enforcement")
    if role == nil {
      problems.add(
        mark, "\(entry.title) has no `role:`, so there is nothing to be less strict about: PostgreSQL's privileges mask",
        next: "leave `enforcement` out, or name the existing role under `role:`")
    }
    if unmasked {
      problems.add(
        mark, "\(entry.title) is `unmasked: true`, and best-effort masks", next: "leave one of the two out")
    }
    if isDirect {
      problems.add(
        mark, "best-effort masks are the proxy's alone, and \(entry.title) can be delivered directly",
        next: "leave `direct` out of `delivery`")
    }
    return enforcement
  }

  private func owner(_ entry: Section, _ unmasked: Bool) -> String? {
    guard let owner = entry.string("owner") else { return nil }
    let mark = entry.mark(of: "owner")
    if !unmasked {
      problems.add(
        mark, "\(entry.title) runs as the owner \(owner), who reads every column, but is not `unmasked: true`",
        next: "write `unmasked: true` if that is meant, or remove `owner`")
    }
    checkRole(owner, mark, next: "name the NOLOGIN role that owns the application's tables")
    return owner
  }

  private func checkRole(_ role: String, _ mark: Mark?, next: String) {
    if role.hasPrefix("pg_") || role.hasPrefix("iss_") || role.hasPrefix("jit_") || role == "postgres" || role == "issuer_admin" {
      problems.add(mark, "`\(role)` is no role of an application", next: next)
    }
    if role.isEmpty || role.utf8.count > 63 {
      problems.add(mark, "a role's name has 1 to 63 bytes", next: "write it as PostgreSQL has it")
    }
  }

  private func audit(of entry: Section) -> Bool? {
    guard let node = entry.take("audit"), let section = Section(node, "`audit` of \(entry.title)", problems) else { return nil }
    let records = section.bool("recordParameters")
    section.finish()
    return records
  }

  private func privileges(_ entry: Section, isOptional: Bool) -> [ScopePrivilege] {
    let nodes = entry.list("privileges")
    if nodes.isEmpty, !isOptional {
      problems.add(
        entry.mark, "\(entry.title) has no `privileges`",
        next: "write for example `privileges: [{tables: [\"public.*\"], grant: [select]}]`")
    }
    return nodes.compactMap { privilege($0, entry.title) }
  }

  private func privilege(_ node: Node, _ scope: String) -> ScopePrivilege? {
    guard let entry = Section(node, "a privilege of \(scope)", problems) else { return nil }
    let given = ScopePrivilege.Objects.allCases.compactMap { kind in entry.strings(kind.rawValue).map { (kind, $0) } }
    let except = entry.strings("except") ?? []
    let granted = entry.words("grant", ScopePrivilege.Privilege.self)
    let writeMasked = entry.bool("writeMasked") ?? false
    if granted == nil {
      problems.add(entry.mark, "a privilege of \(scope) has no `grant`", next: "write for example `grant: [select]`")
    }
    entry.finish()
    guard given.count == 1, let (objects, patterns) = given.first else {
      problems.add(
        entry.mark, "a privilege of \(scope) must name one kind of object",
        next: "write one of `tables`, `sequences`, `functions` and `schemas`; begin another entry for another kind")
      return nil
    }
    for pattern in patterns + except { check(pattern.text, pattern.mark, objects) }
    if writeMasked, objects != .tables || !(granted ?? []).contains(where: { $0 == .insert || $0 == .update }) {
      problems.add(
        entry.mark(of: "writeMasked"), "`writeMasked` of \(scope) goes with `insert` or `update` on tables",
        next: "take it away, or grant one of them")
    }
    for privilege in granted ?? [] where !objects.privileges.contains(privilege) {
      problems.add(
        entry.mark(of: "grant"), "`\(privilege.rawValue)` cannot be granted on \(objects.rawValue)",
        next: "choose from \(objects.privileges.map(\.rawValue).joined(separator: ", "))")
    }
    return ScopePrivilege(
      objects: objects, patterns: patterns.map { NamePattern($0.text) }, except: except.map { NamePattern($0.text) },
      privileges: Set(granted ?? []).sorted(), writeMasked: writeMasked ? true : nil)
  }

  private func check(_ text: String, _ mark: Mark?, _ objects: ScopePrivilege.Objects) {
    let name = objects == .functions ? String(text.prefix { $0 != "(" }) : text
    let parts = QualifiedName.split(name)
    if parts?.count != (objects == .schemas ? 1 : 2) {
      problems.add(
        mark, "`\(text)` names no \(objects.rawValue)",
        next: objects == .schemas ? "write a schema's name" : "write schema.name; `*` is any run: `public.*`")
    }
    let schema = parts?.first ?? ""
    if schema == "information_schema" || schema.hasPrefix("pg_") || schema == "iss" || schema.hasPrefix("iss_m_") {
      problems.add(mark, "`\(text)`: nothing of the schema \(schema) is granted", next: "name schemas of your applications")
    }
  }

  private func settings(_ entry: Section) -> [ScopeSetting] {
    guard let node = entry.take("settings"), let section = Section(node, "`settings` of \(entry.title)", problems) else {
      return []
    }
    return section.named().compactMap { name, mark, node in
      let isPlain = name.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || "_.".utf8.contains(byte)
      }
      if name.isEmpty || !isPlain || name.utf8.count > 63 {
        problems.add(
          mark, "`\(name.prefix(80))` is no setting of PostgreSQL", next: "write it in small letters, such as statement_timeout")
      }
      if let reason = Self.settingsOfOurs[name] {
        problems.add(mark, "the setting \(name) cannot be set by a scope: \(reason)", next: "remove it")
      }
      return section.string(node, name).map { ScopeSetting(name: name, value: $0) }
    }
  }

  private static let settingsOfOurs: [String: String] = [
    "role": "write `owner:` instead",
    "session_authorization": "a lease runs as its own role",
    "search_path": "masks of direct leases rest on it",
    "standard_conforming_strings": "it changes how statements are read",
    "backslash_quote": "it changes how statements are read",
    "client_encoding": "it changes how statements are read",
    "session_preload_libraries": "it loads code into the server",
    "local_preload_libraries": "it loads code into the server",
  ]
}
