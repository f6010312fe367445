import ArgumentParser
import Sodium
import Vault

/// Which vault.
struct VaultPlaceOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The vault file; the one in issuerd.yaml if left out.", valueName: "path"))
  var vault: String?

  @Option(help: ArgumentHelp("Directory of the configuration (ISSUER_DIRECTORY, else /etc/issuer).", valueName: "path"))
  var directory: String?

  var places: ConfiguredPlaces { ConfiguredPlaces(directory: directory) }

  func path() throws -> String {
    if let path = vault ?? places.vaultFile { return path }
    throw CommandFailure(
      .failure, "\(places.directory)/issuerd.yaml names no vault",
      next: "name it with --vault, or the configuration with --directory")
  }
}

/// What opens it.
struct UnlockOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Open with this key file; the one in issuerd.yaml if nothing is said and it can be read.", valueName: "path"))
  var keyFile: String?

  @Option(
    help: ArgumentHelp(
      "Open with the passphrase in the first line of this file descriptor (0 is standard input).", valueName: "n"))
  var passphraseFd: Int32?

  @Flag(help: "Open with a passphrase, asked for on the terminal.")
  var askPassphrase = false

  @Option(help: ArgumentHelp("Open with a recipient's secret key in this file (`vault recipient-keygen`).", valueName: "path"))
  var recipientKeyFile: String?

  mutating func validate() throws {
    let given = [keyFile != nil, passphraseFd != nil, askPassphrase, recipientKeyFile != nil].filter { $0 }.count
    if given > 1 { throw ValidationError("one way to open the vault is enough: leave out the others") }
  }

  var isGiven: Bool { keyFile != nil || passphraseFd != nil || askPassphrase || recipientKeyFile != nil }

  func unlock(_ place: VaultPlaceOptions) throws -> Unlock {
    if let keyFile { return .keyFile(keyFile) }
    if let passphraseFd { return .passphrase(try SecretInput.line(from: passphraseFd)) }
    if let recipientKeyFile { return .recipientKey(try Self.recipientKey(recipientKeyFile)) }
    if !askPassphrase, let keyFile = place.places.vaultKeyFile, (try? KeyFile.read(keyFile)) != nil { return .keyFile(keyFile) }
    return .passphrase(try SecretInput.terminal("Passphrase of the vault:"))
  }

  func open(_ place: VaultPlaceOptions) throws -> Vault { try Vault.open(at: place.path(), with: unlock(place)) }

  /// The file of `recipient-keygen`: one line of base64url.
  static func recipientKey(_ path: String) throws -> SecretBytes {
    let text = try KeyFile.read(path).revealedUTF8()
    return try SecretBytes(base64URL: String(text.prefix { !$0.isNewline }))
  }
}

/// A slot to be made.
struct NewSlotOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Make a new key file here, mode 0400, and a slot for it.", valueName: "path"))
  var newKeyFile: String?

  @Option(help: ArgumentHelp("A slot for a key file that is there.", valueName: "path"))
  var existingKeyFile: String?

  @Option(help: ArgumentHelp("A slot for whoever has the secret half of this public key.", valueName: "base64url"))
  var recipient: String?

  @Option(help: ArgumentHelp("A slot for the passphrase in the first line of this file descriptor.", valueName: "n"))
  var newPassphraseFd: Int32?

  @Option(help: ArgumentHelp("What `vault slots` calls it; at most 64 bytes.", valueName: "text"))
  var label: String = ""

  mutating func validate() throws {
    let given = [newKeyFile != nil, existingKeyFile != nil, recipient != nil, newPassphraseFd != nil].filter { $0 }.count
    if given > 1 { throw ValidationError("one slot at a time: leave out the others") }
    if let recipient, Base64URL.decode(recipient)?.count != SealedBox.keyBytes {
      throw ValidationError("--recipient is not a public key of 43 characters, as `vault recipient-keygen` prints it")
    }
  }

  /// The slot; asks for a passphrase if no other kind was named.
  func slot() throws -> NewSlot {
    if let newKeyFile {
      try KeyFile.generate(at: newKeyFile)
      return .keyFile(newKeyFile, label: label)
    }
    if let existingKeyFile { return .keyFile(existingKeyFile, label: label) }
    if let recipient, let publicKey = Base64URL.decode(recipient) { return .recipient(publicKey: publicKey, label: label) }
    if let newPassphraseFd { return .passphrase(try SecretInput.line(from: newPassphraseFd), label: label) }
    return .passphrase(try SecretInput.newPassphrase(), label: label)
  }
}
