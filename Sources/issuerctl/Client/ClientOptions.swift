import ArgumentParser
import Foundation
import IssuerAPI
import Policy

/// Where the issuer is, for every verb that asks it.
struct ClientOptions: ParsableArguments {
  @OptionGroup var place: IssuerPlaceOptions

  @Option(help: ArgumentHelp("Directory of the configuration (ISSUER_DIRECTORY, else /etc/issuer).", valueName: "path"))
  var directory: String?

  /// The directory of policy.yaml, issuerd.yaml and issuerctl.yaml.
  var configurationDirectory: String { IssuerPlaceOptions.configurationDirectory(directory) }

  func client() throws -> IssuerClient { try place.client(directory: directory) }

  static func environment(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }
}

/// The issuer's address. An option goes before the environment, the environment before the file.
struct IssuerPlaceOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Unix socket of the issuer (ISSUER_SOCKET).", valueName: "path"))
  var socket: String?

  @Option(help: ArgumentHelp("Address of a remote issuer, https://host[:port] (ISSUER_URL).", valueName: "url"))
  var url: String?

  @Option(help: ArgumentHelp("File with the API token for --url (ISSUER_TOKEN_FILE).", valueName: "path"))
  var tokenFile: String?

  @Option(help: ArgumentHelp("File with the authority of --url, PEM (ISSUER_CA_FILE).", valueName: "path"))
  var caFile: String?

  mutating func validate() throws {
    if socket != nil, url != nil { throw ValidationError("--socket and --url are two places: give one of them") }
  }

  static func configurationDirectory(_ directory: String?) -> String {
    directory ?? ClientOptions.environment("ISSUER_DIRECTORY") ?? "/etc/issuer"
  }

  /// - Parameter directory: of issuerctl.yaml and issuerd.yaml; nil for the ordinary one.
  func client(directory: String?) throws -> IssuerClient {
    if let socket { return IssuerClient(.unixSocket(socket)) }
    if let url { return try remote(url, tokenFile: nil, caFile: nil) }
    if let socket = ClientOptions.environment("ISSUER_SOCKET") { return IssuerClient(.unixSocket(socket)) }
    if let url = ClientOptions.environment("ISSUER_URL") { return try remote(url, tokenFile: nil, caFile: nil) }
    let directory = Self.configurationDirectory(directory)
    let byDefault = ClientFile.socketOfDaemon(directory) ?? ClientFile.defaultSocket
    guard let file = try ClientFile.load(directory) else { return IssuerClient(.unixSocket(byDefault)) }
    if let url = file.url { return try remote(url, tokenFile: file.tokenFile, caFile: file.caFile) }
    return IssuerClient(.unixSocket(file.socket ?? byDefault))
  }

  private func remote(_ url: String, tokenFile fromFile: String?, caFile authority: String?) throws -> IssuerClient {
    let base = url.hasSuffix("/") ? String(url.dropLast()) : url
    guard base.hasPrefix("https://"), !base.dropFirst(8).isEmpty, !base.dropFirst(8).contains("/") else {
      throw CommandFailure(
        .failure, "the issuer's address is not https://host[:port]: \(url)",
        next: "tokens and credentials go over TLS only: correct the address")
    }
    guard let path = tokenFile ?? ClientOptions.environment("ISSUER_TOKEN_FILE") ?? fromFile else {
      throw CommandFailure(
        .denied, "a remote issuer wants an API token, and none was given",
        next: "give its file with --token-file; an operator makes one: issuerctl token create")
    }
    return IssuerClient(
      .https(base, authorityFile: caFile ?? ClientOptions.environment("ISSUER_CA_FILE") ?? authority), token: try Self.token(path)
    )
  }

  private static func token(_ path: String) throws -> String {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw CommandFailure(.failure, "the token file \(path) cannot be read", next: "check its path and mode")
    }
    let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
    // One line of plain characters, so that nothing else gets into the request's head.
    guard token.hasPrefix("iss_"), token.utf8.count <= 512, token.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw CommandFailure(.failure, "the file \(path) holds no API token", next: "it holds one line that begins with iss_")
    }
    return token
  }
}
