/// Parses and analyses query texts; safe to share between threads.
///
/// The parser recurses without a guard, so a text is parsed where the stack is proved to suffice: up to `callerBytesMax` on the
/// caller's thread (at most a megabyte of stack), anything larger on a thread of the analyser's own.
public final class SQLAnalyser: Sendable {
  /// The largest text parsed on the caller's thread, in bytes.
  public static let callerBytesMax = 8 << 10

  /// Texts of more bytes are refused unread.
  public let statementBytesMax: Int
  private let thread: ParserThread

  /// - Throws: `ParserThreadError` when the system gives no stack or no thread.
  public init(statementBytesMax: Int = 1 << 20) throws(ParserThreadError) {
    self.statementBytesMax = statementBytesMax
    thread = try ParserThread(statementBytesMax: statementBytesMax)
  }

  /// Analyses a query text; waits for the analyser's thread when the text is large, so an event loop wants `submit`.
  ///
  /// - Throws: `ParseFailure`.
  public func analyse(text: String) throws(ParseFailure) -> ParsedText { try analyse(Array(text.utf8)) }

  /// Analyses the bytes of a query text, without the terminating NUL.
  ///
  /// - Throws: `ParseFailure`.
  public func analyse(_ text: [UInt8]) throws(ParseFailure) -> ParsedText {
    try TextGuard.check(text, statementBytesMax: statementBytesMax)
    guard text.count > Self.callerBytesMax else { return try ParsedText.parse(text) }
    return try thread.analyse(text)
  }

  /// Whether `analyse` answers a text of this size without waiting for another thread.
  public static func isQuick(bytes: Int) -> Bool { bytes <= callerBytesMax }

  /// Analyses a text on the analyser's thread, whatever its size; texts are taken in turn.
  ///
  /// - Parameter completion: runs on that thread (or, for a text refused unread, on the caller's) and must be short.
  public func submit(_ text: [UInt8], completion: @escaping @Sendable (Result<ParsedText, ParseFailure>) -> Void) {
    do throws(ParseFailure) {
      try TextGuard.check(text, statementBytesMax: statementBytesMax)
      thread.submit(text, completion: completion)
    } catch {
      completion(.failure(error))
    }
  }
}
