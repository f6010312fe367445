import PostgresWire

extension WireName: ExpressibleByStringLiteral {
  public init(stringLiteral value: String) { self.init(value) }
}
