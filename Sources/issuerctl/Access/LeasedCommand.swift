import ArgumentParser
import CLinux
import Foundation
import IssuerAPI

/// Runs a program with a lease: environment, password file, renewal, revocation.
struct LeasedCommand {
  let client: IssuerClient
  let connection: Connection
  let lease: Lease?
  /// Also PGPASSWORD and DATABASE_URL, for clients that read no password file.
  var passwordInEnvironment = false
  /// Moves the deadline while the program runs.
  var renews = false
  var revokesAtEnd = true

  /// - Returns: the program's exit code, 128 + n when a signal ended it. The files are removed and the lease is revoked by then.
  func run(_ arguments: [String]) throws -> ExitCode {
    Signals.block()
    defer { revoke() }
    let directory = try PrivateDirectory()
    defer { directory.remove() }
    let environment = try environment(directory)
    if let signal = Signals.pendingEnd() { return ExitCode(128 + signal) }
    let child: ChildProcess
    do throws(ChildProcess.StartFailure) { child = try ChildProcess(arguments, environment: environment) } catch {
      throw Self.failure(error, arguments[0])
    }
    return ExitCode(watch(child))
  }

  private func watch(_ child: ChildProcess) -> Int32 {
    let renewal = LeaseRenewal(client, renews ? lease : nil)
    while true {
      if let code = child.ended() { return code }
      renewal.renewIfDue()
      guard let arrived = Signals.next(withinMilliseconds: 500) else { continue }
      // The terminal sends Ctrl-C to the child by itself; what a process sent us, the child did not get.
      if Signals.ending.contains(arrived.number), !arrived.isFromTerminal { child.send(arrived.number) }
    }
  }

  private func environment(_ directory: PrivateDirectory) throws -> [String: String] {
    var environment = ProcessInfo.processInfo.environment
    // What would lead libpq elsewhere, or around the password file.
    for name in [
      "PGPASSWORD", "PGSERVICE", "PGSERVICEFILE", "PGHOSTADDR", "PGSSLCERT", "PGSSLKEY", "PGSSLROOTCERT", "PGREQUIREPEER",
    ] {
      environment[name] = nil
    }
    let certificate = try connection.rootCertificate.map { try directory.write("root.pem", $0) }
    let text = ConnectionText(connection: connection, rootCertificateFile: certificate)
    for (name, value) in text.environment { environment[name] = value }
    environment["PGPASSFILE"] = try directory.write("pgpass", text.passwordLine + "\n")
    if passwordInEnvironment {
      environment["PGPASSWORD"] = connection.password
      environment["DATABASE_URL"] = text.url
    }
    return environment
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
