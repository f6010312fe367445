import CLinux
import Glibc
import Sodium

/// Reads secrets from where they may come from, into locked memory.
enum SecretInput {
  private static let bytesMax = 4096

  /// Asks on the terminal, without echo. `/dev/tty`, so that standard input may be something else.
  static func terminal(_ prompt: String) throws -> SecretBytes {
    let descriptor = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CommandFailure(
        .failure, "there is no terminal to ask for a passphrase", next: "give it by --passphrase-fd, or open with --key-file")
    }
    defer { close(descriptor) }
    var before = termios()
    guard unsafe tcgetattr(descriptor, &before) == 0 else {
      throw CommandFailure(.failure, "the terminal cannot be made silent", next: "give the passphrase by --passphrase-fd")
    }
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO)
    guard unsafe tcsetattr(descriptor, TCSAFLUSH, &silent) == 0 else {
      throw CommandFailure(.failure, "the terminal cannot be made silent", next: "give the passphrase by --passphrase-fd")
    }
    defer { _ = unsafe tcsetattr(descriptor, TCSAFLUSH, &before) }
    tell(prompt + " ", descriptor)
    defer { tell("\n", descriptor) }
    return try line(from: descriptor)
  }

  /// Asks twice for a passphrase that is to be kept in mind.
  static func newPassphrase() throws -> SecretBytes {
    let first = try terminal("New passphrase:")
    guard try terminal("The same again:") == first else {
      throw CommandFailure(.failure, "the two passphrases differ", next: "try again")
    }
    return first
  }

  /// The first line of a descriptor that the caller opened, such as `3<file` or a pipe; 0 is standard input.
  static func line(from descriptor: Int32) throws -> SecretBytes {
    var count = 0
    let whole = try unsafe SecretBytes(count: bytesMax) { buffer in
      while true {
        guard count < buffer.count else {
          throw CommandFailure(.failure, "the secret is longer than \(bytesMax) bytes", next: "give one line")
        }
        // Byte by byte, so that a second secret behind the first line stays unread.
        let got = unsafe read(descriptor, buffer.baseAddress! + count, 1)
        if got < 0 && errno == EINTR { continue }
        guard got >= 0 else {
          throw CommandFailure(
            .failure, "file descriptor \(descriptor) cannot be read", next: "open it in the shell, as in 3<file")
        }
        if got == 0 { return }
        let byte = unsafe buffer[count]
        if byte == UInt8(ascii: "\n") { return }
        count += 1
      }
    }
    return try whole.slice(0..<count)
  }

  private static func tell(_ text: String, _ descriptor: Int32) {
    let bytes = Array(text.utf8)
    _ = unsafe write(descriptor, bytes, bytes.count)
  }
}
