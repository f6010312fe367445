import ArgumentParser
import Vault

struct VaultRemoveSlotVerb: VaultVerb {
  static let configuration = CommandConfiguration(
    commandName: "remove-slot", abstract: "Take away a way to open the vault; never the last.",
    discussion: """
      Whoever knew the slot's secret still opens old copies of the file, and knew the data key: after a leak, use `vault rekey`.

      EXAMPLES
        issuerctl vault remove-slot 2
      """)

  @OptionGroup var place: VaultPlaceOptions
  @OptionGroup var unlock: UnlockOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The slot's number, as `vault slots` lists it.")
  var slot: UInt32

  func act() throws {
    let vault = try unlock.open(place)
    try vault.removeSlot(slot)
    try output.write(vault.slots.map(SlotShown.init)) { Terminal.standardOutput.write("removed slot \(slot) of \(vault.path)") }
  }
}
