import OpenSSL
import PostgresWire
import Reactor

/// The lease that a tunnel's connections log in with.
public struct TunnelAccess: Sendable {
  public var role: String
  public var database: String
  public var secret: WipedBytes
  public var host: String
  public var port: Int
  /// Nil only where the issuer says that the proxy is reached without TLS.
  public var tls: TLSContext?

  public init(role: String, database: String, secret: WipedBytes, host: String, port: Int, tls: TLSContext?) {
    self.role = role
    self.database = database
    self.secret = secret
    self.host = host
    self.port = port
    self.tls = tls
  }

  private static let dialSecondsMax = 15

  func target(_ addresses: HostAddresses) -> DialTarget {
    DialTarget(
      name: "\(host):\(port)", addresses: addresses,
      upgrade: tls.map {
        .init(
          context: $0, host: host, request: StartupPacket.sslRequest.bytes, agreement: StartupPacket.agreesToTLS,
          refusal: StartupPacket.refusesTLS, refusedNext: "an operator sets tls in proxy.yaml")
      }, timeoutSeconds: Self.dialSecondsMax)
  }
}

/// What a tunnel does with who connects.
public enum TunnelGate: Sendable {
  /// The request is pending: connections are held for a moment, then get this.
  case pending(ErrorResponse)
  case open(TunnelAccess)
  /// There is no lease (any more): connections get this.
  case closed(ErrorResponse)
}
