import FoundationEssentials
import OpenSSL
import PostgresWire
import Reactor

/// One local program's connection, and the one to the proxy that it leads to. On the tunnel's loop.
final class TunnelConnection: StreamHandler {
  private enum Phase {
    case startup
    /// The request is pending.
    case held(StartupMessage)
    case dialling
    case login
    case relaying
    case closed
  }
  private static let startupMilliseconds = 30_000
  private static let heldMilliseconds = 10_000

  private let core: TunnelCore
  private let loop: EventLoop
  /// Whether the program runs as the tunnel's user.
  private let isOurs: Bool
  private var phase = Phase.startup
  private var startup = LocalStartup()
  private var login: TunnelLogin?
  private var program: SocketStream?
  private var proxy: SocketStream?
  private var dial: Dial?
  private var timer: TimerToken?

  init(descriptor: Int32, core: TunnelCore) throws(SocketError) {
    self.core = core
    loop = core.loop
    isOurs = PeerUser.id(of: descriptor) == PeerUser.own
    Socket.tune(descriptor)
    program = try SocketStream(descriptor: descriptor, loop: loop, handler: self)
    startTimer(Self.startupMilliseconds) { [weak self] in self?.finish() }
  }

  /// The tunnel's gate is another now.
  func gateChanged() {
    if case .held(let message) = phase { enter(message) }
  }

  func finish() {
    if case .closed = phase { return }
    phase = .closed
    stopTimer()
    dial?.cancel()
    dial = nil
    login = nil
    program?.closeAfterFlush()
    program = nil
    proxy?.close()
    proxy = nil
    core.ended(self)
  }

  // MARK: Before the session

  private func advance() {
    while case .startup = phase, let step = startup.next() {
      switch step {
      case .cancel(let key): cancel(key)
      case _ where !isOurs: refuse(TunnelReplies.stranger)
      case .answer(let byte): program?.write([byte])
      case .refuse(let error): refuse(error)
      case .login(let message):
        // What the program sends behind waits in its socket.
        program?.pauseReading()
        enter(message)
      }
    }
  }

  private func enter(_ message: StartupMessage) {
    switch core.gate {
    case .closed(let error): refuse(error)
    case .pending(let error):
      phase = .held(message)
      startTimer(Self.heldMilliseconds) { [weak self] in self?.refuse(error) }
    case .open(let access):
      do throws(ErrorResponse) {
        reach(access, try LocalStartup.message(message, role: access.role, database: access.database))
      } catch { refuse(error) }
    }
  }

  /// The key proves who may cancel, as at the proxy, so whoever has it may bring it; some programs are gone before we could look.
  private func cancel(_ key: CancelKey) {
    guard case .open(let access) = core.gate, let addresses = core.addresses else {
      finish()
      return
    }
    phase = .dialling
    stopTimer()
    program?.pauseReading()
    Delivery(StartupPacket.cancelRequest(key).bytes, to: access.target(addresses), loop: loop) { [weak self] in self?.finish() }
  }

  private func refuse(_ error: ErrorResponse) {
    program?.write(error.bytes)
    finish()
  }

  // MARK: The proxy

  private func reach(_ access: TunnelAccess, _ message: StartupMessage) {
    guard let addresses = core.addresses else { return }
    phase = .dialling
    startTimer(Self.startupMilliseconds) { [weak self] in
      self?.refuse(
        TunnelReplies.unreachable(
          SocketError(.timedOut, message: "no answer within \(Self.startupMilliseconds / 1000) s", next: "try again")))
    }
    var isDone = false
    let dial = Dial(access.target(addresses), loop: loop) { [weak self] result in
      isDone = true
      self?.dial = nil
      switch result {
      case .failure(let error): self?.refuse(TunnelReplies.unreachable(error))
      case .success(let stream): self?.reached(stream, access, message)
      }
    }
    if !isDone { self.dial = dial }
  }

  private func reached(_ stream: SocketStream, _ access: TunnelAccess, _ message: StartupMessage) {
    proxy = stream
    stream.handler = self
    let nonce = Data(randomBytes(18)).base64EncodedString()
    login = TunnelLogin(access, nonce: nonce, channelBinding: stream.session?.serverEndPoint)
    phase = .login
    stream.write(StartupPacket.startup(message).bytes)
  }

  private func logIn(_ bytes: RawSpan) {
    do throws(WireError) {
      guard let step = try login?.received(bytes) else { return }
      proxy?.write(step.toProxy)
      program?.write(step.toProgram)
      switch step.outcome {
      case .more: break
      case .refused: finish()
      case .admitted:
        stopTimer()
        login = nil
        phase = .relaying
        proxy?.write(startup.rest)
        program?.resumeReading()
      }
    } catch { refuse(TunnelReplies.broken(error)) }
  }

  // MARK: StreamHandler

  func stream(_ stream: SocketStream, received bytes: RawSpan) {
    switch phase {
    case .startup:
      startup.append(bytes)
      advance()
    case .login: logIn(bytes)
    case .relaying: (stream === program ? proxy : program)?.write(bytes)
    case .held, .dialling, .closed: break
    }
  }

  func streamBlocked(_ stream: SocketStream) {
    if case .relaying = phase { (stream === program ? proxy : program)?.pauseReading() }
  }

  func streamDrained(_ stream: SocketStream) {
    if case .relaying = phase { (stream === program ? proxy : program)?.resumeReading() }
  }

  func streamEnded(_ stream: SocketStream) {
    // The proxy ends a session with its last message; a program that only ends its direction still gets its answers.
    if case .relaying = phase, stream === program { proxy?.endOutput() } else { lost(stream, nil) }
  }

  func streamClosed(_ stream: SocketStream, error: SocketError?) { lost(stream, error) }

  private func lost(_ stream: SocketStream, _ error: SocketError?) {
    if case .login = phase, stream === proxy {
      let why = error ?? SocketError(.truncated, message: "it closed the connection", next: "see its log")
      refuse(TunnelReplies.unreachable(why))
    } else {
      finish()
    }
  }

  func stream(_ stream: SocketStream, sniffed firstByte: UInt8) {}
  func streamSecured(_ stream: SocketStream) {}

  private func startTimer(_ milliseconds: Int, _ body: @escaping () -> Void) {
    stopTimer()
    timer = loop.schedule(afterMilliseconds: milliseconds, body)
  }

  private func stopTimer() {
    if let timer { loop.cancel(timer) }
    timer = nil
  }
}
