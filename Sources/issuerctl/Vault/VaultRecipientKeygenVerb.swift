import ArgumentParser
import Sodium
import Vault

struct VaultRecipientKeygenVerb: VaultVerb {
  static let configuration = CommandConfiguration(
    commandName: "recipient-keygen", abstract: "Make a recovery key pair; the secret half is for the safe.",
    discussion: """
      Writes the secret key to a new file of mode 0400 and prints the public key, which `vault add-slot --recipient` takes. The secret
      key is needed only to open the vault when all else is lost.

      EXAMPLES
        issuerctl vault recipient-keygen --out /media/safe/recovery.key
      """)

  @Option(help: ArgumentHelp("Where to write the secret key; must not be there yet.", valueName: "path"))
  var out: String

  @OptionGroup var output: OutputOptions

  private struct Shown: Encodable {
    var publicKey: String
    var secretKeyFile: String
  }

  func act() throws {
    let keys = try RecipientKeyPair.generate()
    try KeyFile.write(SecretBytes(utf8: keys.secretKey.revealedBase64URL() + "\n"), to: out)
    let shown = Shown(publicKey: Base64URL.encode(keys.publicKey), secretKeyFile: out)
    try output.write(shown) { Terminal.standardOutput.write(shown.publicKey) }
  }
}
