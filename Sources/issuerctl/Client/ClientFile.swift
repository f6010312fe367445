import Foundation
import Yams

/// issuerctl.yaml: `socket`, or `url` with `tokenFile` and `caFile`. Looked for in `$XDG_CONFIG_HOME/issuer` and then in the
/// configuration's directory.
struct ClientFile: Codable, Equatable {
  static let defaultSocket = "/run/issuer/issuer.sock"

  var socket: String?
  var url: String?
  var tokenFile: String?
  var caFile: String?

  /// - Returns: nil when there is no such file.
  static func load(_ directory: String) throws -> ClientFile? {
    let home = ClientOptions.environment("XDG_CONFIG_HOME") ?? ClientOptions.environment("HOME").map { $0 + "/.config" }
    for path in [home.map { $0 + "/issuer/issuerctl.yaml" }, directory + "/issuerctl.yaml"].compactMap(\.self) {
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { continue }
      guard let node = try? Yams.compose(yaml: text), case .mapping(let mapping) = node else {
        throw CommandFailure(.failure, "\(path) is no YAML mapping", next: "write for example: socket: \(defaultSocket)")
      }
      var file = ClientFile()
      for (key, value) in mapping {
        switch (key.string, value.string) {
        case ("socket", let text?): file.socket = text
        case ("url", let text?): file.url = text
        case ("tokenFile", let text?): file.tokenFile = text
        case ("caFile", let text?): file.caFile = text
        default:
          throw CommandFailure(
            .failure, "\(path):\(key.mark?.line ?? 1): no such setting: \(Terminal.clean(key.string ?? "?"))",
            next: "its settings are socket, url, tokenFile and caFile")
        }
      }
      return file
    }
    return nil
  }

  /// The socket that issuerd listens on, for those who may read its configuration.
  static func socketOfDaemon(_ directory: String) -> String? {
    guard let text = try? String(contentsOfFile: directory + "/issuerd.yaml", encoding: .utf8),
      let node = try? Yams.compose(yaml: text)
    else { return nil }
    return node.mapping?["peopleSocket"]?.mapping?["path"]?.string
  }
}
