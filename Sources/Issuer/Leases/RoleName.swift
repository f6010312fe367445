import Sodium

/// The name of an ephemeral role: `jit_<person>_<random>`, so that PostgreSQL's own logs name the person.
enum RoleName {
  /// PostgreSQL cuts identifiers at 63 bytes (NAMEDATALEN - 1, manual 4.1.1).
  static let bytesMax = 63
  private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")

  /// - Parameter random: at least 10 bytes; each gives one of 32 characters, so names do not collide in practice (50 bits) and the
  ///   ledger's unique index decides when they do.
  static func make(person: String, random: [UInt8]) -> String {
    precondition(random.count >= 10)
    let suffix = String(random.prefix(10).map { alphabet[Int($0 & 31)] })
    let room = bytesMax - "jit__".utf8.count - suffix.utf8.count
    let readable = person.lowercased().unicodeScalars.map { scalar -> Character in
      ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) ? Character(scalar) : "_"
    }
    return "jit_\(String(readable.prefix(room)))_\(suffix)"
  }

  static func make(person: String) -> String { make(person: person, random: Random.bytes(10)) }
}
