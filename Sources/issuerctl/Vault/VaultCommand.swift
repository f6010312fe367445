import ArgumentParser

struct VaultCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vault", abstract: "Look after the sealed vault and its key slots.",
    discussion: """
      The vault opens with any one of its slots: a passphrase, a key file (a systemd credential, a Kubernetes secret), or the secret
      key of a recipient, kept offline for recovery. Secrets are read from the terminal, from a file descriptor or from a file of
      yours, never from the command line.

      EXAMPLES
        issuerctl vault status
        issuerctl vault recipient-keygen --out /media/safe/recovery.key
        issuerctl vault add-slot --recipient PUBLICKEY --label "the safe"
      """,
    subcommands: [
      VaultStatusVerb.self, VaultSlotsVerb.self, VaultCreateVerb.self, VaultAddSlotVerb.self, VaultRemoveSlotVerb.self,
      VaultRekeyVerb.self, VaultRecipientKeygenVerb.self,
    ])
}
