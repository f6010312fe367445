import OpenSSL

/// The two SASL mechanisms of PostgreSQL (RFC 7677).
public enum ScramMechanism: String, Sendable, Equatable {
  case plain = "SCRAM-SHA-256"
  /// With channel binding `tls-server-end-point`.
  case plus = "SCRAM-SHA-256-PLUS"
}

/// What both sides of an exchange compute (RFC 5802 section 3).
enum ScramComputation {
  static func clientSignature(storedKey: [UInt8], message: String) -> [UInt8] {
    SHA256.authenticate(Array(message.utf8), key: storedKey)
  }

  static func exclusiveOr(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] { zip(left, right).map { $0 ^ $1 } }

  /// The attributes of a SCRAM message: `r=...,s=...`. The first must be of the first name, and so on; those behind are extensions,
  /// which may be ignored (RFC 5802 section 5.1), except `m`, which must not.
  static func attributes(_ text: some StringProtocol, _ names: Character...) throws(WireError) -> [String] {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count >= names.count else { throw malformed }
    var values: [String] = []
    for (part, name) in zip(parts, names) {
      guard part.first == name, part.dropFirst().first == "=" else { throw malformed }
      values.append(String(part.dropFirst(2)))
    }
    guard !parts.contains(where: { $0.hasPrefix("m=") }) else { throw malformed }
    return values
  }

  static func isNonce(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ",") }
  }

  static var malformed: WireError { WireError(.authentication, "a SCRAM message is malformed") }
}
