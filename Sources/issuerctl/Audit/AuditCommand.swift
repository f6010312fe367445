import ArgumentParser

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Verify, search, replay and export the audit logs.",
    discussion: """
      All verbs read files: they need no issuer, no database and no vault, and work on a copy (`verify --live` asks the issuer for what
      to compare with). A path is a writer's directory, or one that holds several; those of issuerd.yaml and proxy.yaml if left out.

      EXAMPLES
        issuerctl audit verify --live
        issuerctl audit verify --key PUBLICKEY /var/log/issuer
        issuerctl audit search --person ada --table public.users --since 2026-11-01
        issuerctl audit replay SESSION --speed 4
      """,
    subcommands: [AuditVerifyVerb.self, AuditSearchVerb.self, AuditReplayVerb.self, AuditExportVerb.self])
}
