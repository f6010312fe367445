import Foundation
import IssuerAPI
import Tunnel

/// An open tunnel and the lease behind it, which is renewed while both live. When the lease is over, programs that connect are told why.
struct LeasedTunnel {
  private let tunnel: Tunnel
  private let scope: String
  private let renewal: LeaseRenewal
  private let watch: LeaseWatch
  private var isOpen = true

  /// Takes over a tunnel whose gate is open.
  init(_ tunnel: Tunnel, scope: String, lease: Lease, client: IssuerClient, renews: Bool = true) {
    self.tunnel = tunnel
    self.scope = scope
    renewal = LeaseRenewal(client, renews ? lease : nil)
    watch = LeaseWatch(client, lease)
  }

  /// What is due by now. To be called several times a second.
  /// - Returns: why the lease ended, once.
  mutating func tend() -> String? {
    guard isOpen else { return nil }
    watch.look(sessionEnded: tunnel.takeEnded())
    guard let reason = watch.reason.map(Terminal.clean) else {
      renewal.renewIfDue()
      return nil
    }
    isOpen = false
    tunnel.set(.closed(TunnelReplies.ended(scope: scope, reason: reason)))
    return reason
  }

  /// The address as a URL without a password.
  /// - Parameter port: where the tunnel listens, which the kernel may have chosen.
  static func url(_ address: TunnelAddress, port: Int, database: String) -> String {
    let database = HTTPClient.encoded(database)
    return switch address {
    case .loopback: "postgresql://localhost:\(port)/\(database)?sslmode=disable"
    case .directory(let path, let port): "postgresql:///\(database)?host=\(HTTPClient.encoded(path))&port=\(port)"
    }
  }
}
