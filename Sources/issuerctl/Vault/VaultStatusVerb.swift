import ArgumentParser
import Sodium
import Vault

struct VaultStatusVerb: VaultVerb {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Say whether the vault is whole, and with a key, what is in it.",
    discussion: """
      Without a key only the file is checked: permissions, length, hash, version. With one (or with the key file of issuerd.yaml)
      also that the key opens it, and the names of what it holds; never a secret.

      EXAMPLES
        issuerctl vault status
        issuerctl vault status --vault /mnt/backup/vault --key-file /etc/issuer/vault.key
      """)

  @OptionGroup var place: VaultPlaceOptions
  @OptionGroup var unlock: UnlockOptions
  @OptionGroup var output: OutputOptions

  private struct Shown: Encodable {
    var file: String
    var id: String
    var generation: UInt64
    var writtenAt: String
    var slots: [SlotShown]
    /// Nil when no key was given.
    var contents: Contents?

    struct Contents: Encodable {
      var clusters: [String]
      /// Clusters whose rotation was cut short: the issuer's next start finishes it.
      var rotationsPending: [String]
      var derivationKeys: [UInt32]
      var currentDerivationKey: UInt32
      /// Base64url: what `audit verify --key` wants.
      var auditPublicKey: String
      var staticRoles: [String]
    }
  }

  func act() throws {
    let path = try place.path()
    let summary = try Vault.inspect(at: path)
    var shown = Shown(
      file: path, id: summary.id, generation: summary.generation, writtenAt: SlotShown.time(summary.writtenAtSeconds),
      slots: summary.slots.map(SlotShown.init), contents: nil)
    let configured = place.places.vaultKeyFile.flatMap { try? KeyFile.read($0) }
    if unlock.isGiven || configured != nil { shown.contents = try contents(unlock.open(place).body) }
    try output.write(shown) { write(shown) }
  }

  private func contents(_ body: VaultBody) throws -> Shown.Contents {
    Shown.Contents(
      clusters: body.clusters.keys.sorted(),
      rotationsPending: body.clusters.filter { $0.value.secret.pending != nil }.keys.sorted(),
      derivationKeys: body.derivationKeys.keys.sorted(), currentDerivationKey: body.currentDerivationKeyID,
      auditPublicKey: try SigningKey(seed: body.auditSigningKey).verificationKey.description,
      staticRoles: body.staticRoles.keys.sorted())
  }

  private func write(_ shown: Shown) {
    var facts = Facts()
    facts.add("file", shown.file)
    facts.add("id", shown.id)
    facts.add("written", "\(shown.writtenAt), \(shown.generation) times")
    facts.add("slots", shown.slots.map { "\($0.id) \($0.kind)" }.joined(separator: ", "))
    if let contents = shown.contents {
      facts.add("opens", "yes")
      facts.add("clusters", contents.clusters.joined(separator: ", "))
      facts.add("rotation pending", contents.rotationsPending.joined(separator: ", "))
      facts.add("derivation keys", contents.derivationKeys.map(String.init).joined(separator: ", "))
      facts.add("audit public key", contents.auditPublicKey)
      facts.add("static roles", contents.staticRoles.joined(separator: ", "))
    } else {
      facts.add("opens", "not tried: give --key-file, --passphrase-fd, --ask-passphrase or --recipient-key-file")
    }
    facts.write()
  }
}
