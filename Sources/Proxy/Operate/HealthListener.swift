import Reactor

/// `/healthz`, `/readyz` and `/metrics` over HTTP/1.0: one request, one answer, close. For probes and Prometheus, on loopback.
final class HealthListener {
  private static let requestBytesMax = 8192
  private static let timeoutMilliseconds = 5000

  private let loop: EventLoop
  private let metrics: Metrics
  private let readiness: () -> String?
  private var listener: Listener?
  var address: SocketAddress? { listener?.address }

  /// `readiness` gives the reason why the proxy is not ready; nil when it is. On the loop's thread.
  init(_ address: SocketAddress, loop: EventLoop, metrics: Metrics, readiness: @escaping () -> String?) throws(SocketError) {
    self.loop = loop
    self.metrics = metrics
    self.readiness = readiness
    listener = try Listener(
      address, loop: loop, accepted: { [unowned self] socket, _ in accept(socket) }, refused: { _ in })
  }

  func close() { listener?.close() }

  private func accept(_ socket: Int32) {
    let request = Request { [unowned self] in answer($0) }
    guard let stream = try? SocketStream(descriptor: socket, loop: loop, handler: request) else {
      Socket.close(socket)
      return
    }
    _ = loop.schedule(afterMilliseconds: Self.timeoutMilliseconds) { stream.close() }
  }

  private func answer(_ path: String) -> String {
    switch path {
    case "/healthz": return Self.response("200 OK", "ok\n")
    case "/readyz":
      if let reason = readiness() { return Self.response("503 Service Unavailable", reason + "\n") }
      return Self.response("200 OK", "ready\n")
    case "/metrics": return Self.response("200 OK", metrics.exposition, type: "text/plain; version=0.0.4")
    default: return Self.response("404 Not Found", "no such page; there are /healthz, /readyz and /metrics\n")
    }
  }

  private static func response(_ status: String, _ body: String, type: String = "text/plain") -> String {
    "HTTP/1.0 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
  }

  private final class Request: StreamHandler {
    private var bytes: [UInt8] = []
    private let answer: (String) -> String

    init(_ answer: @escaping (String) -> String) { self.answer = answer }

    func stream(_ stream: SocketStream, received part: RawSpan) {
      bytes += part.copied
      guard bytes.count <= HealthListener.requestBytesMax else {
        stream.close()
        return
      }
      let text = String(decoding: bytes, as: UTF8.self)
      guard text.contains("\r\n\r\n") || text.contains("\n\n") else { return }
      let words = text.split(whereSeparator: \.isNewline).first?.split(separator: " ") ?? []
      let reply =
        words.count >= 2 && words[0] == "GET"
        ? answer(String(words[1].prefix { $0 != "?" })) : HealthListener.response("405 Method Not Allowed", "GET only\n")
      stream.write(Array(reply.utf8))
      stream.closeAfterFlush()
    }
    func stream(_ stream: SocketStream, sniffed firstByte: UInt8) {}
    func streamSecured(_ stream: SocketStream) {}
    func streamBlocked(_ stream: SocketStream) {}
    func streamDrained(_ stream: SocketStream) {}
    func streamEnded(_ stream: SocketStream) { stream.close() }
    func streamClosed(_ stream: SocketStream, error: SocketError?) {}
  }
}
