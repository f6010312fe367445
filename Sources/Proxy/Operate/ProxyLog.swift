import Foundation
import Logging

/// Log lines to standard error: text for people, or one JSON object a line.
public struct ProxyLog: LogHandler {
  public var logLevel: Logger.Level
  public var metadata: Logger.Metadata = [:]
  private let format: ProxyConfiguration.LogFormat
  private let label: String

  /// The logger that a configuration asks for.
  public static func make(_ configuration: ProxyConfiguration) -> Logger {
    let level = Logger.Level(rawValue: configuration.logLevel) ?? .info
    return Logger(label: configuration.name) { ProxyLog(logLevel: level, format: configuration.logFormat, label: $0) }
  }

  private init(logLevel: Logger.Level, format: ProxyConfiguration.LogFormat, label: String) {
    self.logLevel = logLevel
    self.format = format
    self.label = label
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    let time = Date().formatted(
      .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
    let line: String
    switch format {
    case .text:
      let pairs = all.sorted { $0.key < $1.key }.map { " \($0.key)=\(Self.quoted("\($0.value)"))" }.joined()
      line = "\(time) \(event.level.rawValue) \(label): \(event.message)\(pairs)\n"
    case .json:
      var object = ["time": time, "level": event.level.rawValue, "logger": label, "message": "\(event.message)"]
      for (key, value) in all where object[key] == nil { object[key] = "\(value)" }
      let data = (try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])) ?? Data()
      line = String(decoding: data, as: UTF8.self) + "\n"
    }
    FileHandle.standardError.write(Data(line.utf8))
  }

  private static func quoted(_ text: String) -> String {
    let isPlain = !text.isEmpty && text.allSatisfy { !$0.isWhitespace && $0 != "\"" && $0 != "=" }
    return isPlain
      ? text : "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
  }
}
