import Foundation

/// RFC 3339 times in the policy file's tests.
enum Timestamp {
  /// - Returns: nil when the text is no such time.
  static func seconds(_ text: String) -> WallClock? {
    guard let date = try? Date(text, strategy: .iso8601) else { return nil }
    return WallClock(secondsSince1970: Int(date.timeIntervalSince1970.rounded(.down)))
  }
}
