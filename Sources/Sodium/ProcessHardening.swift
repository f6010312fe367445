import CLinux
import Glibc

/// What a process that holds secrets tells the kernel first of all.
public enum ProcessHardening {
  /// No core dumps, and no ptrace or /proc/PID/mem by processes of the same user (`RLIMIT_CORE`, `PR_SET_DUMPABLE`).
  /// - Throws: `SodiumError.system`
  public static func apply() throws {
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none) == 0 else {
      throw failure("setrlimit(RLIMIT_CORE)")
    }
    try hideMemory()
  }

  /// Half of `apply`, for a process whose children are to have the limits that it was given: no ptrace or /proc/PID/mem by processes of
  /// the same user, and no core dump of its own (`PR_SET_DUMPABLE`, which execve(2) sets back).
  /// - Throws: `SodiumError.system`
  public static func hideMemory() throws {
    guard linux_set_dumpable(0) == 0 else { throw failure("prctl(PR_SET_DUMPABLE)") }
  }

  private static func failure(_ call: String) -> SodiumError {
    let reason = unsafe String(cString: strerror(errno))
    return SodiumError(
      .system, message: "\(call) failed: \(reason)",
      next: "run on Linux 2.6 or later, outside a filter that forbids it")
  }
}
