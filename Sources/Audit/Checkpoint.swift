import Sodium

/// The end of a chain: what is to be signed.
public struct CheckpointHead: Sendable, Hashable {
  /// The writer's name.
  public let writer: String
  /// Number of the chain's last record.
  public let sequence: UInt64
  /// BLAKE2b-256 of that record, 32 bytes.
  public let hash: [UInt8]

  /// Groups the parts, as a proxy sends them to the issuer.
  public init(writer: String, sequence: UInt64, hash: [UInt8]) {
    self.writer = writer
    self.sequence = sequence
    self.hash = hash
  }
}

/// A head that a key of the issuer's has signed.
public struct SignedCheckpoint: Sendable, Hashable {
  public let head: CheckpointHead
  /// RFC 3339, the signer's clock.
  public let at: String
  /// Ed25519, 64 bytes.
  public let signature: [UInt8]
  public let key: VerificationKey

  /// Groups the parts, as they come from the issuer or the ledger; nothing is checked.
  public init(head: CheckpointHead, at: String, signature: [UInt8], key: VerificationKey) {
    self.head = head
    self.at = at
    self.signature = signature
    self.key = key
  }

  /// Signs a head (done by issuerd, for itself and for the proxies).
  public init(signing head: CheckpointHead, at time: AuditTime = .now(), with key: SigningKey) {
    let at = time.description
    self.init(head: head, at: at, signature: key.signature(of: Self.canonicalBytes(head, at: at)), key: key.verificationKey)
  }

  /// Whether the signature is that of `key` over these values.
  public var isAuthentic: Bool { key.isValid(signature: signature, of: Self.canonicalBytes(head, at: at)) }

  /// What is signed: docs/audit-format.md, "Checkpoints".
  public static func canonicalBytes(_ head: CheckpointHead, at: String) -> [UInt8] {
    Array("issuer audit checkpoint v1\n\(head.writer)\n\(head.sequence)\n\(Hex.encode(head.hash))\n\(at)\n".utf8)
  }

  func encode(into line: inout JSONLine) {
    line.member("kind", "checkpoint")
    line.member("sequence", head.sequence)
    line.member("head", Hex.encode(head.hash))
    line.member("at", at)
    line.member("key", key.description)
    line.member("signature", Base64URL.encode(signature))
  }
}

/// Who signs a writer's heads: issuerd by its own key, a proxy by asking issuerd.
public protocol CheckpointSigner: Sendable {
  /// Signs, or throws why not. May block.
  func sign(_ head: CheckpointHead) throws -> SignedCheckpoint
}

extension SigningKey: CheckpointSigner {
  /// Signs with this key, now.
  public func sign(_ head: CheckpointHead) throws -> SignedCheckpoint { SignedCheckpoint(signing: head, with: self) }
}
