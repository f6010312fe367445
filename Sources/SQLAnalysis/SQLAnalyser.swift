/// Parses and analyses query texts; safe to share between threads.
///
/// The parser recurses without a guard, so a text is parsed where the stack is proved to suffice: up to `callerBytesMax` on the
/// caller's thread (at most a megabyte of stack), anything larger on a thread of the analyser's own; the largest on another, which the
/// others do not wait for.
public final class SQLAnalyser: Sendable {
  /// The largest text parsed on the caller's thread, in bytes.
  public static let callerBytesMax = 8 << 10

  /// The version of PostgreSQL whose grammar texts are read by.
  public static var grammarMajor: String { Parser.grammarMajor }

  /// Texts of more bytes are refused unread.
  public let statementBytesMax: Int
  private let thread: ParserThread
  private let largeThread: ParserThread
  /// Above this a text takes longer than others should have to wait for.
  private static let largeBytes = 64 << 10

  /// - Throws: `ParserThreadError` when the system gives no stack or no thread.
  public init(statementBytesMax: Int = 1 << 20) throws(ParserThreadError) {
    self.statementBytesMax = statementBytesMax
    thread = try ParserThread(statementBytesMax: min(statementBytesMax, Self.largeBytes))
    largeThread = try ParserThread(statementBytesMax: statementBytesMax)
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
    return try thread(for: text).analyse(text)
  }

  private func thread(for text: [UInt8]) -> ParserThread { text.count > Self.largeBytes ? largeThread : thread }

  /// Whether `analyse` answers a text of this size without waiting for another thread.
  public static func isQuick(bytes: Int) -> Bool { bytes <= callerBytesMax }

  /// Whether `analyse` answers a text without waiting for another thread, and soon: its size is right, and the parser does not blow
  /// it up.
  public static func isQuick(_ text: [UInt8]) -> Bool {
    isQuick(bytes: text.count) && TextGuard.expandedBytes(text.span) <= 4 * callerBytesMax
  }

  /// Analyses a text on the analyser's thread, whatever its size; texts are taken in turn.
  ///
  /// - Parameter completion: runs on that thread (or, for a text refused unread, on the caller's) and must be short.
  public func submit(_ text: [UInt8], completion: @escaping @Sendable (Result<ParsedText, ParseFailure>) -> Void) {
    guard text.count <= statementBytesMax else {
      let result = Result { () throws(ParseFailure) in try analyse(text) }
      return completion(result)
    }
    thread(for: text).submit(text, completion: completion)
  }
}
