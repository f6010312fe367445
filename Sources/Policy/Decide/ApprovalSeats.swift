/// Somebody with the groups that count for a decision.
public struct Person: Sendable, Equatable {
  public var name: String
  public var groups: [String]

  public init(name: String, groups: [String]) {
    self.name = name
    self.groups = groups
  }
}

/// The seats that approvals have to fill. One person fills one seat, however many groups they are in, and people are seated so that
/// as many seats as possible are filled (augmenting paths in the bipartite graph of people and seats).
struct ApprovalSeats {
  private let seats: [Principals]

  init(_ rules: [ApprovalRule]) { seats = rules.flatMap { Array(repeating: $0.from, count: $0.count) } }

  /// The seats that stay empty when these people have approved.
  func missing(approvedBy people: [Person]) -> [Principals] {
    var seen: Set<String> = []
    let people = people.filter { seen.insert($0.name).inserted }
    var holder: [Int: Int] = [:]
    for person in people.indices {
      var tried: Set<Int> = []
      _ = seat(person, people, &holder, &tried)
    }
    return seats.indices.filter { holder[$0] == nil }.map { seats[$0] }
  }

  private func seat(_ person: Int, _ people: [Person], _ holder: inout [Int: Int], _ tried: inout Set<Int>) -> Bool {
    for index in seats.indices where seats[index].contains(people[person].name, groups: people[person].groups) {
      guard tried.insert(index).inserted else { continue }
      if let other = holder[index], !seat(other, people, &holder, &tried) { continue }
      holder[index] = person
      return true
    }
    return false
  }
}
