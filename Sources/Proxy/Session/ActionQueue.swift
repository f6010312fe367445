/// Actions not yet carried out. Keeps storage for what most messages bring, so that no message allocates.
struct ActionQueue {
  private static let kept = 2
  private var items: [SessionAction] = []
  private var head = 0

  mutating func append(_ action: SessionAction) { items.append(action) }

  /// Keeps no room for more.
  mutating func rest() {
    if items.isEmpty { items = [] }
  }

  mutating func popFirst() -> SessionAction? {
    // Mostly there is one: it is moved out, not copied.
    if head == 0, items.count <= 1 { return items.popLast() }
    guard head < items.count else { return nil }
    // Moved out as well: copies of what actions carry would cost more than all else here.
    var action = SessionAction.dropFromClient
    swap(&action, &items[head])
    head += 1
    if head == items.count {
      items.removeAll(keepingCapacity: items.capacity <= Self.kept)
      head = 0
    }
    return action
  }
}
