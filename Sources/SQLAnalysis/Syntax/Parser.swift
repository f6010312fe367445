import CLinux
import CPgQuery

/// The call into libpg_query 15, and the only unsafe code of it.
///
/// The library is the server's own grammar with its stack guard compiled out: it recurses over the tree as it writes it, so whoever
/// calls `json` has to have `stackBytesPerByte` of stack left for each byte of text (`ParserThread`).
enum Parser {
  /// The most stack that one byte of text can cost, with a margin: `a[a[a[...` takes 65 bytes for a byte, `1+1+...` 64.
  static let stackBytesPerByte = 128

  static let grammarMajor = PG_MAJORVERSION

  /// The parser's tree as JSON.
  ///
  /// - Parameter text: UTF-8 without a NUL.
  /// - Throws: `syntax` with the parser's message and position; `tooComplex` when its own stack or memory ran out.
  static func json(_ text: [UInt8]) throws(ParseFailure) -> [UInt8] {
    var terminated: [UInt8] = []
    terminated.reserveCapacity(text.count + 1)
    terminated.append(contentsOf: text)
    terminated.append(0)
    let answer: Result<[UInt8], ParseFailure> = unsafe terminated.withUnsafeBytes { bytes in
      let result = unsafe pg_query_parse(bytes.assumingMemoryBound(to: CChar.self).baseAddress)
      defer { unsafe pg_query_free_parse_result(result) }
      if let error = unsafe result.error { return .failure(unsafe failure(error.pointee)) }
      guard let tree = unsafe result.parse_tree else {
        return .failure(ParseFailure(reason: .tooComplex, message: "the parser gave no tree"))
      }
      return .success(unsafe Array(UnsafeRawBufferPointer(start: tree, count: strlen(tree))))
    }
    return try answer.get()
  }

  private static func failure(_ error: PgQueryError) -> ParseFailure {
    let message = unsafe error.message.map { unsafe String(cString: $0) } ?? "the statement could not be parsed"
    // Bison's and the allocator's own limits: the text may be fine, we just cannot read it.
    let limits = ["memory exhausted", "out of memory", "stack depth limit", "invalid memory alloc"]
    if limits.contains(where: message.contains) {
      return ParseFailure(reason: .tooComplex, message: "the statement is too complex to be analysed")
    }
    let position = unsafe Int(error.cursorpos)
    return ParseFailure(reason: .syntax, message: message, position: position > 0 ? position : nil)
  }
}
