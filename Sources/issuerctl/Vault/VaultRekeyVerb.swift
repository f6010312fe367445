import ArgumentParser
import Vault

struct VaultRekeyVerb: VaultVerb {
  static let configuration = CommandConfiguration(
    commandName: "rekey", abstract: "Give the vault a new data key.",
    discussion: """
      Whoever had the old data key cannot open what is written from now on. Recipient slots are sealed again by their public keys.
      Each passphrase and key file must be brought once more, since the vault does not keep what they unwrap: the one that opens the
      vault, and the others by --also-key-file and --also-passphrase-fd, or asked for on the terminal. A running issuerd opens the
      vault again when it is restarted.

      EXAMPLES
        issuerctl vault rekey
        issuerctl vault rekey --key-file /etc/issuer/vault.key --also-passphrase-fd 3 3<passphrase
      """)

  @OptionGroup var place: VaultPlaceOptions
  @OptionGroup var unlock: UnlockOptions
  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("Keep the slot of this key file, too. May be repeated.", valueName: "path"))
  var alsoKeyFile: [String] = []

  @Option(
    help: ArgumentHelp("Keep the slot of the passphrase in this descriptor's first line, too. May be repeated.", valueName: "n"))
  var alsoPassphraseFd: [Int32] = []

  @Flag(help: "Drop the slots whose secret is not brought, instead of refusing.")
  var dropOthers = false

  private struct Shown: Encodable {
    var kept: [SlotShown]
    var dropped: [SlotShown]
  }

  func act() throws {
    let first = try unlock.unlock(place)
    let vault = try Vault.open(at: place.path(), with: first)
    var unlocks = [first] + alsoKeyFile.map { .keyFile($0) }
    for descriptor in alsoPassphraseFd { unlocks.append(.passphrase(try SecretInput.line(from: descriptor))) }
    let report = try rekey(vault, unlocks)
    try output.write(Shown(kept: report.kept.map(SlotShown.init), dropped: report.dropped.map(SlotShown.init))) {
      Terminal.standardOutput.write("\(vault.path) has a new data key; restart issuerd")
      for slot in report.dropped {
        Terminal.standardOutput.write("dropped slot \(slot.id) (\(slot.kind.name) \"\(slot.label)\")")
      }
    }
  }

  /// Asks for missing passphrases as long as somebody is there to be asked.
  private func rekey(_ vault: Vault, _ unlocks: [Unlock]) throws -> Vault.RekeyReport {
    var unlocks = unlocks
    while true {
      do {
        return try vault.rekey(bringing: unlocks, dropOthers: dropOthers)
      } catch let error as VaultError where error.code == .slotsWouldBeLost && Terminal.standardError.isInteractive {
        Terminal.standardError.write(error.message)
        let passphrase = try SecretInput.terminal("Passphrase of one of them (empty to give up):")
        guard passphrase.count > 0 else { throw error }
        unlocks.append(.passphrase(passphrase))
      }
    }
  }
}
