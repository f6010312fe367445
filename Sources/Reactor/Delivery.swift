/// Bytes for a server on a connection of their own, with the same TLS rules as any; done when the server closes it.
public final class Delivery: StreamHandler {
  private static let timeoutMilliseconds = 3000

  private var dial: Dial?
  private var stream: SocketStream?
  private var completion: (() -> Void)?
  private var timer: TimerToken?
  private let loop: EventLoop

  /// The completion runs once, also when the bytes could not be delivered.
  @discardableResult public init(
    _ bytes: [UInt8], to target: DialTarget, loop: EventLoop, completion: @escaping () -> Void
  ) {
    self.loop = loop
    self.completion = completion
    timer = loop.schedule(afterMilliseconds: Self.timeoutMilliseconds) { [self] in finish() }
    let dial = Dial(target, loop: loop) { [self] result in
      self.dial = nil
      guard case .success(let stream) = result, self.completion != nil else {
        finish()
        return
      }
      self.stream = stream
      stream.handler = self
      stream.write(bytes)
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

  public func streamEnded(_ stream: SocketStream) { finish() }
  public func streamClosed(_ stream: SocketStream, error: SocketError?) { finish() }
  public func stream(_ stream: SocketStream, received bytes: RawSpan) {}
  public func stream(_ stream: SocketStream, sniffed firstByte: UInt8) {}
  public func streamSecured(_ stream: SocketStream) {}
  public func streamBlocked(_ stream: SocketStream) {}
  public func streamDrained(_ stream: SocketStream) {}
}
