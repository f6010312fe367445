import Synchronization

/// Where a host is. Literals and Unix paths are known at once; a name is resolved off the loops, kept for a while, and asked again
/// after a failed connect.
public final class HostAddresses: Sendable {
  private static let keptMilliseconds: UInt64 = 30_000

  private struct Known {
    var addresses: [SocketAddress] = []
    var untilMilliseconds: UInt64 = 0
  }
  private let host: String
  private let port: Int
  private let resolver: BlockingPool
  private let known = Mutex(Known())
  private let literal: SocketAddress?

  /// - Parameter host: a name, an address literal, or the path of a Unix socket.
  public init(host: String, port: Int, resolver: BlockingPool) {
    self.host = host
    self.port = port
    self.resolver = resolver
    literal = SocketAddress.literal(host: host, port: port)
  }

  /// Calls back on the loop, perhaps before it returns.
  public func find(on loop: EventLoop, _ completion: @escaping (Result<[SocketAddress], SocketError>) -> Void) {
    if let literal {
      completion(.success([literal]))
      return
    }
    let fresh = known.withLock { $0.untilMilliseconds > EventLoop.monotonicMilliseconds() ? $0.addresses : [] }
    if !fresh.isEmpty {
      completion(.success(fresh))
      return
    }
    let answer = LoopBound(completion, loop: loop)
    let accepted = resolver.submit { [self] in
      let result = resolve()
      loop.execute { answer.value(result) }
    }
    if !accepted {
      completion(.failure(SocketError(.resolution, message: "too many look-ups of \(host) wait", next: "try again")))
    }
  }

  /// The addresses did not answer: ask again next time, for a failover moves names.
  public func forget() { known.withLock { $0.untilMilliseconds = 0 } }

  private func resolve() -> Result<[SocketAddress], SocketError> {
    do throws(SocketError) {
      let found = try SocketAddress.resolve(host: host, port: port)
      known.withLock {
        $0 = Known(addresses: found, untilMilliseconds: EventLoop.monotonicMilliseconds() + Self.keptMilliseconds)
      }
      return .success(found)
    } catch {
      return .failure(error)
    }
  }
}
