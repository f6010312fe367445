/// Actions not yet carried out. Keeps its storage, so that a session allocates here only until its busiest moment.
struct ActionQueue {
  private var items: [SessionAction] = []
  private var head = 0

  mutating func append(_ action: SessionAction) { items.append(action) }

  mutating func popFirst() -> SessionAction? {
    // Mostly there is one: it is moved out, not copied.
    if head == 0, items.count <= 1 { return items.popLast() }
    guard head < items.count else { return nil }
    // Moved out as well: copies of what actions carry would cost more than all else here.
    var action = SessionAction.dropFromClient
    swap(&action, &items[head])
    head += 1
    if head == items.count {
      items.removeAll(keepingCapacity: true)
      head = 0
    }
    return action
  }
}
