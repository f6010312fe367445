/// A value that belongs to one loop and may be named, but not touched, elsewhere. Lets a closure carry a session to another thread
/// and back.
public struct LoopBound<Value>: @unchecked Sendable {
  private let loop: EventLoop
  private let stored: Value

  public init(_ value: Value, loop: EventLoop) {
    self.loop = loop
    self.stored = value
  }

  /// Hands the value to the body, on the loop. From any thread.
  public func perform(_ body: @escaping @Sendable (Value) -> Void) {
    loop.execute { body(value) }
  }

  /// The value; a programmer's mistake off the loop.
  public var value: Value {
    precondition(loop.isCurrent, "a value of a loop was used on another thread")
    return stored
  }
}
