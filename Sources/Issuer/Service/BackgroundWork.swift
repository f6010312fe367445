import Audit
import Dispatch
import Foundation
import IssuerAPI
import Logging
import ServiceLifecycle
import Sodium

/// What goes on without anybody asking: sweeps, heartbeats, events, checkpoints, rotations, reloads on SIGHUP.
struct BackgroundWork: Service {
  /// How often it is asked whether a checkpoint is due; it is within a second of the last record.
  private static let checkpointPeriod = Duration.milliseconds(250)
  private static let recheckSeconds = 60

  let service: IssuerService
  let logger: Logger

  func run() async throws {
    let listener = LedgerListener(
      connect: { [connector = service.connector] in try connector.ledger("listening") }, logger: logger,
      handler: { [service] in service.heard($0) })
    listener.start()
    let hangups = SignalStream(SIGHUP)
    let received = hangups.received
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await service.sweeper.run() }
      group.addTask { await repeating("heartbeat", .seconds(IssuerService.heartbeatSeconds)) { try await heartbeat() } }
      group.addTask { await repeating("checkpoint", Self.checkpointPeriod) { try await checkpointIfDue() } }
      group.addTask { await repeating("scopes", .seconds(Self.recheckSeconds)) { try await service.recheckScopes() } }
      group.addTask { await repeating("approved", .seconds(5)) { try await completeApproved() } }
      group.addTask {
        await repeating("unfinished rotation", .seconds(10)) {
          try await Blocking.run { [rotation = service.rotation] in try rotation.recover() }
        }
      }
      if !service.configuration.staticRoles.isEmpty {
        group.addTask { await repeating("static roles", .seconds(30)) { try await rotateStaticRoles() } }
      }
      if let seconds = service.configuration.adminRotationSeconds {
        group.addTask {
          await repeating("rotation", .seconds(60)) { try await rotateAdminIfDue(everySeconds: seconds) }
        }
      }
      group.addTask {
        for await _ in received {
          do { _ = try await service.reloadPolicy(by: "SIGHUP") } catch { logger.error("reload: \(error)") }
        }
      }
      try? await gracefulShutdown()
      group.cancelAll()
    }
    hangups.stop()
    listener.stop()
    try? await service.checkpoint()
  }

  /// Runs work at once and then each period; an error is logged and the next time comes all the same.
  private func repeating(_ name: String, _ period: Duration, _ body: @Sendable () async throws -> Void) async {
    while !Task.isCancelled {
      try? await Task.sleep(for: period)
      if Task.isCancelled { return }
      do { try await body() } catch is CancellationError { return } catch {
        logger.warning("background work failed", metadata: ["work": "\(name)", "error": "\(error)"])
      }
    }
  }

  private func checkpointIfDue() async throws {
    guard service.isCheckpointDue else { return }
    do {
      try await service.checkpoint()
    } catch {
      try await Task.sleep(for: .seconds(IssuerService.heartbeatSeconds))
      throw error
    }
  }

  private func heartbeat() async throws {
    service.hub.publish(.heartbeat)
    service.pendingLogins.removeExpired(now: .now)
    let instance = service.connector.instance
    try await service.pool.run { try $0.heartbeat(instance: instance) }
  }

  /// Requests whose last approval was recorded, but whose issuer died before the lease.
  private func completeApproved() async throws {
    let approved = try await service.pool.run { try $0.requests(person: nil, states: ["approved"], max: 100) }
    for request in approved where request.lease == nil {
      try await service.complete(request.id, for: Caller(person: "", groups: [], proof: .unixPeer))
    }
  }

  /// The ledger knows when it was last, so that neither a restart nor another issuer moves the schedule.
  private func rotateAdminIfDue(everySeconds: Int) async throws {
    let isDue = try await Blocking.run { [rotation = service.rotation] in try rotation.isDue(everySeconds: everySeconds) }
    if isDue { _ = try await service.rotateAdmin(actor: "issuerd") }
  }

  private func rotateStaticRoles() async throws {
    let reports = try await Blocking.run { [rotation = service.staticRotation] in
      try rotation.register()
      return try rotation.rotateDue()
    }
    for report in reports {
      try await service.trail.record(IssuerEvent(.rotation, actor: "issuerd", role: report.role, text: "done"))
    }
  }
}

/// Ends streams and long polls when a stop is asked for: listeners wait for them. Services stop in reverse order, so this is the last.
struct StreamEnding: Service {
  let hub: EventHub

  func run() async throws {
    try await gracefulShutdown()
    hub.close()
  }
}

/// A Unix signal as a stream.
final class SignalStream {
  let received: AsyncStream<Void>
  private let source: any DispatchSourceSignal
  private let continuation: AsyncStream<Void>.Continuation

  init(_ number: Int32) {
    signal(number, SIG_IGN)
    source = DispatchSource.makeSignalSource(signal: number)
    (received, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    source.setEventHandler { [continuation] in continuation.yield() }
    source.resume()
  }

  func stop() {
    source.cancel()
    continuation.finish()
  }
}
