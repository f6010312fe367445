import PostgresWire
import Reactor

/// One CancelRequest to the server, on a connection of its own with the same TLS rules, done when the server closes it: then the
/// signal has been sent (postmaster.c, processCancelRequest).
final class CancelDelivery: StreamHandler {
  private static let timeoutMilliseconds = 3000

  private var dial: BackendDial?
  private var stream: SocketStream?
  private var completion: (() -> Void)?
  private var timer: TimerToken?
  private let loop: EventLoop

  /// The completion runs once, also when the request could not be delivered.
  @discardableResult init(
    _ key: CancelKey, backend: ProxyConfiguration.Backend, addresses: BackendAddresses, context: TLSContext?, loop: EventLoop,
    completion: @escaping () -> Void
  ) {
    self.loop = loop
    self.completion = completion
    timer = loop.schedule(afterMilliseconds: Self.timeoutMilliseconds) { [self] in finish() }
    let dial = BackendDial(backend, addresses: addresses, context: context, loop: loop) { [self] result in
      self.dial = nil
      guard case .success(let stream) = result, self.completion != nil else {
        finish()
        return
      }
      self.stream = stream
      stream.handler = self
      stream.write(StartupPacket.cancelRequest(key).bytes)
    }
    if self.completion != nil, stream == nil { self.dial = dial }
  }

  private func finish() {
    guard let completion else { return }
    self.completion = nil
    if let timer { loop.cancel(timer) }
    timer = nil
    dial?.cancel()
    dial = nil
    stream?.close()
    stream = nil
    completion()
  }

  func streamEnded(_ stream: SocketStream) { finish() }
  func streamClosed(_ stream: SocketStream, error: SocketError?) { finish() }
  func stream(_ stream: SocketStream, received bytes: RawSpan) {}
  func stream(_ stream: SocketStream, sniffed firstByte: UInt8) {}
  func streamSecured(_ stream: SocketStream) {}
  func streamBlocked(_ stream: SocketStream) {}
  func streamDrained(_ stream: SocketStream) {}
}
