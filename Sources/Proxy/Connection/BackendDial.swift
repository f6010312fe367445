import PostgresWire
import Reactor

/// Opens one connection to the server, up to the end of its TLS handshake. The stream is then handed over with this as its handler;
/// the new owner puts itself in its place.
final class BackendDial: StreamHandler {
  typealias Completion = (Result<SocketStream, SocketError>) -> Void

  private let backend: ProxyConfiguration.Backend
  private let context: TLSContext?
  private let loop: EventLoop
  private var connector: Connector?
  private var stream: SocketStream?
  private var completion: Completion?
  private var timer: TimerToken?

  /// The completion runs on the loop, once, perhaps before this returns.
  init(
    _ backend: ProxyConfiguration.Backend, addresses: BackendAddresses, context: TLSContext?, loop: EventLoop,
    completion: @escaping Completion
  ) {
    self.backend = backend
    self.context = context
    self.loop = loop
    self.completion = completion
    let timeoutMilliseconds = backend.connectTimeoutSeconds * 1000
    timer = loop.schedule(afterMilliseconds: timeoutMilliseconds) { [self] in
      finish(
        .failure(
          SocketError(
            .timedOut, message: "the server at \(backend.host) did not answer within \(backend.connectTimeoutSeconds) s",
            next: "check that it is up and no firewall is in between")))
    }
    addresses.find(on: loop) { [self] result in
      switch result {
      case .failure(let error): finish(.failure(error))
      case .success(let found):
        guard self.completion != nil else { return }
        connector = Connector(found, loop: loop, timeoutMilliseconds: timeoutMilliseconds) { [self] result in
          connector = nil
          if case .failure = result { addresses.forget() }
          connected(result)
        }
      }
    }
  }

  /// Gives up; the completion is not called.
  func cancel() {
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
      if context == nil { finish(.success(stream)) } else { stream.write(StartupPacket.sslRequest.bytes) }
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

  func stream(_ stream: SocketStream, received bytes: RawSpan) {
    guard let context, bytes.byteCount == 1 else {
      // Bytes behind the answer were not encrypted, whoever sent them (CVE-2021-23222).
      fail(
        .tls, "the server sent \(bytes.byteCount) bytes in place of the answer to SSLRequest", "see who answers at its address")
      return
    }
    switch bytes.copied[0] {
    case UInt8(ascii: "S"):
      do throws(SocketError) {
        try stream.startTLS(connecting: context, host: backend.host)
      } catch { finish(.failure(error)) }
    case UInt8(ascii: "N"):
      fail(.tls, "the server does not speak TLS", "set ssl = on in its postgresql.conf, or sslmode: disable in proxy.yaml")
    default:
      fail(.tls, "the server did not answer SSLRequest with S or N", "see who answers at its address")
    }
  }

  private func fail(_ code: SocketError.Code, _ message: String, _ next: String) {
    finish(.failure(SocketError(code, message: message, next: next)))
  }

  func streamSecured(_ stream: SocketStream) { finish(.success(stream)) }
  func streamEnded(_ stream: SocketStream) {
    fail(.truncated, "the server closed the connection before the TLS handshake", "see the server's log")
  }
  func streamClosed(_ stream: SocketStream, error: SocketError?) {
    finish(
      .failure(error ?? SocketError(.truncated, message: "the server closed the connection", next: "see the server's log")))
  }
  func stream(_ stream: SocketStream, sniffed firstByte: UInt8) {}
  func streamBlocked(_ stream: SocketStream) {}
  func streamDrained(_ stream: SocketStream) {}
}
