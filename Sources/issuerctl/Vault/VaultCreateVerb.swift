import ArgumentParser
import Vault

struct VaultCreateVerb: VaultVerb {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make a vault with fresh keys and no credentials.",
    discussion: """
      `issuerctl init` makes one as well, and seals the admin credential in it. Nothing is ever overwritten.

      EXAMPLES
        issuerctl vault create --vault ./issuer.vault --new-key-file ./vault.key --label systemd
      """)

  @OptionGroup var place: VaultPlaceOptions
  @OptionGroup var slot: NewSlotOptions
  @OptionGroup var output: OutputOptions

  func act() throws {
    let vault = try Vault.create(at: place.path(), slots: [slot.slot()], body: VaultBody())
    try output.write(vault.slots.map(SlotShown.init)) { Terminal.standardOutput.write("made \(vault.path), with one key slot") }
  }
}
