import ArgumentParser
import Vault

struct VaultSlotsVerb: VaultVerb {
  static let configuration = CommandConfiguration(
    commandName: "slots", abstract: "List the ways to open the vault. Needs no key.",
    discussion: """
      EXAMPLES
        issuerctl vault slots --format json
      """)

  @OptionGroup var place: VaultPlaceOptions
  @OptionGroup var output: OutputOptions

  func act() throws {
    let slots = try Vault.inspect(at: place.path()).slots.map(SlotShown.init)
    try output.write(slots) { SlotShown.table(slots).write(empty: "no slots") }
  }
}
