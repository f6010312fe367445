import CLinux
import Glibc

/// What a stream tells its owner, on the loop's thread. Spans are valid during the call only.
public protocol StreamHandler: AnyObject {
  /// Bytes arrived, decrypted where TLS is on.
  func stream(_ stream: SocketStream, received bytes: RawSpan)
  /// The first byte that is waiting, after `sniffFirstByte`; it is still to be read.
  func stream(_ stream: SocketStream, sniffed firstByte: UInt8)
  /// The TLS handshake is done.
  func streamSecured(_ stream: SocketStream)
  /// The socket does not take all output: stop what produces more.
  func streamBlocked(_ stream: SocketStream)
  /// All output is with the kernel again.
  func streamDrained(_ stream: SocketStream)
  /// The peer sends no more (half-close); it may still read.
  func streamEnded(_ stream: SocketStream)
  /// The peer sends no more, or is gone, while nothing is read from it: what it sent before still waits. Told once.
  func streamMayBeGone(_ stream: SocketStream)
  /// The connection is gone. Not called for a close of one's own.
  func streamClosed(_ stream: SocketStream, error: SocketError?)
}

extension StreamHandler {
  public func streamMayBeGone(_ stream: SocketStream) {}
}

/// A connected socket of one loop, plain or TLS, with write-through: output goes straight to the socket, once for each event, and is
/// kept only when the socket does not take it.
public final class SocketStream: EventSource {
  static let readEvents = UInt32(EPOLLIN.rawValue)
  static let writeEvents = UInt32(EPOLLOUT.rawValue)
  private static let farEndEvents = UInt32(EPOLLRDHUP.rawValue)
  private static let endEvents = UInt32(EPOLLHUP.rawValue) | UInt32(EPOLLERR.rawValue)
  /// From here on a copy costs more than a system call.
  private static let directBytes = 8 * 1024
  private static let lingerMilliseconds = 1000

  enum Phase: Equatable { case open, handshaking, lingering, closed }

  public let loop: EventLoop
  /// Who hears of what happens; nil after a close. Another may take over between two events.
  public var handler: (any StreamHandler)? {
    get { owner }
    set { owner = newValue }
  }
  private var owner: (any StreamHandler)?
  private(set) var phase = Phase.open
  private var tls: TLSSession?
  /// Only while there is output.
  private var queue: WriteQueue?
  private var registeredEvents = readEvents
  private var isReading = true
  private var isSniffing = false
  private var sawEnd = false
  private var isHungUp = false
  private var sawFarEnd = false
  /// The socket refused bytes, and EPOLLOUT will tell when it takes more.
  public var isBlocked: Bool { awaitsRoom }
  private var awaitsRoom = false
  /// Reasons why output waits although the socket would take it.
  private var holds: Int32 = 0
  private var isMuted = false
  private var bulk = BulkReading()
  private var closesWhenDrained = false
  private var endsWhenDrained = false
  private var readWantsWrite = false
  var isUnflushedListed = false
  var nextUnflushed: SocketStream?
  var isReadyListed = false

  /// Takes over a connected, non-blocking socket. Reads at once.
  public init(descriptor: Int32, loop: EventLoop, handler: any StreamHandler) throws(SocketError) {
    self.loop = loop
    owner = handler
    super.init(descriptor: descriptor)
    try loop.add(self, events: registeredEvents)
  }

  public var isClosed: Bool { phase == .closed }
  /// Bytes that the socket has not taken yet.
  public var pendingBytes: Int { queue?.count ?? 0 }
  public var session: TLSSession? { tls }
  public var peer: SocketAddress? { SocketAddress.ofSocket(descriptor, peer: true) }
  public var local: SocketAddress? { SocketAddress.ofSocket(descriptor, peer: false) }

  /// Tells the first byte before anything is read, to tell a TLS ClientHello from a startup packet.
  public func sniffFirstByte() { isSniffing = true }

  /// Begins TLS on the socket, in the server's role. What was written before goes out first, in the clear.
  public func startTLS(accepting context: TLSContext) throws(SocketError) {
    try startTLS(try context.acceptSession(on: descriptor))
  }

  /// The same in the client's role; `host` is what the server's certificate must name.
  public func startTLS(connecting context: TLSContext, host: String) throws(SocketError) {
    try startTLS(try context.connectSession(on: descriptor, host: host))
  }

  private func startTLS(_ session: TLSSession) throws(SocketError) {
    precondition(tls == nil && phase == .open, "TLS begins once")
    flush()
    guard queue == nil else {
      throw SocketError(.tls, message: "the peer does not read what comes before TLS", next: "the peer is broken")
    }
    tls = session
    phase = .handshaking
    shakeHands()
  }

  // MARK: Output

  public func write(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe write(raw: $0) }
  }

  public func write(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe write(raw: $0) }
  }

  private func write(raw bytes: UnsafeRawBufferPointer) {
    guard phase == .open || phase == .handshaking, bytes.count > 0, !isMuted, !closesWhenDrained else { return }
    if bulk.isOn { endBulk() } else { bulk.answered() }
    guard bytes.count >= Self.directBytes, !awaitsRoom, phase == .open, holds == 0 else {
      unsafe gather(bytes)
      if !awaitsRoom { loop.flushLater(self) }
      return
    }
    flush()
    // What was to be kept before these bytes leave may have failed, or has to be waited for.
    guard phase == .open, !isMuted, !closesWhenDrained else { return }
    var rest = unsafe bytes
    if !awaitsRoom, holds == 0 {
      let sent = unsafe send(bytes)
      guard phase == .open else { return }
      unsafe rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
    }
    guard rest.count > 0 else { return }
    unsafe gather(rest)
    if holds == 0 { block() }
  }

  private func gather(_ bytes: UnsafeRawBufferPointer) {
    if queue == nil { queue = loop.queues.take() }
    unsafe queue?.append(bytes)
  }

  /// The queue goes back once it is empty.
  private func giveBackEmpty() {
    guard let queue, queue.isEmpty else { return }
    self.queue = nil
    loop.queues.give(queue)
  }

  /// Hands gathered output to the socket now; the loop does it by itself at the end of each event.
  func flush() {
    loop.passBarrier()
    if holds > 0 { return }
    guard phase == .open, let queue else {
      if phase == .open { finishOutput() }
      return
    }
    let sent = unsafe send(queue.bytes)
    guard phase == .open else { return }
    queue.consume(sent)
    giveBackEmpty()
    if self.queue == nil { finishOutput() } else { block() }
  }

  /// Bytes that the socket took; closes on failure.
  private func send(_ bytes: UnsafeRawBufferPointer) -> Int {
    var sent = 0
    while sent < bytes.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[sent...])
      if let tls {
        switch unsafe tls.write(rest) {
        case .done(let count): sent += count
        case .wantsRead, .wantsWrite, .ended: return sent
        case .failed(let error):
          fail(error)
          return sent
        }
      } else {
        let count = unsafe Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
        if count >= 0 {
          sent += count
          if count < rest.count { return sent }
        } else if errno == EAGAIN {
          return sent
        } else if errno != EINTR {
          fail(.system("send", next: "the peer is gone"))
          return sent
        }
      }
    }
    return sent
  }

  private func block() {
    guard !awaitsRoom else { return }
    awaitsRoom = true
    updateEvents()
    handler?.streamBlocked(self)
  }

  /// Keeps output back until `releaseOutput` was called as often. What is written meanwhile is gathered, however much it is: the
  /// owner stops reading what produces it.
  public func holdOutput() { holds += 1 }

  /// Output goes on when nobody holds it any more.
  public func releaseOutput() {
    precondition(holds > 0, "nobody holds this output")
    holds -= 1
    if holds == 0, phase == .open { loop.flushLater(self) }
  }

  /// Whether somebody holds the output.
  public var isHeld: Bool { holds > 0 }

  /// Forgets the youngest output until `pendingBytes` is this, and what will be written before `unmute`.
  public func dropOutput(downTo bytes: Int) {
    queue?.cut(to: bytes)
    giveBackEmpty()
    isMuted = true
  }

  /// Takes output again.
  public func unmute() { isMuted = false }

  private func finishOutput() {
    let wasBlocked = awaitsRoom
    awaitsRoom = false
    if closesWhenDrained {
      linger()
      return
    }
    if endsWhenDrained {
      endsWhenDrained = false
      tls?.shutdown()
      shutdown(descriptor, Int32(SHUT_WR))
    }
    if wasBlocked {
      updateEvents()
      handler?.streamDrained(self)
    }
  }

  // MARK: Input

  /// Stops reading: the peer then feels it by TCP's window.
  public func pauseReading() {
    guard isReading else { return }
    isReading = false
    updateEvents()
  }

  public func resumeReading() {
    guard !isReading, phase != .closed else { return }
    isReading = true
    updateEvents()
    if isHungUp || (tls?.hasBufferedInput ?? false) { loop.serveLater(self) }
  }

  override func handle(events: UInt32) {
    switch phase {
    case .closed: return
    case .lingering: discard()
    case .handshaking:
      shakeHands()
    case .open:
      if events & Self.writeEvents != 0 {
        if readWantsWrite {
          readWantsWrite = false
          read()
          guard phase == .open else { return }
        }
        flush()
        guard phase == .open else { return }
      }
      if events & Self.farEndEvents != 0, !isReading, !sawFarEnd {
        sawFarEnd = true
        updateEvents()
        handler?.streamMayBeGone(self)
        guard phase == .open else { return }
      }
      if events & (Self.readEvents | Self.endEvents) == 0 { return }
      if isReading && !sawEnd {
        if isSniffing { sniff() } else { read() }
      } else if events & Self.endEvents != 0 {
        hangUp(events)
      }
    }
  }

  /// The connection broke while nothing is read from it.
  private func hangUp(_ events: UInt32) {
    if events & UInt32(EPOLLERR.rawValue) != 0 {
      fail(.init(.system, message: "connection reset by peer", next: "the peer is gone", errorNumber: ECONNRESET))
    } else if sawEnd {
      fail(nil)
    } else {
      // What the peer sent before it closed is still to be read, when reading goes on. HUP cannot be masked, so do not listen to it.
      isHungUp = true
      loop.modify(self, events: UInt32(EPOLLONESHOT.rawValue))
      registeredEvents = UInt32(EPOLLONESHOT.rawValue)
    }
  }

  private func sniff() {
    var byte: UInt8 = 0
    let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK))
    if count == 1 {
      isSniffing = false
      handler?.stream(self, sniffed: byte)
    } else if count == 0 {
      end()
    } else if errno != EAGAIN && errno != EINTR {
      fail(.system("recv"))
    }
  }

  private func read() {
    let buffer = unsafe loop.readBuffer
    var filled = 0
    if let tls {
      reading: while filled < buffer.count {
        switch unsafe tls.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])) {
        case .done(let count):
          filled += count
          // Most that comes is one record: asking the socket once more would only hear that it is empty.
          if !tls.hasBufferedInput { break reading }
        case .wantsRead: break reading
        case .wantsWrite:
          readWantsWrite = true
          updateEvents()
          break reading
        case .ended:
          deliver(filled)
          if phase == .open { end() }
          return
        case .failed(let error):
          deliver(filled)
          if phase == .open { fail(error) }
          return
        }
      }
      deliver(filled)
      // OpenSSL may hold records that epoll does not know of.
      if filled == buffer.count, phase == .open, isReading { loop.serveLater(self) }
      return
    }
    filled = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
    if filled > 0 {
      if bulk.received(filled, nowMilliseconds: loop.nowMilliseconds) { beginBulk() }
      deliver(filled)
    } else if filled == 0 {
      end()
    } else if errno != EAGAIN && errno != EINTR {
      fail(.system("recv"))
    }
  }

  private func deliver(_ count: Int) {
    guard count > 0, phase == .open, let owner else { return }
    let bytes = unsafe UnsafeRawBufferPointer(rebasing: loop.readBuffer[..<count])
    owner.stream(self, received: unsafe RawSpan(_unsafeBytes: bytes))
  }

  // MARK: Bulk

  private func beginBulk() {
    bulk.isOn = true
    Socket.set(descriptor, SOL_SOCKET, SO_RCVLOWAT, Int32(BulkReading.lowWaterBytes))
    watchBulk()
  }

  private func watchBulk() {
    _ = loop.schedule(afterMilliseconds: BulkReading.patienceMilliseconds) { [weak self] in
      guard let self, bulk.isOn else { return }
      if bulk.isOver(nowMilliseconds: loop.nowMilliseconds) { endBulk() } else { watchBulk() }
    }
  }

  private func endBulk() {
    bulk = BulkReading()
    Socket.set(descriptor, SOL_SOCKET, SO_RCVLOWAT, 1)
  }

  private func end() {
    sawEnd = true
    updateEvents()
    handler?.streamEnded(self)
  }

  private func shakeHands() {
    guard let tls else { return }
    switch tls.handshake() {
    case .done:
      phase = .open
      handler?.streamSecured(self)
      guard phase == .open else { return }
      flush()
      updateEvents()
      if tls.hasBufferedInput { loop.serveLater(self) }
    case .wantsRead: updateEvents()
    case .wantsWrite:
      awaitsRoom = true
      updateEvents()
      awaitsRoom = false
    case .ended:
      fail(.init(.truncated, message: "the peer closed in the middle of the TLS handshake", next: "see the peer's log"))
    case .failed(let error): fail(error)
    }
  }

  // MARK: End

  /// Sends what is gathered, then ends our direction; the peer may go on sending.
  public func endOutput() {
    guard phase == .open || phase == .handshaking else { return }
    endsWhenDrained = true
    loop.flushLater(self)
  }

  /// Sends what is gathered, then closes, so that the peer gets the last message even if it is still sending. No more callbacks.
  public func closeAfterFlush() {
    guard phase == .open else {
      close()
      return
    }
    handler = nil
    closesWhenDrained = true
    isReading = false
    updateEvents()
    let token = loop.schedule(afterMilliseconds: 5 * Self.lingerMilliseconds) { [self] in close() }
    _ = token
    loop.flushLater(self)
  }

  /// Closes at once. No more callbacks.
  public func close() {
    guard phase != .closed else { return }
    phase = .closed
    handler = nil
    bulk.isOn = false
    tls?.shutdown()
    tls = nil
    if let queue { loop.queues.give(queue) }
    queue = nil
    loop.remove(self)
    _ = Glibc.close(descriptor)
  }

  /// A close with unread input would reset the connection and take the last message from the peer: read it away for a moment.
  private func linger() {
    phase = .lingering
    tls?.shutdown()
    shutdown(descriptor, Int32(SHUT_WR))
    if sawEnd {
      close()
      return
    }
    isReading = true
    awaitsRoom = false
    updateEvents()
    _ = loop.schedule(afterMilliseconds: Self.lingerMilliseconds) { [self] in close() }
  }

  private func discard() {
    let count = unsafe recv(descriptor, loop.readBuffer.baseAddress, loop.readBuffer.count, 0)
    if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { close() }
  }

  private func fail(_ error: SocketError?) {
    let handler = handler
    close()
    handler?.streamClosed(self, error: error)
  }

  private func updateEvents() {
    guard isRegistered else { return }
    let wantsRead = phase == .handshaking ? !awaitsRoom : isReading && !sawEnd
    var events = (wantsRead ? Self.readEvents : 0) | (awaitsRoom || readWantsWrite ? Self.writeEvents : 0)
    if !wantsRead, phase == .open, !sawEnd, !sawFarEnd { events |= Self.farEndEvents }
    guard events != registeredEvents else { return }
    registeredEvents = events
    loop.modify(self, events: events)
  }
}
