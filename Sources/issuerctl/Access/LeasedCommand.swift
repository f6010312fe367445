import ArgumentParser
import CLinux
import Foundation
import IssuerAPI
import Tunnel

/// Runs a program with a lease: environment, password file or tunnel, renewal, revocation.
struct LeasedCommand {
  let client: IssuerClient
  let connection: Connection
  let lease: Lease?
  var entrance = Entrance(kind: .passwordFile)
  /// Moves the deadline while the program runs.
  var renews = false
  var revokesAtEnd = true

  /// - Returns: the program's exit code, 128 + n when a signal ended it. The files are removed and the lease is revoked by then.
  func run(_ arguments: [String]) throws -> ExitCode {
    Signals.block()
    defer { revoke() }
    let directory = try PrivateDirectory()
    defer { directory.remove() }
    let environment = try entrance.environment(directory, connection)
    let tunnel = try entrance.open(directory, connection)
    defer { tunnel?.stop() }
    if let signal = Signals.pendingEnd() { return ExitCode(128 + signal) }
    let child: ChildProcess
    do throws(ChildProcess.StartFailure) { child = try ChildProcess(arguments, environment: environment) } catch {
      throw Self.failure(error, arguments[0])
    }
    return ExitCode(watch(child, tunnel))
  }

  private func watch(_ child: ChildProcess, _ tunnel: Tunnel?) -> Int32 {
    var keeping = keeping(tunnel)
    while true {
      if let code = child.ended() { return code }
      keeping.tend()
      guard let arrived = Signals.next(withinMilliseconds: 500) else { continue }
      // The terminal sends Ctrl-C to the child by itself; what a process sent us, the child did not get.
      if Signals.ending.contains(arrived.number), !arrived.isFromTerminal { child.send(arrived.number) }
    }
  }

  /// The lease, kept while the program runs.
  private enum Keeping {
    case renewed(LeaseRenewal)
    case throughTunnel(LeasedTunnel)

    mutating func tend() {
      switch self {
      case .renewed(let renewal): renewal.renewIfDue()
      case .throughTunnel(var tunnel):
        if let reason = tunnel.tend() {
          Terminal.standardError.write("issuerctl: the lease is over: \(reason). The command is told so when it connects.")
        }
        self = .throughTunnel(tunnel)
      }
    }
  }

  private func keeping(_ tunnel: Tunnel?) -> Keeping {
    guard let tunnel, let lease else { return .renewed(LeaseRenewal(client, renews ? lease : nil)) }
    return .throughTunnel(LeasedTunnel(tunnel, scope: lease.scope, lease: lease, client: client, renews: renews))
  }

  private func revoke() {
    guard revokesAtEnd, let lease else { return }
    do throws(IssuerFailure) { _ = try client.revoke(lease.id, reason: "the command ended") } catch {
      Terminal.standardError.write(
        "warning: the lease could not be revoked: \(error.message); it ends by itself at \(lease.deadline)")
    }
  }

  private static func failure(_ failure: ChildProcess.StartFailure, _ program: String) -> CommandFailure {
    // The codes of POSIX shells.
    switch failure {
    case .notFound: CommandFailure(ExitCode(127), "there is no program \(program)", next: "check its name and PATH")
    case .notExecutable: CommandFailure(ExitCode(126), "\(program) may not be executed", next: "check its mode")
    case .other(let code):
      CommandFailure(ExitCode(126), "\(program) does not start (error \(code))", next: "try it without issuerctl")
    }
  }
}
