import IssuerAPI

/// Ids as people type them: whole, or as many of their first characters as tell them apart.
enum Identifiers {
  /// - Parameter candidates: asked for only when the id is not whole.
  static func resolve(_ typed: String, kind: String, among candidates: () throws -> [String]) throws -> String {
    let id = typed.lowercased()
    if id.count >= 36 { return id }
    guard id.count >= 4 else {
      throw CommandFailure(.failure, "`\(typed)` is too short for an id", next: "give at least its first 4 characters")
    }
    let matches = try candidates().filter { $0.hasPrefix(id) }
    guard let match = matches.first else {
      let list = kind == "token" ? "token list" : "\(kind)s --all"
      throw CommandFailure(.notFound, "there is no \(kind) `\(typed)`", next: "`issuerctl \(list)` lists them")
    }
    if matches.count > 1 {
      throw CommandFailure(.failure, "`\(typed)` is the beginning of \(matches.count) \(kind)s", next: "give more of the id")
    }
    return match
  }

  /// A request that is pending or active: one's own, or one to be decided or reviewed.
  static func request(_ typed: String, _ client: IssuerClient) throws -> String {
    try resolve(typed, kind: "request") { try (client.requests().items + client.requests(state: .active).items).map(\.id) }
  }

  /// An active lease: one's own, anybody's for those who may see them.
  static func lease(_ typed: String, _ client: IssuerClient) throws -> String {
    try resolve(typed, kind: "lease") { try own({ try client.leases(all: $0).items.map(\.id) }) }
  }

  static func session(_ typed: String, _ client: IssuerClient) throws -> String {
    try resolve(typed, kind: "session") { try own({ try client.sessions(all: $0).items.map(\.id) }) }
  }

  /// Everybody's, or one's own where that is not allowed.
  private static func own(_ list: (_ all: Bool) throws -> [String]) throws -> [String] {
    do { return try list(true) } catch let failure as IssuerFailure where failure.kind == .denied { return try list(false) }
  }

  /// Short enough to read, long enough to tell apart.
  static func short(_ id: String) -> String { String(id.prefix(8)) }
}
