import Foundation
import Yams

/// What the verbs that read files here take from the daemons' configuration: places only, so that a file which the daemon would
/// refuse for another reason still serves.
struct ConfiguredPlaces {
  /// `$ISSUER_DIRECTORY`, else /etc/issuer.
  let directory: String

  init(directory: String?) { self.directory = directory ?? ClientOptions.environment("ISSUER_DIRECTORY") ?? "/etc/issuer" }

  var vaultFile: String? { text(["vault", "file"], of: "issuerd.yaml") }
  var vaultKeyFile: String? { text(["vault", "keyFile"], of: "issuerd.yaml") }
  /// The logs of the issuer and of a proxy on this machine.
  var auditDirectories: [String] {
    [
      text(["auditDirectory"], of: "issuerd.yaml"),
      text(["auditDirectory"], of: "proxy.yaml") ?? text(["audit", "directory"], of: "proxy.yaml"),
    ]
    .compactMap(\.self)
  }

  private func text(_ keys: [String], of file: String) -> String? {
    guard let yaml = try? String(contentsOfFile: directory + "/" + file, encoding: .utf8) else { return nil }
    return keys.reduce(try? Yams.compose(yaml: yaml)) { node, key in node?.mapping?[Node(key)] }?.string
  }
}
