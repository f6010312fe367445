import PostgresWire
import Reactor

extension ProxyConfiguration.Backend {
  /// Where it is, for connections of the proxy; resolved names are kept in it.
  func addresses(resolver: BlockingPool) -> HostAddresses {
    HostAddresses(host: unixPath ?? host, port: port, resolver: resolver)
  }

  /// - Parameter context: nil without TLS.
  func target(_ addresses: HostAddresses, context: TLSContext?) -> DialTarget {
    DialTarget(
      name: host, addresses: addresses,
      upgrade: context.map {
        .init(
          context: $0, host: host, request: StartupPacket.sslRequest.bytes, agreement: StartupPacket.agreesToTLS,
          refusal: StartupPacket.refusesTLS,
          refusedNext: "set ssl = on in its postgresql.conf, or sslmode: disable in proxy.yaml")
      }, timeoutSeconds: connectTimeoutSeconds)
  }
}
