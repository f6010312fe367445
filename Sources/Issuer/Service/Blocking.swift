import Dispatch

/// Runs work that blocks (libpq, the disk) beside Swift's own threads, which must not.
enum Blocking {
  private static let queue = DispatchQueue(label: "issuer.blocking", attributes: .concurrent)

  static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try body() }) }
    }
  }
}
