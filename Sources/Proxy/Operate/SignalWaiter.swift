import Glibc

/// Waits for the signals that an operator sends. Make it before any other thread starts.
public struct SignalWaiter {
  public enum Wish { case stop, reload }

  private var set = sigset_t()

  public init() {
    unsafe sigemptyset(&set)
    for signal in [SIGTERM, SIGINT, SIGHUP] { unsafe sigaddset(&set, signal) }
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Blocks until one comes.
  public func next() -> Wish {
    var set = set
    var number: Int32 = 0
    while true {
      guard unsafe sigwait(&set, &number) == 0 else { continue }
      return number == SIGHUP ? .reload : .stop
    }
  }
}
