/// Gathers revocations that come while others are under way, so that two hundred at once take a few round trips and not a thousand.
actor RevocationQueue {
  struct Revocation: Sendable {
    var lease: String
    var reason: String
    var who: String
  }

  private static let lanesMax = 2
  private static let batchMax = 100

  private var waiting: [(revocation: Revocation, continuation: CheckedContinuation<Void, any Error>)] = []
  private var lanes = 0

  /// Returns when the lease's end has been carried as far as it goes.
  func add(_ revocation: Revocation, end: @escaping @Sendable ([Revocation]) async throws -> Void) async throws {
    try await withCheckedThrowingContinuation { continuation in
      waiting.append((revocation, continuation))
      if lanes < Self.lanesMax {
        lanes += 1
        Task { await work(end) }
      }
    }
  }

  private func work(_ end: @Sendable ([Revocation]) async throws -> Void) async {
    while !waiting.isEmpty {
      let batch = Array(waiting.prefix(Self.batchMax))
      waiting.removeFirst(batch.count)
      do {
        try await end(batch.map(\.revocation))
        for item in batch { item.continuation.resume() }
      } catch {
        for item in batch { item.continuation.resume(throwing: error) }
      }
    }
    lanes -= 1
  }
}
