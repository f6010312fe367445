import Foundation
import IssuerAPI
import Policy
import Sodium
import Synchronization

/// The policy in force. A new file takes effect only when all of it is right and all its scopes are compiled; until then, and when it is
/// wrong, the old one stays.
actor PolicyStore {
  private let path: String
  private let cluster: String
  private let loader: ScopeLoader
  private let loaded = Mutex<LoadedPolicy?>(nil)
  private var isLoading = false

  init(path: String, cluster: String, loader: ScopeLoader) {
    self.path = path
    self.cluster = cluster
    self.loader = loader
  }

  /// The policy in force; `unavailable` before the first was loaded. Never waits for a reload that is under way.
  nonisolated var current: LoadedPolicy {
    get throws(APIError) {
      guard let policy = loaded.withLock({ $0 }) else { throw .unavailable("the policy is not loaded yet") }
      return policy
    }
  }

  nonisolated var isLoaded: Bool { loaded.withLock { $0 != nil } }

  /// Reads the file and compiles its scopes. Answers whether the policy is another one than before; scopes are compiled again either
  /// way, since the databases may have changed.
  func reload() async throws -> (policy: LoadedPolicy, changed: Bool) {
    guard !isLoading else {
      throw APIError.conflict(
        "the policy is being loaded just now", next: "wait until that has ended: `issuerctl policy check --live`")
    }
    isLoading = true
    defer { isLoading = false }
    let (policy, fingerprint) = try Self.read(path, cluster: cluster)
    let before = loaded.withLock { $0?.fingerprint }
    let compiled = try await Blocking.run { [loader] in try loader.compile(policy) }
    let fresh = LoadedPolicy(
      engine: DecisionEngine(policy: policy), fingerprint: fingerprint, loadedAt: Timestamp.now(), compiled: compiled)
    loaded.withLock { $0 = fresh }
    return (fresh, before != fingerprint)
  }

  /// Looks again at the compiled scopes, whose databases may have changed. Answers the names of scopes that are refused now and were
  /// not before.
  func recheck() async throws -> [String] {
    guard !isLoading, var policy = loaded.withLock({ $0 }) else { return [] }
    isLoading = true
    defer { isLoading = false }
    let before = policy.compiled
    // A scope without a role could not be looked at when the policy was loaded: its database may be back.
    let isWhole = before.values.allSatisfy { !$0.role.isEmpty }
    policy.compiled = try await Blocking.run { [loader, policy = policy.policy] in
      try isWhole ? loader.check(before) : loader.compile(policy)
    }
    loaded.withLock { [policy] in $0 = policy }
    return policy.compiled.values.map(\.scope).filter { policy.isFoundUnenforceable($0) && before[$0]?.state != .refused }
  }

  /// Reads and checks a policy file against the cluster that this issuer serves.
  /// - Throws: `APIError` with code `invalid`, all that is wrong in its message.
  static func read(_ path: String, cluster: String) throws -> (Policy, fingerprint: String) {
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw APIError.invalid("the policy file \(path) cannot be read", next: "check its path in issuerd.yaml and its permissions")
    }
    do {
      let policy = try PolicyFile.parse(text).policy
      guard policy.cluster == cluster else {
        throw APIError.invalid(
          "\(path) governs the cluster \(policy.cluster), this issuer serves \(cluster)",
          next: "correct `cluster:` in one of them")
      }
      return (policy, Hex.encode(Digest.blake2b(Array(text.utf8))))
    } catch let error as PolicyErrors {
      throw APIError.invalid("\(path) does not load:\n\(error)", next: "correct it; the policy before it stays in force")
    }
  }
}
