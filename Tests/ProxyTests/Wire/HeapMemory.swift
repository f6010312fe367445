import Glibc

/// What this process has allocated and not freed, by malloc's own account (malloc_info(3)).
enum HeapMemory {
  private typealias Account = @convention(c) (CInt, UnsafeMutablePointer<FILE>?) -> CInt

  static var bytes: Int {
    get throws {
      // Swift's Glibc module leaves malloc.h out.
      guard let symbol = unsafe dlsym(nil, "malloc_info"), let file = unsafe tmpfile() else { throw Unknown() }
      defer { unsafe fclose(file) }
      let account = unsafe unsafeBitCast(symbol, to: Account.self)
      guard unsafe account(0, file) == 0 else { throw Unknown() }
      unsafe rewind(file)
      var bytes = [UInt8](repeating: 0, count: 1 << 20)
      let count = unsafe fread(&bytes, 1, bytes.count, file)
      let text = String(decoding: bytes[..<count], as: UTF8.self)
      // The totals of all arenas stand behind the last of them.
      let totals = text.split(separator: "\n").reversed().prefix { !$0.hasPrefix("</heap>") }
      func size(_ prefix: String) throws -> Int {
        guard let line = totals.first(where: { $0.hasPrefix(prefix) }),
          let value = line.split(separator: "size=\"").last?.prefix(while: \.isNumber), let size = Int(value)
        else { throw Unknown() }
        return size
      }
      return try size("<system type=\"current\"") + size("<total type=\"mmap\"") - size("<total type=\"fast\"")
        - size("<total type=\"rest\"")
    }
  }

  struct Unknown: Error {}
}
