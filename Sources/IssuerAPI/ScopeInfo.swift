/// `GET /v1/scopes`: the scopes that the caller may ask for (all of them for operators and auditors), and on what terms.
public struct ScopeInfo: Sendable, Equatable, Codable {
  public enum State: String, Sendable, Equatable, Codable, CaseIterable {
    case compiling, ready
    /// Something would go round it; `message` says what, `issuerctl policy check --live` says all.
    case refused
  }
  public var name: String
  public var description: String
  public var database: String
  public var state: State
  public var message: String
  public var delivery: [Delivery]
  public var unmasked: Bool
  /// `strict`: PostgreSQL's privileges mask; `best-effort`: the proxy alone does (docs/masking.md).
  public var enforcement: String
  public var mayAsk: Bool
  /// The access rule by which the caller may ask; nil where there is none.
  public var rule: String?
  /// 0, like the others below, where the caller may not ask.
  public var lifetimeSecondsDefault: Int
  public var lifetimeSecondsMax: Int
  public var approvalsNeeded: Int
  public var breakGlass: Bool

  public init(
    name: String, description: String = "", database: String, state: State, message: String = "", delivery: [Delivery] = [.proxy],
    unmasked: Bool = false, enforcement: String = "strict", mayAsk: Bool, rule: String? = nil, lifetimeSecondsDefault: Int,
    lifetimeSecondsMax: Int, approvalsNeeded: Int, breakGlass: Bool = false
  ) {
    self.name = name
    self.description = description
    self.database = database
    self.state = state
    self.message = message
    self.delivery = delivery
    self.unmasked = unmasked
    self.enforcement = enforcement
    self.mayAsk = mayAsk
    self.rule = rule
    self.lifetimeSecondsDefault = lifetimeSecondsDefault
    self.lifetimeSecondsMax = lifetimeSecondsMax
    self.approvalsNeeded = approvalsNeeded
    self.breakGlass = breakGlass
  }
}

extension IssuerClient {
  public func scopes() throws(IssuerFailure) -> Page<ScopeInfo> { try get("/v1/scopes") }
}
