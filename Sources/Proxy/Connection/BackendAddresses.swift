import Reactor
import Synchronization

/// Where the server is. Literals and Unix paths are known at once; a name is resolved off the loops, kept for a while, and asked
/// again after a failed connect.
final class BackendAddresses: Sendable {
  private static let keptMilliseconds: UInt64 = 30_000

  private struct Known {
    var addresses: [SocketAddress] = []
    var untilMilliseconds: UInt64 = 0
  }
  private let backend: ProxyConfiguration.Backend
  private let resolver: BlockingPool
  private let known = Mutex(Known())
  private let literal: SocketAddress?

  init(_ backend: ProxyConfiguration.Backend, resolver: BlockingPool) {
    self.backend = backend
    self.resolver = resolver
    literal = SocketAddress.literal(host: backend.unixPath ?? backend.host, port: backend.port)
  }

  /// Calls back on the loop, perhaps before it returns.
  func find(on loop: EventLoop, _ completion: @escaping (Result<[SocketAddress], SocketError>) -> Void) {
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
      completion(.failure(SocketError(.resolution, message: "too many look-ups of \(backend.host) wait", next: "try again")))
    }
  }

  /// The addresses did not answer: ask again next time, for a failover moves names.
  func forget() { known.withLock { $0.untilMilliseconds = 0 } }

  private func resolve() -> Result<[SocketAddress], SocketError> {
    do throws(SocketError) {
      let found = try SocketAddress.resolve(host: backend.host, port: backend.port)
      known.withLock {
        $0 = Known(addresses: found, untilMilliseconds: EventLoop.monotonicMilliseconds() + Self.keptMilliseconds)
      }
      return .success(found)
    } catch {
      return .failure(error)
    }
  }
}
