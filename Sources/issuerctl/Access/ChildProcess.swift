import CLinux
import Glibc

/// A program that runs in the same process group and on the same terminal as we do. Foundation's `Process` gives its children a group
/// of their own, which cannot read from the terminal.
struct ChildProcess {
  enum StartFailure: Error {
    case notFound
    case notExecutable
    case other(Int32)
  }

  let processID: pid_t

  /// - Parameters:
  ///   - arguments: the program, looked for in PATH, and its arguments.
  ///   - environment: the whole of it.
  init(_ arguments: [String], environment: [String: String]) throws(StartFailure) {
    precondition(!arguments.isEmpty, "a program to start")
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    // Signals as a shell would hand them on: none blocked, none ignored.
    var none = sigset_t()
    unsafe sigemptyset(&none)
    var reset = none
    for number in Signals.ending + [SIGCHLD, SIGPIPE] { unsafe sigaddset(&reset, number) }
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &reset)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let argumentVector = unsafe CStrings(arguments)
    let environmentVector = unsafe CStrings(environment.map { "\($0.key)=\($0.value)" })
    defer {
      unsafe argumentVector.free()
      unsafe environmentVector.free()
    }
    var id: pid_t = 0
    let code = unsafe posix_spawnp(
      &id, argumentVector.pointers[0]!, nil, &attributes, argumentVector.pointers, environmentVector.pointers)
    switch code {
    case 0: processID = id
    case ENOENT: throw .notFound
    case EACCES: throw .notExecutable
    default: throw .other(code)
    }
  }

  func send(_ signal: Int32) { kill(processID, signal) }

  /// The exit code, 128 + n when a signal ended it; nil while it runs.
  func ended() -> Int32? {
    var status: Int32 = 0
    guard unsafe waitpid(processID, &status, WNOHANG) == processID else { return nil }
    // wait(2): the low seven bits are the signal, the next eight the code.
    let signal = status & 0x7f
    return signal == 0 ? status >> 8 & 0xff : 128 + signal
  }

  /// A NULL-terminated vector of C strings.
  @unsafe private struct CStrings {
    var pointers: [UnsafeMutablePointer<CChar>?]
    init(_ strings: [String]) { unsafe pointers = strings.map { unsafe strdup($0) } + [nil] }
    func free() {
      // Environments hold passwords where the caller asked for that.
      for index in unsafe pointers.indices {
        guard let pointer = unsafe pointers[index] else { continue }
        unsafe explicit_bzero(pointer, strlen(pointer))
        unsafe Glibc.free(pointer)
      }
    }
  }
}
