import ArgumentParser
import Vault

struct VaultAddSlotVerb: VaultVerb {
  static let configuration = CommandConfiguration(
    commandName: "add-slot", abstract: "Add a way to open the vault.",
    discussion: """
      The vault is opened with one of its slots first. Without an option for the new slot, a passphrase is asked for.

      EXAMPLES
        issuerctl vault add-slot --label "on call"
        issuerctl vault add-slot --new-key-file /media/safe/second.key --label "the other host"
        issuerctl vault add-slot --recipient PUBLICKEY --label "the safe"
      """)

  @OptionGroup var place: VaultPlaceOptions
  @OptionGroup var unlock: UnlockOptions
  @OptionGroup var slot: NewSlotOptions
  @OptionGroup var output: OutputOptions

  func act() throws {
    let vault = try unlock.open(place)
    let id = try vault.addSlot(slot.slot())
    try output.write(vault.slots.filter { $0.id == id }.map(SlotShown.init)) {
      Terminal.standardOutput.write("added slot \(id) to \(vault.path)")
    }
  }
}
