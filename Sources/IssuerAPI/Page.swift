/// The body of every answer that is a list: an object, so that fields can be added.
public struct Page<Item: Sendable & Equatable & Codable>: Sendable, Equatable, Codable {
  public var items: [Item]
  /// There were more than the answer holds; ask with a narrower filter.
  public var truncated: Bool
  public init(items: [Item], truncated: Bool = false) {
    self.items = items
    self.truncated = truncated
  }
}

/// The body of answers that only say that it worked, such as `POST /v1/proxy/sessions/{id}/end`.
public struct Done: Sendable, Equatable, Codable {
  public init() {}
}
