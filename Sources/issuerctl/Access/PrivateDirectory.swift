import CLinux
import Foundation

/// A directory for one command's files with secrets, which only its user can enter, in memory where there is such a place.
struct PrivateDirectory {
  let path: String

  init() throws {
    let places = [ClientOptions.environment("XDG_RUNTIME_DIR"), "/dev/shm", ClientOptions.environment("TMPDIR"), "/tmp"]
    for place in places.compactMap(\.self) {
      var template = Array((place + "/issuer-XXXXXX").utf8CString)
      // mkdtemp makes it with mode 0700.
      let made = unsafe template.withUnsafeMutableBufferPointer { unsafe mkdtemp($0.baseAddress!) != nil }
      if made {
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return
      }
    }
    throw CommandFailure(
      .failure, "no directory for temporary files can be made", next: "set TMPDIR to a directory that you can write")
  }

  /// Writes a file of mode 0600 and returns its path.
  func write(_ name: String, _ text: String) throws -> String {
    let file = path + "/" + name
    guard FileManager.default.createFile(atPath: file, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600]) else {
      throw CommandFailure(.failure, "\(file) cannot be written", next: "is the disk full?")
    }
    return file
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
}
