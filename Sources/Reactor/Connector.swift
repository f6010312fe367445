import CLinux
import Glibc

/// A connect(2) that does not block: tries resolved addresses in turn until one answers or the time is up. On the loop's thread.
public final class Connector {
  public typealias Completion = (Result<Int32, SocketError>) -> Void

  private let loop: EventLoop
  private var remaining: ArraySlice<SocketAddress>
  private var attempt: Attempt?
  private var timer: TimerToken?
  private var completion: Completion?
  private var lastError = SocketError(.configuration, message: "no address to connect to", next: "correct the host")

  /// The completion owns the connected, non-blocking socket and runs on the loop, perhaps before this returns.
  @discardableResult public init(
    _ addresses: [SocketAddress], loop: EventLoop, timeoutMilliseconds: Int, completion: @escaping Completion
  ) {
    self.loop = loop
    self.remaining = addresses[...]
    self.completion = completion
    timer = loop.schedule(afterMilliseconds: timeoutMilliseconds) { [self] in
      let target = attempt.map { " to \($0.address)" } ?? ""
      finish(
        .failure(
          SocketError(
            .timedOut, message: "connection\(target) timed out after \(timeoutMilliseconds) ms",
            next: "check that the server is up and no firewall is in between", errorNumber: ETIMEDOUT)))
    }
    next()
  }

  /// Gives up; the completion is not called.
  public func cancel() {
    completion = nil
    attempt?.abandon()
    attempt = nil
    if let timer { loop.cancel(timer) }
  }

  private func next() {
    while let address = remaining.popFirst() {
      let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
      let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue) | flags, 0)
      guard descriptor >= 0 else {
        lastError = .system("socket", next: "raise the limit of open files (ulimit -n)")
        continue
      }
      if unsafe address.withSockaddr({ unsafe connect(descriptor, $0, $1) }) == 0 {
        finish(.success(descriptor))
        return
      }
      guard errno == EINPROGRESS else {
        lastError = Self.refusal(address, errno)
        _ = Glibc.close(descriptor)
        continue
      }
      let attempt = Attempt(descriptor: descriptor, address: address, loop: loop) { [self] errorNumber in
        self.attempt = nil
        if errorNumber == 0 {
          finish(.success(descriptor))
        } else {
          lastError = Self.refusal(address, errorNumber)
          _ = Glibc.close(descriptor)
          next()
        }
      }
      do {
        try loop.add(attempt, events: SocketStream.writeEvents)
        self.attempt = attempt
        return
      } catch {
        lastError = error
        _ = Glibc.close(descriptor)
      }
    }
    finish(.failure(lastError))
  }

  private func finish(_ result: Result<Int32, SocketError>) {
    if let timer { loop.cancel(timer) }
    timer = nil
    attempt?.abandon()
    attempt = nil
    let completion = completion
    self.completion = nil
    completion?(result)
  }

  private static func refusal(_ address: SocketAddress, _ errorNumber: Int32) -> SocketError {
    .system("cannot connect to \(address)", next: "check that the server is up and listens there", errorNumber: errorNumber)
  }

  private final class Attempt: EventSource {
    let address: SocketAddress
    private let loop: EventLoop
    private var done: ((Int32) -> Void)?

    init(descriptor: Int32, address: SocketAddress, loop: EventLoop, done: @escaping (Int32) -> Void) {
      self.address = address
      self.loop = loop
      self.done = done
      super.init(descriptor: descriptor)
    }

    override func handle(events: UInt32) {
      loop.remove(self)
      let done = done
      self.done = nil
      done?(Socket.pendingError(descriptor))
    }

    func abandon() {
      guard isRegistered else { return }
      done = nil
      loop.remove(self)
      _ = Glibc.close(descriptor)
    }
  }
}
