import Audit
import Foundation
import IssuerAPI
import Logging
import PostgresClient
import ServiceLifecycle
import Sodium
import Vault

/// issuerd: starts the parts in their order, runs them, and stops them gracefully.
public struct IssuerDaemon: Sendable {
  private static let stopSecondsMax = 20

  private let configuration: IssuerConfiguration
  private let logger: Logger

  public init(configuration: IssuerConfiguration, logger: Logger) {
    self.configuration = configuration
    self.logger = logger
  }

  /// What `check-config` looks at beside the configuration file itself: the vault opens, the policy is whole, the files are there.
  /// - Throws: what is wrong, in words.
  public static func check(_ configuration: IssuerConfiguration) throws -> [String] {
    var found = ["configuration: cluster \(configuration.cluster)"]
    let vault = try Vault.open(at: configuration.vault.file, with: .keyFile(configuration.vault.keyFile))
    guard vault.body.clusters[configuration.cluster] != nil else {
      throw ConfigurationError(
        file: configuration.vault.file, message: "the vault holds no credential of the cluster \(configuration.cluster)",
        next: "run `issuerctl init --cluster \(configuration.cluster)`")
    }
    found.append("vault: opens, \(vault.slots.count) key slots")
    let (policy, fingerprint) = try PolicyStore.read(configuration.policyFile, cluster: configuration.cluster)
    found.append("policy: \(policy.scopes.count) scopes, fingerprint \(fingerprint.prefix(16))")
    found.append("sql: \(try SQLDirectory.located().path)")
    return found
  }

  /// What a process that is issuerd and nothing else does first: no core dumps, and files and sockets for its own user until their
  /// modes are set.
  public static func prepareProcess() throws {
    try ProcessHardening.apply()
    umask(0o077)
  }

  /// Runs until SIGTERM or SIGINT. SIGHUP reloads the policy.
  public func run() async throws {
    let service = try await start()
    let background = BackgroundWork(service: service, logger: logger)
    var services: [ServiceGroupConfiguration.ServiceConfiguration] = [.init(service: background)]
    services += try Listeners(service: service, logger: logger).all().map { .init(service: $0) }
    services.append(.init(service: StreamEnding(hub: service.hub)))
    var group = ServiceGroupConfiguration(
      services: services, gracefulShutdownSignals: [.sigterm, .sigint], cancellationSignals: [], logger: logger)
    group.maximumGracefulShutdownDuration = .seconds(Self.stopSecondsMax)
    try await service.trail.record(IssuerEvent(.started, text: "issuerd \(IssuerVersion.text)"))
    logger.info(
      "issuerd is up", metadata: ["cluster": "\(configuration.cluster)", "socket": "\(configuration.peopleSocket.path)"])
    do {
      try await ServiceGroup(configuration: group).run()
    } catch {
      logger.error("issuerd stops", metadata: ["error": "\(error)"])
      await stop(service)
      throw error
    }
    await stop(service)
  }

  private func stop(_ service: IssuerService) async {
    try? await service.trail.record(IssuerEvent(.stopped, text: "issuerd \(IssuerVersion.text)"))
    await service.pool.stop()
    await service.endingPool.stop()
    logger.info("issuerd has stopped")
  }

  /// Opens the vault, ends a rotation that was cut short, brings the ledger up to date, and loads the policy. While the database cannot
  /// be reached it waits: a reboot starts both at once.
  func start() async throws -> IssuerService {
    let vault = try Vault.open(at: configuration.vault.file, with: .keyFile(configuration.vault.keyFile))
    let sql = try SQLDirectory.located()
    let connector = LedgerConnector(
      vault: vault, cluster: configuration.cluster, keywords: configuration.postgres.keywords, instance: IssuerService.newID())
    let log = try AuditLog(
      directory: configuration.auditDirectory, writer: configuration.name,
      durability: configuration.auditDurability == .strict ? .strict : .normal)
    let trail = AuditTrail(log: log)
    try await untilReachable {
      try AdminRotation(vault: vault, connector: connector).recover()
      let connection = try connector.schema()
      let run = try LedgerSchema(sql).install(on: connection)
      if !run.isEmpty { logger.info("the ledger is brought up to date", metadata: ["files": "\(run.count)"]) }
    }
    let pool = LedgerPool(name: "ledger", size: configuration.postgres.connections) { try connector.ledger("issuing") }
    let endingPool = LedgerPool(name: "ending", size: 3) { try connector.ledger("ending") }
    let loader = ScopeLoader(
      connector: connector, compiler: ScopeCompiler(schema: try ScopeSchema(sql)), logger: logger)
    let service = try IssuerService(
      configuration: configuration, vault: vault, connector: connector, pool: pool, endingPool: endingPool,
      policies: PolicyStore(path: configuration.policyFile, cluster: configuration.cluster, loader: loader), hub: EventHub(),
      trail: trail, sql: sql, logger: logger)
    _ = try await service.reloadPolicy(by: "issuerd")
    return service
  }

  private func untilReachable(_ body: @escaping @Sendable () throws -> Void) async throws {
    var pauseSeconds = 1
    while true {
      do {
        return try await Blocking.run(body)
      } catch let error as PostgresError where error.isConnectionLost || error.sqlState == .cannotConnect {
        logger.warning(
          "the database cannot be reached yet", metadata: ["error": "\(error)", "retryInSeconds": "\(pauseSeconds)"])
        try await Task.sleep(for: .seconds(pauseSeconds))
        pauseSeconds = min(10, pauseSeconds * 2)
      }
    }
  }
}
