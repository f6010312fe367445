import IssuerAPI
import Reactor

/// Calls of issuerd from a loop, over a few connections that stay: who logs in waits for no thread to be woken. One loop's.
final class LoopCalls {
  typealias Completion = (Result<HTTPClient.Answer, HTTPFailure>) -> Void

  private static let linksMax = 16
  private static let waitingMax = 1024
  private static let timeoutMilliseconds = 30_000

  private let address: SocketAddress?
  private let loop: EventLoop
  /// The one used last is last.
  private var idle: [Link] = []
  private var busyCount = 0
  private var waiting: [Exchange] = []
  private var isSending = false

  /// - Parameter path: of issuerd's socket.
  init(path: String, loop: EventLoop) {
    address = try? SocketAddress(unixPath: path)
    self.loop = loop
  }

  /// Sends a request; the answer comes on the loop, perhaps before this returns when nobody listens.
  func post(_ target: String, _ body: [UInt8], answered: @escaping Completion) {
    let head =
      "POST \(target) HTTP/1.1\r\nHost: issuer\r\nAccept: application/json\r\nContent-Type: application/json\r\n"
      + "Content-Length: \(body.count)\r\n\r\n"
    let exchange = Exchange(Array(head.utf8) + body, answered)
    guard waiting.count < Self.waitingMax else {
      exchange.end(.failure(.unreachable("too many calls wait")), loop)
      return
    }
    exchange.timer = loop.schedule(afterMilliseconds: Self.timeoutMilliseconds) { [self] in
      exchange.timer = nil
      waiting.removeAll { $0 === exchange }
      if let link = exchange.link {
        over(link, .failure(.timedOut("no answer in time")))
      } else {
        exchange.end(.failure(.timedOut("no answer in time")), loop)
      }
    }
    waiting.append(exchange)
    next()
  }

  /// A call that fails at once comes back here: for all that wait, one after the other, not one within the other.
  private func next() {
    if isSending { return }
    isSending = true
    defer { isSending = false }
    while !waiting.isEmpty, busyCount < Self.linksMax {
      let exchange = waiting.removeFirst()
      if exchange.isOver { continue }
      busyCount += 1
      if let link = idle.popLast() { link.carry(exchange) } else { connect(for: exchange) }
    }
  }

  private func connect(for exchange: Exchange) {
    guard let address else { return failed(exchange, "its path is too long") }
    Connector([address], loop: loop, timeoutMilliseconds: Self.timeoutMilliseconds) { [self] result in
      do throws(SocketError) {
        let descriptor = try result.get()
        if exchange.isOver {
          Socket.close(descriptor)
          busyCount -= 1
          next()
          return
        }
        let link = Link(self)
        do throws(SocketError) { link.stream = try SocketStream(descriptor: descriptor, loop: loop, handler: link) } catch {
          Socket.close(descriptor)
          throw error
        }
        link.carry(exchange)
      } catch {
        failed(exchange, error.message)
      }
    }
  }

  private func failed(_ exchange: Exchange, _ why: String) {
    busyCount -= 1
    exchange.end(.failure(.unreachable(why)), loop)
    next()
  }

  /// A link's exchange came to its end, or the link did.
  fileprivate func over(_ link: Link, _ result: Result<HTTPClient.Answer, HTTPFailure>, staysOpen: Bool = false) {
    let exchange = link.exchange
    link.exchange = nil
    exchange?.link = nil
    if !staysOpen {
      link.stream?.close()
      idle.removeAll { $0 === link }
    }
    guard let exchange else { return }
    busyCount -= 1
    if staysOpen { idle.append(link) }
    // A connection that had been idle was closed at the other end as this request left: nobody has read it.
    if case .failure(.lost) = result, link.isReused, link.reader.isEmpty, !exchange.isRepeated, !exchange.isOver {
      exchange.isRepeated = true
      waiting.insert(exchange, at: 0)
    } else {
      exchange.end(result, loop)
    }
    next()
  }

  fileprivate final class Exchange {
    let request: [UInt8]
    private var answered: Completion?
    var timer: TimerToken?
    var link: Link?
    var isRepeated = false
    var isOver: Bool { answered == nil }

    init(_ request: [UInt8], _ answered: @escaping Completion) {
      self.request = request
      self.answered = answered
    }

    func end(_ result: Result<HTTPClient.Answer, HTTPFailure>, _ loop: EventLoop) {
      if let timer { loop.cancel(timer) }
      timer = nil
      let answered = answered
      self.answered = nil
      answered?(result)
    }
  }

  /// One connection to issuerd.
  fileprivate final class Link: StreamHandler {
    private unowned let calls: LoopCalls
    var stream: SocketStream?
    var exchange: Exchange?
    var reader = AnswerReader()
    var isReused = false
    private var wasUsed = false

    init(_ calls: LoopCalls) { self.calls = calls }

    func carry(_ exchange: Exchange) {
      self.exchange = exchange
      exchange.link = self
      isReused = wasUsed
      wasUsed = true
      reader = AnswerReader()
      stream?.write(exchange.request)
    }

    func stream(_ stream: SocketStream, received bytes: RawSpan) {
      do throws(AnswerReader.Malformed) {
        guard exchange != nil else { throw AnswerReader.Malformed() }
        guard let answer = try reader.received(bytes.copied) else { return }
        calls.over(self, .success(answer), staysOpen: reader.staysOpen)
      } catch {
        calls.over(self, .failure(.stopped))
      }
    }

    func streamEnded(_ stream: SocketStream) { calls.over(self, .failure(.lost("the issuer closed the connection"))) }
    func streamClosed(_ stream: SocketStream, error: SocketError?) {
      calls.over(self, .failure(.lost(error?.message ?? "the issuer closed the connection")))
    }
    func stream(_ stream: SocketStream, sniffed firstByte: UInt8) {}
    func streamSecured(_ stream: SocketStream) {}
    func streamBlocked(_ stream: SocketStream) {}
    func streamDrained(_ stream: SocketStream) {}
  }
}
