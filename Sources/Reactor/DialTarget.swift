/// A server to connect to, and how.
public struct DialTarget: Sendable {
  /// How the connection gets from plain bytes to TLS, where the protocol asks first.
  public struct Upgrade: Sendable {
    public var context: TLSContext
    /// What the server's certificate must name.
    public var host: String
    /// Asked in the clear.
    public var request: [UInt8]
    /// The one byte that agrees.
    public var agreement: UInt8
    /// The one byte that says no.
    public var refusal: UInt8
    /// What to do when the server says no.
    public var refusedNext: String

    public init(
      context: TLSContext, host: String, request: [UInt8], agreement: UInt8, refusal: UInt8, refusedNext: String
    ) {
      self.context = context
      self.host = host
      self.request = request
      self.agreement = agreement
      self.refusal = refusal
      self.refusedNext = refusedNext
    }
  }

  /// As people know the server.
  public var name: String
  public var addresses: HostAddresses
  /// Nil without TLS.
  public var upgrade: Upgrade?
  /// From the name's resolution to the end of the TLS handshake.
  public var timeoutSeconds: Int

  public init(name: String, addresses: HostAddresses, upgrade: Upgrade?, timeoutSeconds: Int) {
    self.name = name
    self.addresses = addresses
    self.upgrade = upgrade
    self.timeoutSeconds = timeoutSeconds
  }
}
