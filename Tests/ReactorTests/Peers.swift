import Foundation
import Reactor
import Synchronization

/// Counts what happens on loops, and waits for it with a deadline.
final class Witness: Sendable {
  struct State {
    var received: [UInt8] = []
    var events: [String] = []
    var errors: [SocketError] = []
  }
  private let state = Mutex(State())

  func note(_ event: String) { state.withLock { $0.events.append(event) } }
  func note(_ error: SocketError) { state.withLock { $0.errors.append(error) } }
  func received(_ bytes: [UInt8]) { state.withLock { $0.received += bytes } }
  var now: State { state.withLock { $0 } }

  /// Whether the condition came true within ten seconds.
  func waits(_ condition: (State) -> Bool) -> Bool {
    let end = Date().addingTimeInterval(10)
    while Date() < end {
      if condition(now) { return true }
      usleep(1000)
    }
    return condition(now)
  }
}

/// A handler made of closures.
final class Peer: StreamHandler {
  let witness: Witness
  var onBytes: (SocketStream, [UInt8]) -> Void = { _, _ in }
  var onEnd: (SocketStream) -> Void = { _ in }
  var onSecured: (SocketStream) -> Void = { _ in }
  var onSniff: (SocketStream, UInt8) -> Void = { _, _ in }
  var onDrained: (SocketStream) -> Void = { _ in }

  init(_ witness: Witness) { self.witness = witness }

  func stream(_ stream: SocketStream, received bytes: RawSpan) {
    let copy = unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
    witness.received(copy)
    onBytes(stream, copy)
  }
  func stream(_ stream: SocketStream, sniffed firstByte: UInt8) {
    witness.note("sniffed \(firstByte)")
    onSniff(stream, firstByte)
  }
  func streamSecured(_ stream: SocketStream) {
    witness.note("secured")
    onSecured(stream)
  }
  func streamBlocked(_ stream: SocketStream) { witness.note("blocked") }
  func streamDrained(_ stream: SocketStream) {
    witness.note("drained")
    onDrained(stream)
  }
  func streamEnded(_ stream: SocketStream) {
    witness.note("ended")
    onEnd(stream)
  }
  func streamClosed(_ stream: SocketStream, error: SocketError?) {
    witness.note("closed")
    if let error { witness.note(error) }
  }
}

/// A certificate of its own authority, made by the openssl command, in a directory that goes with it.
struct Certificates {
  let directory: URL
  var authority: String { directory.appending(path: "ca.pem").path }
  var certificate: String { directory.appending(path: "server.pem").path }
  var key: String { directory.appending(path: "server.key").path }

  init(name: String = "db.example") throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "reactor-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let script = """
      set -e; cd "$1"; umask 077
      openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 2 2>/dev/null
      openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj "/CN=$2" 2>/dev/null
      printf 'subjectAltName=DNS:%s,IP:127.0.0.1\\n' "$2" > extension
      openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extension -out server.pem 2>/dev/null
      """
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", script, "sh", directory.path, name]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
  }

  func remove() { try? FileManager.default.removeItem(at: directory) }
}

/// A loop, a listener on a port of the kernel's choice, and its address.
final class Server: @unchecked Sendable {
  let loop: EventLoop
  private(set) var address: SocketAddress

  init(accepted: @escaping @Sendable (EventLoop, Int32) -> Void) throws {
    let loop = try EventLoop()
    try loop.start()
    self.loop = loop
    let any = try SocketAddress.resolve(host: "127.0.0.1", port: 0)[0]
    let bound = Mutex<SocketAddress?>(nil)
    loop.execute {
      let listener = try? Listener(any, loop: loop, accepted: { socket, _ in accepted(loop, socket) }, refused: { _ in })
      bound.withLock { $0 = listener?.address }
    }
    while bound.withLock({ $0 }) == nil { usleep(1000) }
    address = bound.withLock { $0! }
  }

  /// Connects from the same loop and gives the stream to the body.
  func connect(_ body: @escaping @Sendable (Result<Int32, SocketError>) -> Void) {
    let address = address
    loop.execute { [loop] in Connector([address], loop: loop, timeoutMilliseconds: 5000) { body($0) } }
  }
}
