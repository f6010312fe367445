import Audit
import Foundation
import Sodium
import Vault

/// A slot as the verbs show it.
struct SlotShown: Encodable {
  var id: UInt32
  var kind: String
  var label: String
  var createdAt: String
  /// Of a recipient: base64url.
  var publicKey: String?

  init(_ slot: SlotInfo) {
    id = slot.id
    kind = slot.kind.name
    label = slot.label
    createdAt = Self.time(slot.createdAtSeconds)
    if case .recipient(let key) = slot.kind { publicKey = Base64URL.encode(key) }
  }

  static func time(_ seconds: UInt64) -> String {
    AuditTime(microseconds: Int64(clamping: seconds.multipliedReportingOverflow(by: 1_000_000).partialValue)).description
  }

  static func table(_ slots: [SlotShown]) -> Table {
    var table = Table(["SLOT", "KIND", "LABEL", "CREATED", "PUBLIC KEY"])
    for slot in slots { table.add([String(slot.id), slot.kind, slot.label, slot.createdAt, slot.publicKey ?? "-"]) }
    return table
  }
}
