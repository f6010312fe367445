import Foundation
import Yams

extension PolicyReader {
  /// `access:`: rules in the order in which they are tried.
  func access(_ root: Section, _ people: [Identity], _ scopes: [Scope]) -> [AccessRule] {
    var result: [AccessRule] = []
    for node in root.list("access") {
      guard let entry = Section(node, "a rule under `access`", problems) else { continue }
      let rule = rule(entry, people, scopes)
      if result.contains(where: { $0.name == rule.name }) {
        problems.add(entry.mark(of: "name"), "the access rule \(rule.name) exists already", next: "choose another name")
      }
      result.append(rule)
    }
    return result
  }

  private func rule(_ entry: Section, _ people: [Identity], _ scopes: [Scope]) -> AccessRule {
    let name = entry.required("name", next: "give the rule a name: requests show it").flatMap { entry.string($0, "name") } ?? ""
    if !name.isEmpty { checkName(name, entry.mark(of: "name"), "an access rule") }
    let who = entry.principals("who") ?? Principals()
    if entry.take("who") == nil { problems.add(entry.mark, "the access rule \(name) has no `who`", next: "say who may ask") }
    check(who, people, entry.mark(of: "who"), "`who` of the access rule \(name)")
    let offered = entry.strings("scopes") ?? []
    if entry.take("scopes") == nil {
      problems.add(entry.mark, "the access rule \(name) has no `scopes`", next: "say for which scopes")
    }
    for scope in offered where !scopes.contains(where: { $0.name == scope.text }) {
      problems.add(
        scope.mark, "the access rule \(name) offers the scope `\(scope.text)`, which does not exist",
        next: nearest(scope.text, in: scopes.map(\.name)).map { "did you mean `\($0)`?" } ?? "add it under `scopes:`")
    }
    let lifetime = lifetime(entry, name)
    let approvals = approvals(entry, name, who, people)
    let decideWithin = entry.duration("decideWithin")
    if decideWithin != nil, approvals.isEmpty {
      problems.add(
        entry.mark(of: "decideWithin"), "the access rule \(name) needs no approval, so nobody decides", next: "remove it")
    }
    let breakGlass = breakGlass(entry, name, people, lifetime.max)
    if breakGlass != nil, approvals.isEmpty {
      problems.add(
        entry.mark(of: "breakGlass"), "the access rule \(name) needs no approval: there is no glass to break", next: "remove it")
    }
    let rule = AccessRule(
      name: name, who: who, scopes: offered.map(\.text), lifetimeSecondsDefault: lifetime.byDefault,
      lifetimeSecondsMax: lifetime.max,
      ceilingSeconds: lifetime.ceiling, reason: textRule(entry, "reason", requiredByDefault: true),
      ticket: textRule(entry, "ticket", requiredByDefault: false), approvals: approvals,
      decideWithinSeconds: decideWithin ?? 86_400,
      windows: entry.list("windows").compactMap { window($0, name) }, breakGlass: breakGlass)
    entry.finish()
    return rule
  }

  private func lifetime(_ entry: Section, _ rule: String) -> (byDefault: Int, max: Int, ceiling: Int) {
    guard let node = entry.required("lifetime", next: "write for example `lifetime: {default: 30m, max: 8h}`"),
      let section = Section(node, "`lifetime` of the access rule \(rule)", problems)
    else { return (1, 1, 1) }
    let max = section.duration("max")
    if max == nil, section.take("max") == nil {
      problems.add(node.mark, "\(section.title) has no `max`", next: "write for example `max: 8h`")
    }
    let byDefault = section.duration("default")
    let ceiling = section.duration("ceiling")
    section.finish()
    let longest = max ?? byDefault ?? 1
    if let byDefault, byDefault > longest {
      problems.add(section.mark(of: "default"), "the default lifetime is longer than `max`", next: "shorten it, or raise `max`")
    }
    if let ceiling, ceiling < longest {
      problems.add(
        section.mark(of: "ceiling"), "`ceiling`, how far renewals can go, is shorter than `max`",
        next: "raise it, or shorten `max`")
    }
    return (byDefault ?? min(longest, 3600), longest, ceiling ?? longest)
  }

  private func textRule(_ entry: Section, _ key: String, requiredByDefault: Bool) -> TextRule {
    guard let node = entry.take(key) else { return TextRule(isRequired: requiredByDefault, pattern: nil) }
    if case .scalar(let scalar) = node {
      switch scalar.string {
      case "required": return TextRule(isRequired: true, pattern: nil)
      case "optional": return TextRule(isRequired: false, pattern: nil)
      default:
        problems.add(
          node.mark, "`\(key)` of \(entry.title) must be `required` or `optional`",
          next: "or `{pattern: \"INC-*\"}`, where `#` is a digit")
        return TextRule(isRequired: true, pattern: nil)
      }
    }
    guard let section = Section(node, "`\(key)` of \(entry.title)", problems) else {
      return TextRule(isRequired: true, pattern: nil)
    }
    let rule = TextRule(isRequired: section.bool("required") ?? true, pattern: section.string("pattern").map { TextPattern($0) })
    section.finish()
    return rule
  }

  private func approvals(_ entry: Section, _ rule: String, _ who: Principals, _ people: [Identity]) -> [ApprovalRule] {
    let title = "`approvals` of the access rule \(rule)"
    let rules = entry.list("approvals").compactMap { node -> ApprovalRule? in
      guard let section = Section(node, title, problems) else { return nil }
      let count = section.integer("count", in: 1...10) ?? 1
      let from = section.principals("from") ?? Principals()
      if section.take("from") == nil { problems.add(node.mark, "\(title) does not say who decides", next: "write `from:`") }
      check(from, people, section.mark(of: "from"), title)
      section.finish()
      return ApprovalRule(count: count, from: from)
    }
    // Whoever asks cannot approve: for each of them the seats must still be filled by different people.
    let askers = people.filter { who.contains($0.name, groups: $0.groups) }
    for asker in askers where !rules.isEmpty && !rules.contains(where: { $0.from.isEmpty }) {
      let others = people.filter { $0.name != asker.name }.map { Person(name: $0.name, groups: $0.groups) }
      if !ApprovalSeats(rules).missing(approvedBy: others).isEmpty {
        problems.add(
          entry.mark(of: "approvals"),
          "a request of \(asker.name) under the access rule \(rule) could never be approved: too few others may",
          next: "name more people in `from`, or lower `count`")
        break
      }
    }
    return rules
  }

  private func window(_ node: Node, _ rule: String) -> TimeWindow? {
    guard let section = Section(node, "a window of the access rule \(rule)", problems) else { return nil }
    let days = (section.strings("days") ?? [("mon-sun", nil)]).flatMap { run(of: $0.text, $0.mark) }
    let from = minute(section, "from")
    let to = minute(section, "to")
    let zone = section.required("timeZone", next: "write for example `timeZone: Europe/Vienna`").flatMap {
      section.string($0, "timeZone")
    }
    section.finish()
    if let zone, TimeZone(identifier: zone) == nil {
      problems.add(section.mark(of: "timeZone"), "`\(zone)` is no time zone", next: "write a name of the IANA data base, or UTC")
    }
    guard let from, let to, let zone else { return nil }
    if from == to {
      problems.add(
        section.mark(of: "to"), "the window is as long as nothing, or as a day",
        next: "for whole days leave the window out, or write 00:00 to 24:00")
    }
    return TimeWindow(days: TimeWindow.Day.allCases.filter(days.contains), startMinute: from, endMinute: to, timeZone: zone)
  }

  private func run(of text: String, _ mark: Mark?) -> [TimeWindow.Day] {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { TimeWindow.Day(rawValue: String($0)) }
    let week = TimeWindow.Day.allCases
    if ends.count == 1, let day = ends[0] { return [day] }
    if ends.count == 2, let first = ends[0].flatMap(week.firstIndex), let last = ends[1].flatMap(week.firstIndex), first <= last {
      return Array(week[first...last])
    }
    problems.add(mark, "`\(text)` is no day", next: "write mon, tue, wed, thu, fri, sat, sun, or a run such as mon-fri")
    return []
  }

  /// `08:00`, up to `24:00`.
  private func minute(_ section: Section, _ key: String) -> Int? {
    guard let node = section.required(key, next: "write a time such as \"08:00\"") else { return nil }
    let parts = (node.scalar?.string ?? "").split(separator: ":", omittingEmptySubsequences: false)
    if parts.count == 2, parts.allSatisfy({ $0.count == 2 }), let hour = UInt8(parts[0]), let minute = UInt8(parts[1]),
      minute < 60,
      hour < 24 || (hour == 24 && minute == 0)
    {
      return Int(hour) * 60 + Int(minute)
    }
    problems.add(node.mark, "`\(key)` of \(section.title) is no time of day", next: "write it as \"08:00\", in quotes")
    return nil
  }

  private func breakGlass(_ entry: Section, _ rule: String, _ people: [Identity], _ lifetimeMax: Int) -> BreakGlass? {
    guard let node = entry.take("breakGlass"), let section = Section(node, "`breakGlass` of the access rule \(rule)", problems)
    else { return nil }
    let max = section.duration("lifetimeMax")
    if let max, max > lifetimeMax {
      problems.add(
        section.mark(of: "lifetimeMax"), "breaking glass would give longer than asking", next: "write `lifetime`'s max or less")
    }
    let review = section.principals("review") ?? Principals()
    if section.take("review") == nil {
      problems.add(node.mark, "\(section.title) does not say who reviews it", next: "write `review:`")
    }
    check(review, people, section.mark(of: "review"), section.title)
    let within = section.duration("reviewWithin")
    section.finish()
    return BreakGlass(lifetimeSecondsMax: max ?? lifetimeMax, review: review, reviewWithinSeconds: within ?? 86_400)
  }
}
