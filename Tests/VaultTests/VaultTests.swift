import Sodium
import Testing

@testable import Vault

@Suite struct VaultTests {
  let folder: Folder
  let path: String
  let unlock: Unlock
  init() throws {
    folder = try Folder()
    path = folder.file("issuer.vault")
    unlock = .passphrase(try secret(testPassphrase))
  }

  @Test func `what is sealed is read again`() throws {
    let body = try sampleBody()
    _ = try Vault.create(at: path, slots: [.cheap()], body: body)
    #expect(try Vault.open(at: path, with: unlock).body == body)
  }

  @Test func `a vault is never created over another file`() throws {
    _ = try Vault.create(at: path, slots: [.cheap()], body: sampleBody())
    let before = try folder.read("issuer.vault")
    #expect(
      code { _ = try Vault.create(at: path, slots: [.cheap()], body: sampleBody()) }
        == .alreadyExists)
    #expect(try folder.read("issuer.vault") == before)
  }

  @Test func `no secret is in the file, and its length does not tell a password's`() throws {
    _ = try Vault.create(at: path, slots: [.cheap()], body: sampleBody())
    let text = String(decoding: try folder.read("issuer.vault"), as: UTF8.self)
    #expect(
      !text.contains("admin-password") && !text.contains("issuer_admin")
        && !text.contains(testPassphrase))
    let other = folder.file("other.vault")
    var body = try sampleBody()
    body.clusters["main"]?.secret.current = try secret("short")
    _ = try Vault.create(at: other, slots: [.cheap()], body: body)
    #expect(try folder.read("other.vault").count == folder.read("issuer.vault").count)
  }

  @Test func `no secret is in a description of anything`() throws {
    let vault = try Vault.create(at: path, slots: [.cheap()], body: sampleBody())
    var dumped = ""
    dump(vault.body, to: &dumped)
    for text in [
      dumped, "\(vault.body)", String(reflecting: vault.body), "\(unlock)",
      "\(try NewSlot.cheap())",
    ] {
      #expect(!text.contains("admin-password") && !text.contains(testPassphrase))
    }
  }

  @Test func `an update that throws changes nothing`() throws {
    struct Refusal: Error {}
    let vault = try Vault.create(at: path, slots: [.cheap()], body: sampleBody())
    let before = try folder.read("issuer.vault")
    #expect(throws: Refusal.self) {
      try vault.update {
        $0.clusters = [:]
        throw Refusal()
      }
    }
    #expect(try folder.read("issuer.vault") == before)
    #expect(vault.body.clusters["main"] != nil)
  }

  @Test func `a body outside the limits is refused before anything is written`() throws {
    let vault = try Vault.create(at: path, slots: [.cheap()], body: sampleBody())
    let changes: [(inout VaultBody) throws -> Void] = [
      { $0.clusters["main"]?.port = 0 },
      { $0.clusters["main"]?.host = "" },
      { $0.clusters[String(repeating: "n", count: 64)] = $0.clusters["main"] },
      { $0.derivationKeys = [:] },
      { $0.currentDerivationKeyID = 9 },
      { $0.auditSigningKey = try secret("short") },
      { $0.otherSecrets["empty"] = try secret("") },
      { $0.otherSecrets["long"] = try .random(count: 4097) },
    ]
    for change in changes { #expect(code { try vault.update(change) } == .invalid) }
    #expect(vault.summary.generation == 1)
  }

  @Test func `rotation promotes the pending secret and keeps the one before`() throws {
    let vault = try Vault.create(at: path, slots: [.cheap()], body: sampleBody())
    try vault.update { $0.clusters["main"]?.secret.pending = try secret("next") }
    try vault.update { $0.clusters["main"]?.secret.promote() }
    let found = try Vault.open(at: path, with: unlock).body.clusters["main"]?.secret
    #expect(
      try found == RotatingSecret(current: secret("next"), previous: secret("admin-password")))
  }

  @Test func `a new derivation key becomes the current one and the old one stays`() throws {
    var body = try sampleBody()
    let id = try body.addDerivationKey()
    #expect(id == 2 && body.currentDerivationKeyID == 2 && body.derivationKeys.count == 2)
  }

  @Test func `two open vaults see each other's changes and lose none`() async throws {
    let one = try Vault.create(at: path, slots: [.cheap()], body: sampleBody())
    let two = try Vault.open(at: path, with: unlock)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (name, vault) in [("one", one), ("two", two)] {
        group.addTask {
          for number in 0..<40 {
            try vault.update { $0.otherSecrets["\(name)-\(number)"] = try .random(count: 8) }
          }
        }
      }
      try await group.waitForAll()
    }
    let found = try Vault.open(at: path, with: unlock)
    #expect(found.body.otherSecrets.count == 80)
    #expect(found.summary.generation == 81)
    try one.reload()
    #expect(one.body == found.body)
    #expect(try one.reload() == false)
  }

  @Test func `derived secrets are those of the document`() throws {
    let key = try SecretBytes(copying: 0..<32)
    let id = try #require(Hex.decode("00112233445566778899aabbccddeeff"))
    let derived = try KeyDerivation.derive(from: key, context: "iss-role", id: id)
    #expect(
      try derived
        == SecretBytes(hex: "cca6741015811165259d72426ec59f3454072b0e51238847a6ab92cdca573b7a"))
    #expect(derived.revealedBase64URL().utf8.count == 43)
  }
}
