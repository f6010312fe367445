import Audit
import FoundationEssentials
import IssuerAPI
import Logging
import PostgresClient
import Sodium
import Synchronization
import Vault

/// Everything that the routes call: asking, deciding, ending, logging in. The topics are in extensions beside what they need.
final class IssuerService: Sendable {
  let configuration: IssuerConfiguration
  let vault: Vault
  let connector: LedgerConnector
  /// Issuing and reading.
  let pool: LedgerPool
  /// Ending leases only: connected from the start, so that a full server or a busy pool never stands in the way of a revocation.
  let endingPool: LedgerPool
  let policies: PolicyStore
  let hub: EventHub
  let trail: AuditTrail
  let logger: Logger
  let ending: LeaseEnding
  let sweeper: Sweeper
  let rotation: AdminRotation
  let staticRotation: StaticRoleRotation
  let pendingLogins = PendingLogins()
  let knownLogins: KnownLogins
  /// By role and address: role names stand in pg_roles, so somebody elsewhere must not be able to lock a lease out.
  let loginFailures = FailureLimiter(countMax: 20, period: .seconds(60))
  /// By address, over all roles; wider, since many people may share one.
  let addressFailures = FailureLimiter(countMax: 200, period: .seconds(60))
  let tokenFailures = FailureLimiter(countMax: 20, period: .seconds(60))
  /// By proxy; each cancel key that is passed on counts, right or not.
  let cancelLimiter = FailureLimiter(countMax: IssuerService.cancelsPerSecondMax, period: .seconds(1))
  let metrics = Metrics()
  let startedAt = Timestamp.now()
  /// Signed and in the log, but not in the ledger yet.
  let unstoredCheckpoint = Mutex<SignedCheckpoint?>(nil)
  /// When each proxy's stream was last open.
  let proxiesSeen = Mutex<[String: String]>([:])

  init(
    configuration: IssuerConfiguration, vault: Vault, connector: LedgerConnector, pool: LedgerPool, endingPool: LedgerPool,
    policies: PolicyStore, hub: EventHub, trail: AuditTrail, sql: SQLDirectory, logger: Logger
  ) throws {
    knownLogins = try KnownLogins()
    self.configuration = configuration
    self.vault = vault
    self.connector = connector
    self.pool = pool
    self.endingPool = endingPool
    self.policies = policies
    self.hub = hub
    self.trail = trail
    self.logger = logger
    ending = LeaseEnding(pool: endingPool, connector: connector, sql: sql, trail: trail, logger: logger)
    sweeper = Sweeper(
      pool: endingPool, ending: ending, vault: vault, instance: connector.instance, trail: trail, logger: logger,
      intervalSeconds: configuration.sweepIntervalSeconds)
    rotation = AdminRotation(vault: vault, connector: connector)
    staticRotation = StaticRoleRotation(vault: vault, connector: connector, roles: configuration.staticRoles)
  }

  /// A random UUID (RFC 9562, version 4) in lower case. Foundation's opens /dev/urandom for each.
  static func newID() -> String {
    var bytes = Random.bytes(16)
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    let digits = Hex.encode(bytes).utf8
    var text: [UInt8] = []
    text.reserveCapacity(36)
    for (index, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(index) { text.append(UInt8(ascii: "-")) }
      text.append(digit)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Checks an id that came in a path: everything else than a UUID names nothing.
  static func id(_ text: String?, of what: String) throws(APIError) -> String {
    guard let text, let id = UUID(uuidString: text) else { throw .notFound("\(what) with that id") }
    return id.uuidString.lowercased()
  }

  /// Checks a text that a person wrote.
  static func checkText(_ text: String?, _ name: String, bytesMax: Int) throws(APIError) {
    guard let text else { return }
    guard text.utf8.count <= bytesMax else {
      throw .invalid("\(name) is longer than \(bytesMax) bytes", next: "shorten it")
    }
    guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
      throw .invalid("\(name) holds control characters", next: "write it in one line of plain text")
    }
  }
}
