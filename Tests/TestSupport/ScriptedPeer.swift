import Foundation

/// One end of a PostgreSQL connection that says what a script tells it, byte by byte, for peers that no honest server or client
/// would be: blocking, on loopback, with a deadline on each read.
///
///     let server = try ScriptedServer { peer in
///       _ = try peer.readStartupPacket()
///       try peer.send(bytes)
///     }
///     ... connect to server.port ...
///     try server.wait()
public final class ScriptedPeer: @unchecked Sendable {
  public enum Failure: Error, Equatable {
    case socket(Int32)
    /// The other side closed where more was expected.
    case closed
    /// Nothing came within the deadline.
    case timedOut
  }

  private let lock = NSLock()
  private var descriptor: Int32

  init(descriptor: Int32, deadlineSeconds: Int) {
    self.descriptor = descriptor
    var limit = timeval(tv_sec: deadlineSeconds, tv_usec: 0)
    _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var on: Int32 = 1
    _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
  }

  deinit { close() }

  /// Connects to a server on 127.0.0.1; `source` is the last byte of our own address, 127.0.0.`source`.
  public static func connect(port: Int, source: UInt8? = nil, deadlineSeconds: Int = 20) throws -> ScriptedPeer {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw Failure.socket(errno) }
    if let source {
      var own = loopback(0)
      own.sin_addr.s_addr = (0x7f00_0000 | UInt32(source)).bigEndian
      let bound = unsafe withUnsafePointer(to: &own) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      guard bound == 0 else { throw Failure.socket(errno) }
    }
    var address = loopback(port)
    let connected = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    let peer = ScriptedPeer(descriptor: descriptor, deadlineSeconds: deadlineSeconds)
    guard connected == 0 else { throw Failure.socket(errno) }
    return peer
  }

  static func loopback(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
    return address
  }

  /// Sends bytes; with `chunkBytes`, in pieces of that size, each on its way before the next.
  public func send(_ bytes: [UInt8], chunkBytes: Int? = nil) throws {
    var offset = 0
    while offset < bytes.count {
      let count = min(chunkBytes ?? bytes.count, bytes.count - offset)
      let sent = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.send(descriptor, buffer.baseAddress! + offset, count, Int32(MSG_NOSIGNAL))
      }
      guard sent > 0 else { throw Failure.socket(errno) }
      offset += sent
    }
  }

  /// Sends as much as the other side takes; stops when it has taken nothing for `stallSeconds`. How many bytes it took.
  public func sendUntilStalled(_ bytes: [UInt8], stallSeconds: Int = 1) throws -> Int {
    var limit = timeval(tv_sec: stallSeconds, tv_usec: 0)
    _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    defer {
      var none = timeval(tv_sec: 0, tv_usec: 0)
      _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &none, socklen_t(MemoryLayout<timeval>.size))
    }
    var offset = 0
    while offset < bytes.count {
      let sent = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.send(descriptor, buffer.baseAddress! + offset, min(1 << 20, bytes.count - offset), Int32(MSG_NOSIGNAL))
      }
      if sent < 0, errno == EAGAIN { return offset }
      guard sent > 0 else { throw Failure.socket(errno) }
      offset += sent
    }
    return offset
  }

  /// Whether bytes (or the other side's close) wait to be read.
  public var hasInput: Bool { waitsAtMost(milliseconds: 0) }

  /// Whether bytes (or the other side's close) come within this time.
  public func waitsAtMost(milliseconds: Int32) -> Bool {
    var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe Glibc.poll(&poll, 1, milliseconds) > 0
  }

  /// Whatever has come, at least one byte and at most `max`; empty when the other side has closed.
  public func readSome(max: Int = 65_536) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: max)
    let count = unsafe recv(descriptor, &bytes, max, 0)
    if count >= 0 { return Array(bytes.prefix(count)) }
    if errno == ECONNRESET { return [] }
    throw errno == EAGAIN ? Failure.timedOut : Failure.socket(errno)
  }

  /// Exactly so many bytes.
  public func read(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let part = try readSome(max: count - bytes.count)
      guard !part.isEmpty else { throw Failure.closed }
      bytes += part
    }
    return bytes
  }

  /// A packet of the startup family: all behind its length word.
  public func readStartupPacket() throws -> [UInt8] { try read(Self.length(try read(4)) - 4) }

  /// A message with a type byte, whole.
  public func readMessage() throws -> [UInt8] {
    let header = try read(5)
    return header + (try read(Self.length(Array(header.dropFirst())) - 4))
  }

  /// Reads messages up to one of this type.
  public func readMessages(upTo type: Character) throws -> [[UInt8]] {
    var messages: [[UInt8]] = []
    while messages.last?.first != type.asciiValue { messages.append(try readMessage()) }
    return messages
  }

  /// Everything up to the other side's close.
  public func readToEnd() throws -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      let part = try readSome()
      if part.isEmpty { return bytes }
      bytes += part
    }
  }

  /// Says that nothing more will be sent; reading goes on.
  public func halfClose() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

  public func close() {
    lock.withLock {
      if descriptor >= 0 { _ = Glibc.close(descriptor) }
      descriptor = -1
    }
  }

  private static func length(_ bytes: [UInt8]) -> Int { bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) } }
}

/// A listener on a free port of 127.0.0.1 that runs a script for each connection, one after the other on a thread of its own, or all
/// at once.
public final class ScriptedServer: @unchecked Sendable {
  public let port: Int
  private let listener: Int32
  private let done = DispatchSemaphore(value: 0)
  private let lock = NSLock()
  private var failure: (any Error)?

  /// - Parameters:
  ///   - connections: how many to serve before the listener closes.
  ///   - isConcurrent: each on a thread of its own; `wait` then waits for the last accept only.
  public init(
    connections: Int = 1, deadlineSeconds: Int = 20, isConcurrent: Bool = false,
    script: @escaping @Sendable (ScriptedPeer) throws -> Void
  ) throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard listener >= 0 else { throw ScriptedPeer.Failure.socket(errno) }
    var address = ScriptedPeer.loopback(0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let bound = unsafe withUnsafeMutablePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(listener, $0, size) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &size) == 0
      }
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    guard bound else { throw ScriptedPeer.Failure.socket(errno) }
    Thread { [self] in
      for _ in 0..<connections {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { break }
        let peer = ScriptedPeer(descriptor: descriptor, deadlineSeconds: deadlineSeconds)
        let serve: @Sendable () -> Void = { [self] in
          do { try script(peer) } catch { lock.withLock { failure = failure ?? error } }
          peer.close()
        }
        if isConcurrent { Thread.detachNewThread(serve) } else { serve() }
      }
      done.signal()
    }.start()
  }

  deinit { _ = Glibc.close(listener) }

  /// Waits for the script's end, and throws what it threw.
  public func wait(seconds: Double = 30) throws {
    guard done.wait(timeout: .now() + seconds) == .success else { throw ScriptedPeer.Failure.timedOut }
    done.signal()
    if let failure = lock.withLock({ failure }) { throw failure }
  }
}
