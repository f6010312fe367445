import Sodium
import Testing

@testable import Vault

@Suite struct SlotTests {
  let folder: Folder
  let path: String
  let unlock: Unlock
  let vault: Vault
  init() throws {
    folder = try Folder()
    path = folder.file("issuer.vault")
    unlock = .passphrase(try secret(testPassphrase))
    vault = try Vault.create(at: path, slots: [.cheap(label: "first")], body: sampleBody())
  }

  private func opens(_ unlock: Unlock) -> Bool {
    code { _ = try Vault.open(at: path, with: unlock) } == nil
  }

  @Test func `an added slot opens the vault and a removed one does not`() throws {
    let key = folder.file("key")
    try KeyFile.generate(at: key)
    let recipient = try RecipientKeyPair.generate()
    let keySlot = try vault.addSlot(.keyFile(key, label: "systemd"))
    #expect(try vault.addSlot(.recipient(publicKey: recipient.publicKey, label: "safe")) == 3)
    #expect(opens(.keyFile(key)) && opens(.recipientKey(recipient.secretKey)) && opens(unlock))
    try vault.removeSlot(keySlot)
    #expect(!opens(.keyFile(key)) && opens(.recipientKey(recipient.secretKey)) && opens(unlock))
    #expect(try vault.addSlot(.cheap("another passphrase")) == 4, "ids are never used twice")
    #expect(vault.slots.map(\.id) == [1, 3, 4])
    #expect(try Vault.inspect(at: path).slots == vault.slots)
  }

  @Test func `the last slot and a slot that is not there cannot be removed`() {
    #expect(code { try vault.removeSlot(1) } == .lastSlot)
    #expect(code { try vault.removeSlot(2) } == .noSuchSlot)
  }

  @Test func `the seventeenth slot is refused`() throws {
    let recipient = try RecipientKeyPair.generate()
    for _ in 0..<15 { try vault.addSlot(.recipient(publicKey: recipient.publicKey)) }
    #expect(code { try vault.addSlot(.recipient(publicKey: recipient.publicKey)) } == .invalid)
  }

  @Test func `labels and passphrases outside the limits are refused`() throws {
    #expect(code { try vault.addSlot(.cheap("short")) } == .invalid)
    #expect(code { try vault.addSlot(.cheap(label: "two\nlines")) } == .invalid)
    #expect(
      code { try vault.addSlot(.cheap(label: String(repeating: "x", count: 65))) } == .invalid)
    let big = PasswordHash.Cost(operations: 17, memoryBytes: 8192)
    #expect(code { try vault.addSlot(.passphrase(secret(testPassphrase), cost: big)) } == .invalid)
  }

  @Test func `a rekey keeps what was brought and recipients, with a new data key`() throws {
    let recipient = try RecipientKeyPair.generate()
    try vault.addSlot(.recipient(publicKey: recipient.publicKey))
    let other = try Vault.open(at: path, with: unlock)
    let before = try VaultFile(path).read().image
    let report = try vault.rekey(bringing: [unlock])
    #expect(report.kept.map(\.id) == [1, 2] && report.dropped.isEmpty)
    #expect(opens(unlock) && opens(.recipientKey(recipient.secretKey)))
    let old = try before.unwrap(with: unlock.load()).dataKey
    let after = try VaultFile(path).read().image
    #expect(throws: VaultFormatError.self) { try after.open(with: old) }
    #expect(code { try other.update { _ in } } == .rekeyed, "who has it open must open it again")
    #expect(try Vault.open(at: path, with: unlock).body == vault.body)
  }

  @Test func `a rekey loses a slot only when asked to`() throws {
    try vault.addSlot(.cheap("another passphrase"))
    let before = try folder.read("issuer.vault")
    #expect(code { _ = try vault.rekey(bringing: [unlock]) } == .slotsWouldBeLost)
    #expect(code { _ = try vault.rekey(bringing: [], dropOthers: true) } == .lastSlot)
    #expect(try folder.read("issuer.vault") == before)
    #expect(try vault.rekey(bringing: [unlock], dropOthers: true).dropped.map(\.id) == [2])
    #expect(opens(unlock))
    #expect(try !opens(.passphrase(secret("another passphrase"))))
  }
}
