import CLinux
import Hummingbird
import NIOCore
import Synchronization

/// Who is at the other end of a Unix socket, as the kernel says (`SO_PEERCRED`, unix(7)). Layout of `struct ucred`.
struct PeerCredentials: Sendable, Equatable {
  var pid: Int32
  var uid: UInt32
  var gid: UInt32
}

/// The peers of all open connections of one socket. The kernel is asked once, when a connection is accepted; requests look it up.
final class PeerRegistry: Sendable {
  private struct Peer {
    var credentials: PeerCredentials
    /// Looked up with the connection's first request: the user database may be a file or a directory service.
    var user: String?
  }

  private let peers = Mutex<[ObjectIdentifier: Peer]>([:])

  func peer(of channel: any Channel) -> PeerCredentials? {
    peers.withLock { $0[ObjectIdentifier(channel as AnyObject)]?.credentials }
  }

  /// The name of the user at the other end of a connection; nil when that has none on this host.
  func user(of channel: any Channel) -> String? {
    let key = ObjectIdentifier(channel as AnyObject)
    guard let peer = peers.withLock({ $0[key] }) else { return nil }
    if let user = peer.user { return user }
    let user = UnixUser.name(uid: peer.credentials.uid)
    peers.withLock { $0[key]?.user = user }
    return user
  }

  fileprivate func note(_ peer: PeerCredentials, of channel: any Channel) {
    let key = ObjectIdentifier(channel as AnyObject)
    peers.withLock { $0[key] = Peer(credentials: peer) }
    channel.closeFuture.whenComplete { [self] _ in forget(key) }
  }

  private func forget(_ key: ObjectIdentifier) {
    peers.withLock { peers in _ = peers.removeValue(forKey: key) }
  }
}

/// Asks the kernel for the peer while the connection's pipeline is being made, so before its first byte is read. A connection whose
/// peer is not known stays without an entry, and every request of it is refused.
final class PeerCredentialsHandler: ChannelInboundHandler, RemovableChannelHandler, Sendable {
  typealias InboundIn = Any

  private let registry: PeerRegistry

  init(registry: PeerRegistry) { self.registry = registry }

  func handlerAdded(context: ChannelHandlerContext) {
    guard let provider = context.channel as? any SocketOptionProvider else { return }
    let channel = context.channel
    let registry = registry
    // "unsafe" because the type has to have the option's layout, which PeerCredentials is made for.
    let answer: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
      level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
    answer.whenSuccess { registry.note($0, of: channel) }
  }
}
