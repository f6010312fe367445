import ArgumentParser

struct Issuerctl: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "issuerctl", abstract: "Just-in-time access to PostgreSQL.",
    discussion: """
      Ask for a scope, connect through the masking proxy, and let it end by itself.

      EXAMPLES
        issuerctl scopes
        issuerctl connect support-read --reason "INC-4711"
        issuerctl tunnel support-read --port 6000 --reason "INC-4711"
        issuerctl run ci-migrate --reason "deploy 2.4.1" -- ./migrate.sh

      EXIT CODES
        0 done, 1 failed, 3 denied, 4 not found, 5 issuer unreachable, 6 still pending, 64 wrong usage
      """,
    version: "0.1.0",
    groupedSubcommands: [
      CommandGroup(
        name: "Access",
        subcommands: [
          ScopesVerb.self, GrantVerb.self, ConnectVerb.self, RunVerb.self, TunnelVerb.self, WhoAmIVerb.self,
        ]),
      CommandGroup(
        name: "Leases", subcommands: [LeasesVerb.self, RenewVerb.self, RevokeVerb.self, SessionsVerb.self, KillVerb.self]),
      CommandGroup(name: "Approvals", subcommands: [RequestsVerb.self, ApproveVerb.self, DenyVerb.self, CancelVerb.self]),
      CommandGroup(name: "Policy", subcommands: [PolicyCommand.self]),
      CommandGroup(
        name: "Operating",
        subcommands: [
          InitVerb.self, StatusVerb.self, ScanVerb.self, HardenVerb.self, SweepVerb.self, RotateCommand.self, TokenCommand.self,
          VaultCommand.self,
          AuditCommand.self,
        ]),
    ])
}
