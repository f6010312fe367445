import Reactor

/// One address that clients connect to: accepts on the first worker's loop, and hands each socket to the worker with the fewest
/// sessions, for a hash over addresses (SO_REUSEPORT) would put few busy clients on one loop.
final class ProxyListener: Sendable {
  let isUnix: Bool
  let isLoopback: Bool
  let address: SocketAddress
  let unixMode: UInt32
  /// What all that come here have in common.
  let session: SessionConfiguration

  init(_ address: SocketAddress, unixMode: UInt32, _ configuration: ProxyConfiguration) {
    self.address = address
    self.unixMode = unixMode
    isUnix = address.host.isEmpty
    isLoopback = address.isLocal
    session = SessionConfiguration(
      offersTLS: configuration.tls != nil && !isUnix,
      requiresTLS: !isUnix && !(isLoopback && configuration.allowPlaintext),
      loginHint: "ask for a lease: issuerctl grant SCOPE --for 30m --reason \"...\"")
  }

  /// The addresses of a configured listener; a host may have several.
  static func resolve(
    _ listen: ProxyConfiguration.ListenAddress, _ configuration: ProxyConfiguration
  ) throws(SocketError) -> [ProxyListener] {
    switch listen {
    case .unix(let path, let mode): return [ProxyListener(try SocketAddress(unixPath: path), unixMode: mode, configuration)]
    case .tcp(let host, let port):
      return try SocketAddress.resolve(host: host, port: port, passive: true).map {
        ProxyListener($0, unixMode: 0, configuration)
      }
    }
  }
}
