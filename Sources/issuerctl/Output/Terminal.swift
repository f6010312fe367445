import CLinux
import Foundation

/// Standard output or standard error, and whether a person looks at it.
struct Terminal: Sendable {
  enum Style: String {
    case bold = "1"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case dim = "2"
  }

  static let standardOutput = Terminal(descriptor: 1)
  static let standardError = Terminal(descriptor: 2)

  let descriptor: Int32
  let isInteractive: Bool
  private let hasColours: Bool

  private init(descriptor: Int32) {
    self.descriptor = descriptor
    isInteractive = isatty(descriptor) == 1
    let environment = ProcessInfo.processInfo.environment
    // https://no-color.org
    hasColours = isInteractive && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }

  static var isInputInteractive: Bool { isatty(0) == 1 }

  func styled(_ text: String, _ style: Style) -> String { hasColours ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text }

  /// Writes a line.
  func write(_ line: String) { put(line + "\n") }

  /// Writes over the current line; without a person looking, nothing.
  func writeOver(_ line: String) { if isInteractive { put("\r\u{1b}[2K" + line) } }

  private func put(_ text: String) {
    // A reader that went away ends us by SIGPIPE as it does others, or is nobody's loss.
    try? FileHandle(fileDescriptor: descriptor).write(contentsOf: Data(text.utf8))
  }

  /// Text from elsewhere, such as a reason that somebody typed, without control characters: it must not move the cursor.
  static func clean(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
  }

  /// Asks on the terminal.
  static func ask(_ question: String) -> String? {
    standardError.writeOver(question + " ")
    return readLine()
  }
}
