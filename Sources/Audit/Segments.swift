import FoundationEssentials

/// A directory's segment files.
enum Segments {
  static let fileExtension = ".jsonl"
  /// A line's ceiling, the line feed not counted.
  static let lineBytesMax = 1 << 24

  struct Segment: Equatable {
    var path: String
    /// The first record's number, by the file's name.
    var first: UInt64
    var name: String { String(path[path.index(after: path.lastIndex(of: "/") ?? path.startIndex)...]) }
  }

  static func path(in directory: String, first: UInt64) -> String {
    let digits = String(first)
    return directory + "/" + String(repeating: "0", count: 20 - digits.utf8.count) + digits + fileExtension
  }

  /// The segments in order. Other files are not looked at.
  /// - Throws: `AuditError.missing`
  static func list(_ directory: String) throws -> [Segment] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: directory)
    } catch {
      throw AuditError(.missing, path: directory, message: "the directory cannot be read", next: "check the path and your rights")
    }
    return names.sorted().compactMap { name in
      guard name.utf8.count == 20 + fileExtension.utf8.count, name.hasSuffix(fileExtension), let first = UInt64(name.prefix(20))
      else {
        return nil
      }
      return Segment(path: directory + "/" + name, first: first)
    }
  }
}

/// Lines of a file, read piece by piece.
struct LineReader {
  /// A line, and whether a line feed ended it.
  struct Line: Equatable {
    var bytes: [UInt8]
    var isEnded: Bool
    /// Offset of its first byte in the file.
    var offset: Int
  }

  private let file: AuditFile
  private var buffer: [UInt8] = []
  private var start = 0
  private var offset = 0
  private var isAtEnd = false

  init(path: String) throws { file = try AuditFile.reading(path) }

  /// The next line. One that is over the ceiling comes in pieces, not ended; a caller takes that as damage.
  mutating func next() throws -> Line? {
    var searched = start
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0a) { return take(upTo: end, skipping: 1, isEnded: true) }
      searched = buffer.count
      if buffer.count - start > Segments.lineBytesMax {
        return take(upTo: start + Segments.lineBytesMax, skipping: 0, isEnded: false)
      }
      if isAtEnd { return start == buffer.count ? nil : take(upTo: buffer.count, skipping: 0, isEnded: false) }
      if start > 0 {
        buffer.removeFirst(start)
        searched -= start
        start = 0
      }
      let more = try file.read(1 << 16)
      isAtEnd = more.isEmpty
      buffer += more
    }
  }

  private mutating func take(upTo end: Int, skipping separator: Int, isEnded: Bool) -> Line {
    let line = Line(bytes: Array(buffer[start..<end]), isEnded: isEnded, offset: offset)
    offset += end - start + separator
    start = end + separator
    return line
  }
}

extension Segments {
  /// What lies directly in a directory and is one, in the order of the names.
  static func directories(in path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted().map { path + "/" + $0 }.filter {
      var isDirectory = false
      return FileManager.default.fileExists(atPath: $0, isDirectory: &isDirectory) && isDirectory
    }
  }
}
