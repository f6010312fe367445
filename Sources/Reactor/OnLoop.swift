import Glibc
import Synchronization

/// Runs something on a loop and waits for its result, for set-up from other threads. Never from a loop.
public enum OnLoop {
  private final class Box<Value: Sendable>: Sendable {
    let result = Mutex<Result<Value, SocketError>?>(nil)
  }

  public static func run<Value: Sendable>(
    on loop: EventLoop, _ body: @escaping @Sendable () throws(SocketError) -> Value
  ) -> Result<Value, SocketError> {
    precondition(!loop.isCurrent, "a loop cannot wait for itself")
    let box = Box<Value>()
    loop.execute {
      let result = Result { () throws(SocketError) in try body() }
      box.result.withLock { $0 = result }
    }
    while true {
      if let result = box.result.withLock({ $0 }) { return result }
      Pause.milliseconds(1)
    }
  }
}

/// Waiting on threads that may wait.
public enum Pause {
  public static func milliseconds(_ count: Int) { usleep(UInt32(clamping: count) * 1000) }
}
