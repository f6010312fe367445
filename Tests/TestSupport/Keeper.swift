import Glibc
import Synchronization

/// A child process that is told commands by its standard input, answers each with a line, and ends when its standard input does:
/// however this process dies, the child learns of it.
final class Keeper: Sendable {
  private struct Child: ~Copyable {
    /// The other end is the child's standard input and output; -1 when it has ended.
    var socket: Int32
    let processID: pid_t
  }
  private let child: Mutex<Child>

  /// - Parameter command: a bash script and its arguments.
  init(_ command: [String]) throws {
    var ends: [Int32] = [0, 0]
    // Close-on-exec from its birth, so that no other child of the tests holds it open.
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw ServerUnavailable(reason: "socketpair: errno \(errno)") }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    var arguments: [UnsafeMutablePointer<CChar>?] = unsafe (["bash"] + command).map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe arguments.indices { unsafe free(arguments[index]) } }
    var processID: pid_t = 0
    let failed = unsafe posix_spawn(&processID, "/bin/bash", &actions, nil, &arguments, environ)
    close(ends[1])
    guard failed == 0 else {
      close(ends[0])
      throw ServerUnavailable(reason: "posix_spawn: error \(failed)")
    }
    child = Mutex(Child(socket: ends[0], processID: processID))
  }

  deinit { release() }

  func command(_ word: String) throws {
    child.withLock { child in
      let line = Array((word + "\n").utf8)
      // MSG_NOSIGNAL: a keeper that died shows as a missing answer, not as SIGPIPE.
      _ = unsafe line.withUnsafeBytes { unsafe send(child.socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }
    try expectOK(word)
  }

  /// Reads one line of answer.
  func expectOK(_ what: String) throws {
    let answer = child.withLock { child in
      var line: [UInt8] = []
      var byte: UInt8 = 0
      while unsafe read(child.socket, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
      return String(decoding: line, as: UTF8.self)
    }
    guard answer == "ok" else { throw ServerUnavailable(reason: "\(what): \(answer)") }
  }

  /// Ends the child and waits until it has cleaned up.
  func release() {
    child.withLock { child in
      guard child.socket >= 0 else { return }
      close(child.socket)
      child.socket = -1
      var status: Int32 = 0
      while unsafe waitpid(child.processID, &status, 0) < 0 && errno == EINTR {}
    }
  }
}
