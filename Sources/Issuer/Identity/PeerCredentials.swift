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
  private let peers = Mutex<[ObjectIdentifier: PeerCredentials]>([:])

  func peer(of channel: any Channel) -> PeerCredentials? {
    peers.withLock { $0[ObjectIdentifier(channel as AnyObject)] }
  }

  fileprivate func note(_ peer: PeerCredentials, of channel: any Channel) {
    let key = ObjectIdentifier(channel as AnyObject)
    peers.withLock { $0[key] = peer }
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
