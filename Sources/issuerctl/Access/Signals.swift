import CLinux

/// The signals that end a command, taken in turn by one thread instead of by handlers.
struct Signals {
  struct Arrived {
    var number: Int32
    /// The terminal sent it (Ctrl-C), and so to the child as well.
    var isFromTerminal: Bool
  }

  static let ending: [Int32] = [SIGINT, SIGTERM, SIGHUP]

  /// Blocks them, and SIGCHLD, in this thread and those that it starts. They wait until `next` takes them.
  static func block() {
    var set = blocked
    _ = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// The next of them, SIGCHLD included; nil when none came within the time.
  static func next(withinMilliseconds milliseconds: Int) -> Arrived? {
    var set = blocked
    var info = unsafe siginfo_t()
    var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
    let number = unsafe sigtimedwait(&set, &info, &time)
    guard number > 0 else { return nil }
    // SI_KERNEL and other positive codes: not sent by a process (sigaction(2)).
    let code = unsafe info.si_code
    return Arrived(number: number, isFromTerminal: code > 0)
  }

  /// One that ends the command and has come already.
  static func pendingEnd() -> Int32? {
    while let arrived = next(withinMilliseconds: 0) {
      if ending.contains(arrived.number) { return arrived.number }
    }
    return nil
  }

  private static var blocked: sigset_t {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for number in ending + [SIGCHLD] { unsafe sigaddset(&set, number) }
    return set
  }
}
