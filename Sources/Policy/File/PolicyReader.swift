import Yams

/// Reads the sections of a policy file in the order in which they refer to one another. One file for each section.
struct PolicyReader {
  let problems: Problems

  init(_ problems: Problems) { self.problems = problems }

  /// - Returns: nil when the file has nothing that could be read; what is wrong stands in `problems`.
  func read(_ root: Node) -> PolicyFile? {
    guard let section = Section(root, "the policy", problems) else { return nil }
    if let node = section.required("version", next: "write `version: 1`"), node.scalar?.string != "1" {
      problems.add(node.mark, "this version reads policy files of `version: 1`", next: "write `version: 1`")
    }
    let cluster = section.required("cluster", next: "write the cluster's name in issuerd.yaml, such as `cluster: main`")
      .flatMap { section.string($0, "cluster") }
    if let cluster { checkName(cluster, section.mark(of: "cluster"), "cluster") }
    section.refuse(
      "oidc", because: "OpenID Connect is not part of this version, so nobody could log in by it",
      next: "use identities with `login: unix` or `login: token`")

    let people = identities(section)
    let operators = section.principals("operators") ?? Principals()
    let auditors = section.principals("auditors") ?? Principals()
    check(operators, people, section.mark(of: "operators"), "operators")
    check(auditors, people, section.mark(of: "auditors"), "auditors")

    let databases = databases(section)
    let defaults = ScopeDefaults(
      rules: guardrails(section), limits: limits(section) ?? SessionLimits(), recordsParameters: audit(section),
      detectors: detectors(section) ?? [:])
    let scopes = scopes(section, databases, defaults)
    let access = access(section, people, scopes)
    for scope in scopes where !access.contains(where: { $0.scopes.contains(scope.name) }) {
      problems.warn(
        section.mark(of: "scopes"), "nobody may ask for the scope \(scope.name)", next: "name it in a rule under `access:`")
    }
    let policy = Policy(
      cluster: cluster ?? "", identities: people, operators: operators, auditors: auditors, databases: databases, scopes: scopes,
      access: access)
    let expectations = expectations(section, policy)
    section.finish()
    return PolicyFile(policy: policy, expectations: expectations, warnings: Problems.inOrder(problems.warnings))
  }

  /// Names end up in role names, log lines and commands, so they are plain words.
  func checkName(_ name: String, _ mark: Mark?, _ kind: String) {
    let plain = name.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_.".utf8.contains(byte)
    }
    if name.isEmpty || name.utf8.count > 63 || !plain || name.hasPrefix("-") || name.hasPrefix(".") {
      problems.add(
        mark, "`\(name.prefix(80))` is no name for \(kind)",
        next: "use 1 to 63 letters, digits, `-`, `_` and `.`, a letter or digit first")
    }
  }

  /// People and groups that a rule names must exist, so that a misspelt rule is not silently nobody's.
  func check(_ principals: Principals, _ people: [Identity], _ mark: Mark?, _ title: String) {
    for user in principals.users where !people.contains(where: { $0.name == user }) {
      problems.add(
        mark, "\(title): nobody is called `\(user)`",
        next: nearest(user, in: people.map(\.name)).map { "did you mean `\($0)`?" } ?? "add \(user) under `identities:`")
    }
    let groups = Set(people.flatMap(\.groups))
    for group in principals.groups where !groups.contains(group) {
      problems.add(
        mark, "\(title): nobody is in the group `\(group)`",
        next: nearest(group, in: groups).map { "did you mean `\($0)`?" } ?? "give somebody the group under `identities:`")
    }
  }
}

/// What holds for a scope that says nothing of its own.
struct ScopeDefaults {
  var rules: [Guardrail]
  var limits: SessionLimits
  var recordsParameters: Bool
  var detectors: DetectorRules
}
