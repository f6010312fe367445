import FoundationEssentials
import Sodium

extension SignedCheckpoint {
  /// Reads checkpoints that were taken out of the ledger: JSON lines with `writer`, `sequence`, `head`, `at`, `signature` and
  /// `public_key`, as `SELECT row_to_json(c) FROM issuer.checkpoint c` prints them (docs/audit-format.md).
  ///
  /// - Throws: `AuditError.missing`; `AuditError.invalid` with the line that is none.
  public static func load(_ path: String) throws -> [SignedCheckpoint] {
    var reader = try LineReader(path: path)
    var checkpoints: [SignedCheckpoint] = []
    var number = 0
    while let line = try reader.next() {
      number += 1
      if line.bytes.isEmpty { continue }
      guard let value = JSONParser.parse(line.bytes), let checkpoint = SignedCheckpoint(value) else {
        throw AuditError(
          .invalid, path: path, message: "line \(number) is no checkpoint",
          next: "export them with: psql -AtXc \"SELECT row_to_json(c) FROM issuer.checkpoint c\" issuer")
      }
      checkpoints.append(checkpoint)
    }
    return checkpoints
  }

  private init?(_ value: JSONValue) {
    guard let writer = value["writer"]?.string, let sequence = value["sequence"]?.unsigned, let at = value["at"]?.string,
      let head = value["head"]?.string.flatMap(Self.bytes), head.count == 32,
      let signature = value["signature"]?.string.flatMap(Self.bytes),
      let key = (value["public_key"] ?? value["key"])?.string.flatMap(Self.bytes).flatMap({ try? VerificationKey($0) })
    else { return nil }
    self.init(head: CheckpointHead(writer: writer, sequence: sequence, hash: head), at: at, signature: signature, key: key)
  }

  /// 64 hexadecimal digits, base64 or base64url.
  private static func bytes(_ text: String) -> [UInt8]? {
    if text.utf8.count == 64, let bytes = Hex.decode(text) { return bytes }
    return Base64URL.decode(text) ?? Data(base64Encoded: text).map(Array.init)
  }
}
