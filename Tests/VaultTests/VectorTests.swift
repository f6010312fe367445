import Sodium
import Testing

@testable import Vault

@Suite struct VectorTests {
  let folder: Folder
  let keyFile: Unlock
  init() throws {
    folder = try Folder()
    keyFile = .keyFile(try folder.write(vector("key-file"), to: "key"))
  }

  private func opened(_ name: String, _ unlock: Unlock) throws -> Vault {
    try Vault.open(at: folder.write(vector(name), to: name), with: unlock)
  }

  @Test func `each kind of slot opens the full vector to the same body`() throws {
    let unlocks = [
      .passphrase(try secret(testPassphrase)), keyFile,
      .recipientKey(try SecretBytes(copying: 0x40..<0x60)),
    ]
    for unlock in unlocks {
      let vault = try opened("full.vault", unlock)
      let body = vault.body
      #expect(Set(body.clusters.keys) == ["main", "\u{e4}rger"])
      let main = try #require(body.clusters["main"])
      #expect(
        main.host == "db.example" && main.port == 5432 && main.user == "issuer_admin"
          && main.database == "postgres")
      #expect(
        try main.secret
          == RotatingSecret(
            current: secret("now"), pending: secret("soon"), previous: secret("before")))
      let other = try #require(body.clusters["\u{e4}rger"])
      #expect(other.port == 65535 && other.secret.current.count == 4096)
      #expect(body.currentDerivationKeyID == 7)
      #expect(body.derivationKeys[1]?.createdAtSeconds == 1_600_000_000)
      #expect(
        try body.derivationKeys[7]?.secret == SecretBytes(copying: [UInt8](repeating: 7, count: 32))
      )
      #expect(try body.auditSigningKey == SecretBytes(copying: [UInt8](repeating: 0x55, count: 32)))
      #expect(
        try body.staticRoles["main/app_b"]
          == RotatingSecret(current: secret("b"), pending: secret("c")))
      #expect(try body.otherSecrets == ["webhook": secret("w")])
      #expect(vault.summary.generation == 42)
      #expect(vault.slots.map(\.id) == [1, 2, 5])
      #expect(vault.slots.map(\.label) == ["operator", "systemd", "the safe \u{fc}"])
    }
  }

  @Test func `the least vector opens`() throws {
    #expect(try opened("least.vault", keyFile).body.clusters.isEmpty)
  }

  @Test func `a newer version is told as such, without a key`() throws {
    #expect(code { _ = try opened("newer.vault", keyFile) } == .newerVersion)
  }

  @Test(arguments: [
    "padding", "long-padding", "slot-order", "slot-number", "next-slot", "no-derivation-key",
    "current-key", "flags", "port",
  ])
  func `a file that is sealed rightly but laid out wrongly is corrupted`(name: String) throws {
    #expect(code { _ = try opened("refuse-\(name).vault", keyFile) } == .corrupted)
  }

  @Test func `what is read and written again is read alike`() throws {
    let vault = try opened("full.vault", keyFile)
    let before = vault.body
    try vault.update { _ in }
    #expect(try Vault.open(at: vault.path, with: keyFile).body == before)
    #expect(vault.summary.generation == 43)
  }
}
