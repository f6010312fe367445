/// Opens one connection to a server, up to the end of its TLS handshake. The stream is then handed over with this as its handler;
/// the new owner puts itself in its place.
public final class Dial: StreamHandler {
  public typealias Completion = (Result<SocketStream, SocketError>) -> Void

  private let target: DialTarget
  private let loop: EventLoop
  private var connector: Connector?
  private var stream: SocketStream?
  private var completion: Completion?
  private var timer: TimerToken?

  /// The completion runs on the loop, once, perhaps before this returns.
  public init(_ target: DialTarget, loop: EventLoop, completion: @escaping Completion) {
    self.target = target
    self.loop = loop
    self.completion = completion
    let timeoutMilliseconds = target.timeoutSeconds * 1000
    timer = loop.schedule(afterMilliseconds: timeoutMilliseconds) { [self] in
      finish(
        .failure(
          SocketError(
            .timedOut, message: "the server at \(target.name) did not answer within \(target.timeoutSeconds) s",
            next: "check that it is up and no firewall is in between")))
    }
    target.addresses.find(on: loop) { [self] result in
      switch result {
      case .failure(let error): finish(.failure(error))
      case .success(let found):
        guard self.completion != nil else { return }
        connector = Connector(found, loop: loop, timeoutMilliseconds: timeoutMilliseconds) { [self] result in
          connector = nil
          if case .failure = result { target.addresses.forget() }
          connected(result)
        }
      }
    }
  }

  /// Gives up; the completion is not called.
  public func cancel() {
    completion = nil
    connector?.cancel()
    connector = nil
    stream?.close()
    stream = nil
    if let timer { loop.cancel(timer) }
  }

  private func connected(_ result: Result<Int32, SocketError>) {
    do throws(SocketError) {
      let descriptor = try result.get()
      guard completion != nil else {
        Socket.close(descriptor)
        return
      }
      Socket.tune(descriptor)
      let stream = try open(descriptor)
      self.stream = stream
      if let upgrade = target.upgrade { stream.write(upgrade.request) } else { finish(.success(stream)) }
    } catch {
      finish(.failure(error))
    }
  }

  private func open(_ descriptor: Int32) throws(SocketError) -> SocketStream {
    do throws(SocketError) { return try SocketStream(descriptor: descriptor, loop: loop, handler: self) } catch {
      Socket.close(descriptor)
      throw error
    }
  }

  private func finish(_ result: Result<SocketStream, SocketError>) {
    guard let completion else { return }
    self.completion = nil
    if let timer { loop.cancel(timer) }
    timer = nil
    connector?.cancel()
    connector = nil
    if case .failure = result { stream?.close() }
    stream = nil
    completion(result)
  }

  public func stream(_ stream: SocketStream, received bytes: RawSpan) {
    guard let upgrade = target.upgrade, bytes.byteCount == 1 else {
      // Bytes behind the answer were not encrypted, whoever sent them (CVE-2021-23222).
      fail(
        .tls, "the server sent \(bytes.byteCount) bytes in place of the answer to the request for TLS",
        "see who answers at its address")
      return
    }
    switch bytes.copied[0] {
    case upgrade.agreement:
      do throws(SocketError) {
        try stream.startTLS(connecting: upgrade.context, host: upgrade.host)
      } catch { finish(.failure(error)) }
    case upgrade.refusal: fail(.tls, "the server does not speak TLS", upgrade.refusedNext)
    default:
      fail(.tls, "the server's answer to the request for TLS is neither yes nor no", "see who answers at its address")
    }
  }

  private func fail(_ code: SocketError.Code, _ message: String, _ next: String) {
    finish(.failure(SocketError(code, message: message, next: next)))
  }

  public func streamSecured(_ stream: SocketStream) { finish(.success(stream)) }
  public func streamEnded(_ stream: SocketStream) {
    fail(.truncated, "the server closed the connection before the TLS handshake", "see the server's log")
  }
  public func streamClosed(_ stream: SocketStream, error: SocketError?) {
    finish(
      .failure(error ?? SocketError(.truncated, message: "the server closed the connection", next: "see the server's log")))
  }
  public func stream(_ stream: SocketStream, sniffed firstByte: UInt8) {}
  public func streamBlocked(_ stream: SocketStream) {}
  public func streamDrained(_ stream: SocketStream) {}
}
