import Foundation
import Glibc
import Synchronization

/// An HTTP server on a Unix socket that answers each request with the bytes that the test gives, and keeps what it was asked. Threads of
/// its own; all unsafe code in here.
public final class ScriptedHTTPServer: Sendable {
  /// What is sent for one request.
  public struct Step: Sendable {
    public var bytes: [UInt8]
    /// Close the connection after the bytes.
    public var closes: Bool

    public init(bytes: [UInt8], closes: Bool = false) {
      self.bytes = bytes
      self.closes = closes
    }
  }

  /// Of the socket.
  public let path: String
  private let listener: Int32
  private let requests = Mutex<[String]>([])
  private let connections = Mutex<Int>(0)

  /// - Parameter answer: called with the request's head and body, on the connection's thread.
  public init(answer: @escaping @Sendable (String) -> Step) throws {
    path = "/tmp/issuer-http-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock"
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in unsafe room.copyBytes(from: path.utf8) }
    let bound = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0, listen(listener, 16) == 0 else { throw POSIXError(.EADDRINUSE) }
    Thread.detachNewThread { [self] in
      while true {
        let connection = accept(listener, nil, nil)
        if connection < 0 { return }
        connections.withLock { $0 += 1 }
        Thread.detachNewThread { [self] in
          serve(connection, answer)
          close(connection)
        }
      }
    }
  }

  /// Every request so far: head, blank line, body.
  public var asked: [String] { requests.withLock { $0 } }
  public var connectionCount: Int { connections.withLock { $0 } }

  public func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
    _ = unsafe unlink(path)
  }

  private func serve(_ connection: Int32, _ answer: (String) -> Step) {
    var buffer: [UInt8] = []
    while let request = read(connection, &buffer) {
      requests.withLock { $0.append(request) }
      let step = answer(request)
      var sent = 0
      while sent < step.bytes.count {
        let count = unsafe step.bytes.withUnsafeBytes { bytes in
          unsafe send(connection, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
        }
        if count <= 0 { return }
        sent += count
      }
      if step.closes { return }
    }
  }

  private func read(_ connection: Int32, _ buffer: inout [UInt8]) -> String? {
    while true {
      let text = String(decoding: buffer, as: UTF8.self)
      if let end = text.range(of: "\r\n\r\n") {
        let head = text[..<end.lowerBound]
        let length =
          head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
          .flatMap { Int($0.split(separator: ":")[1].trimmingCharacters(in: .whitespaces)) } ?? 0
        let total = text[..<end.upperBound].utf8.count + length
        if buffer.count >= total {
          let request = String(decoding: buffer[..<total], as: UTF8.self)
          buffer.removeFirst(total)
          return request
        }
      }
      var chunk = [UInt8](repeating: 0, count: 4096)
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(connection, $0.baseAddress, $0.count, 0) }
      if count <= 0 { return nil }
      buffer += chunk[..<count]
    }
  }

  public static func json(_ status: Int, _ body: String) -> Step {
    Step(
      bytes: Array(
        "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8))
  }
}
