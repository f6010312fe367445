import Audit
import Foundation
import IssuerAPI
import Logging
import PostgresWire
import Reactor
import SQLAnalysis
import Synchronization

/// What all sessions of the proxy share.
final class ProxyContext: Sendable {
  /// Certificates as last loaded; SIGHUP replaces them, and running sessions keep theirs.
  struct Certificates: Sendable {
    var server: TLSContext?
    var client: TLSContext?

    init(_ configuration: ProxyConfiguration) throws(SocketError) {
      if let files = configuration.tls { server = try TLSContext(serverCertificateFile: files.certificate, keyFile: files.key) }
      if let verification = configuration.backend.verification {
        let pair = configuration.backend.clientCertificate
        client = try TLSContext(
          verification: verification, rootCertificateFile: configuration.backend.rootCertificate,
          certificateFile: pair?.certificate,
          keyFile: pair?.key)
      }
    }
  }

  let configuration: ProxyConfiguration
  let issuer: any IssuerConnection
  let issuerPool: BlockingPool
  let addresses: HostAddresses
  let analyser: SQLAnalyser
  let audit: AuditLog
  let metrics = Metrics()
  let cancels: CancelRegistry
  let cancelRouter: CancelRouter
  let sessions = SessionRegistry()
  let halfOpen: HalfOpenCounter
  let lookups = LookupCounter()
  let logger: Logger
  let open = Atomic<Int>(0)
  /// Connections of each worker, those on their way to it included.
  let load: Mutex<[Int]>
  let isDraining = Atomic<Bool>(false)
  private let certificates: Mutex<Certificates>

  init(
    _ configuration: ProxyConfiguration, issuer: any IssuerConnection, audit: AuditLog, issuerPool: BlockingPool,
    resolver: BlockingPool, analyser: SQLAnalyser, logger: Logger
  ) throws(SocketError) {
    self.configuration = configuration
    self.issuer = issuer
    self.audit = audit
    self.issuerPool = issuerPool
    self.analyser = analyser
    self.logger = logger
    cancels = CancelRegistry()
    cancelRouter = CancelRouter(
      registry: cancels, issuer: issuer, pool: issuerPool, proxy: configuration.name, metrics: metrics)
    load = Mutex(Array(repeating: 0, count: configuration.workers))
    addresses = configuration.backend.addresses(resolver: resolver)
    halfOpen = HalfOpenCounter(perAddressMax: configuration.limits.halfOpenPerAddressMax)
    certificates = Mutex(try Certificates(configuration))
  }

  var currentCertificates: Certificates { certificates.withLock { $0 } }

  /// Loads the certificate files again; the old ones stay when they cannot be loaded.
  func reloadCertificates() throws(SocketError) {
    let fresh = try Certificates(configuration)
    certificates.withLock { $0 = fresh }
  }
}
