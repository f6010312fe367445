import FoundationEssentials
import Glibc
import Logging
import Synchronization

/// Log lines as one JSON object each on standard error: `time`, `level`, `logger`, `message` and the metadata.
public struct JSONLogHandler: LogHandler {
  public var logLevel: Logger.Level = .info
  public var metadata: Logger.Metadata = [:]
  private let label: String

  public init(label: String) { self.label = label }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    var fields: [String: String] = [
      "time": Timestamp.now(), "level": event.level.rawValue, "logger": label,
      "message": event.message.description,
    ]
    for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { _, new in new }) {
      fields[fields[key] == nil ? key : "field.\(key)"] = "\(value)"
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard var line = try? encoder.encode(fields) else { return }
    line.append(UInt8(ascii: "\n"))
    Self.emit(line)
  }

  /// One line at a time: lines of several threads must not run into one another.
  private static let lock = Mutex(())

  private static func emit(_ line: Data) {
    lock.withLock { _ in
      // Straight to the descriptor: a line is in the journal when this returns, whatever happens to the process next.
      unsafe line.withUnsafeBytes { bytes in
        var sent = 0
        while sent < bytes.count {
          let count = unsafe write(STDERR_FILENO, bytes.baseAddress! + sent, bytes.count - sent)
          if count < 0 && errno != EINTR { return }
          sent += max(0, count)
        }
      }
    }
  }
}
