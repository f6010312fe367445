import CLinux
import Glibc

/// A listening socket of one loop, TCP or Unix. Accepted sockets are non-blocking and handed to the owner, who gives each to a loop.
public final class Listener: EventSource {
  private static let acceptsPerEvent = 64
  private static let pauseMilliseconds = 100

  private let loop: EventLoop
  private let accepted: (_ descriptor: Int32, _ peer: SocketAddress) -> Void
  private let refused: (SocketError) -> Void
  private let unixPath: String?
  /// Where it listens, with the port that the kernel chose for port 0.
  public let address: SocketAddress

  /// `accepted` owns the descriptor. `refused` hears of accepts that failed (no descriptors left); the listener then pauses a moment.
  /// `unixMode` are the permissions of a Unix socket. Throws when the address is in use.
  public init(
    _ address: SocketAddress, loop: EventLoop, backlog: Int32 = 1024, unixMode: UInt32 = 0o660,
    accepted: @escaping (Int32, SocketAddress) -> Void, refused: @escaping (SocketError) -> Void
  ) throws(SocketError) {
    self.loop = loop
    self.accepted = accepted
    self.refused = refused
    unixPath = address.family == AF_UNIX ? address.description : nil
    let descriptor = try Self.open(address, backlog: backlog, unixMode: unixMode)
    self.address = unixPath == nil ? SocketAddress.ofSocket(descriptor, peer: false) ?? address : address
    super.init(descriptor: descriptor)
    do { try loop.add(self, events: SocketStream.readEvents) } catch {
      _ = Glibc.close(descriptor)
      throw error
    }
  }

  /// Stops listening; a Unix socket's file goes too. On the loop's thread.
  public func close() {
    guard isRegistered else { return }
    loop.remove(self)
    _ = Glibc.close(descriptor)
    if let unixPath { unsafe unlink(unixPath) }
  }

  override func handle(events: UInt32) {
    for _ in 0..<Self.acceptsPerEvent {
      guard isRegistered else { return }
      var storage = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      let (socket, peer) = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
          let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
          let socket = unsafe accept4(descriptor, address, &length, flags)
          return (socket, socket < 0 ? nil : unsafe SocketAddress(address, length: length))
        }
      }
      if socket >= 0 {
        accepted(socket, peer ?? address)
        continue
      }
      switch errno {
      case EAGAIN: return
      case EINTR, ECONNABORTED: continue
      default:
        refused(.system("accept", next: "raise the limit of open files (ulimit -n) or lower the number of sessions"))
        loop.modify(self, events: 0)
        _ = loop.schedule(afterMilliseconds: Self.pauseMilliseconds) { [self] in
          if isRegistered { loop.modify(self, events: SocketStream.readEvents) }
        }
        return
      }
    }
  }

  private static func open(_ address: SocketAddress, backlog: Int32, unixMode: UInt32) throws(SocketError) -> Int32 {
    let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue) | flags, 0)
    guard descriptor >= 0 else { throw .system("socket for \(address)") }
    if address.family == AF_UNIX {
      try removeDeadSocket(address, descriptor)
    } else {
      Socket.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
      if address.family == AF_INET6 { Socket.set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
    }
    let bound = unsafe address.withSockaddr { unsafe bind(descriptor, $0, $1) }
    guard bound == 0 else {
      let error = SocketError.system("cannot listen on \(address)", next: "choose an address that is ours and free")
      _ = Glibc.close(descriptor)
      throw error
    }
    if address.family == AF_UNIX { unsafe chmod(address.description, mode_t(unixMode)) }
    guard listen(descriptor, backlog) == 0 else {
      let error = SocketError.system("listen on \(address)")
      _ = Glibc.close(descriptor)
      throw error
    }
    return descriptor
  }

  /// A socket file whose listener is dead is in the way after a crash; one that answers belongs to somebody.
  private static func removeDeadSocket(_ address: SocketAddress, _ descriptor: Int32) throws(SocketError) {
    let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard probe >= 0 else { return }
    defer { _ = Glibc.close(probe) }
    if unsafe address.withSockaddr({ unsafe connect(probe, $0, $1) }) == 0 {
      _ = Glibc.close(descriptor)
      throw SocketError(
        .configuration, message: "another process listens on \(address)", next: "stop it or choose another path")
    }
    var status = stat()
    if errno == ECONNREFUSED, unsafe stat(address.description, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK {
      unsafe unlink(address.description)
    }
  }
}
