import ArgumentParser
import Foundation
import IssuerAPI
import PostgresWire
import Reactor
import Tunnel

struct TunnelVerb: Verb {
  static let configuration = CommandConfiguration(
    commandName: "tunnel", abstract: "A local port without a password, for programs with a window.",
    discussion: """
      Asks for the scope once, then listens on 127.0.0.1 and ::1, or on a Unix socket. Whatever connects there logs in at the proxy
      with the lease, over TLS: point a client at the port, with any user and no password. The lease is renewed while the tunnel is
      open, as far as policy allows, and revoked when it ends (Ctrl-C). When the lease is over, programs that connect are told why.

      Only your own user is let in: who connects, the kernel says. On a machine with other users prefer --socket-dir: a port can be
      taken by anybody once the tunnel is closed.

      Standard output gets one line, the address as a URL without a password.

      EXAMPLES
        issuerctl tunnel support-read --port 6000 --for 30m --reason "INC-4711"
        psql -h localhost -p 6000 shop
        issuerctl tunnel support-read --socket-dir ~/.pg --reason "INC-4711"
        psql -h ~/.pg shop

      EXIT CODES
        0 ended by a signal and revoked, 3 denied, 4 not found, 5 issuer unreachable, 6 still pending
      """)

  @OptionGroup var client: ClientOptions
  @OptionGroup var ask: AskOptions

  @Argument(help: "The scope.")
  var scope: String

  @Option(
    help: ArgumentHelp("The port on loopback, 0 for any; with --socket-dir the number in its name (5432).", valueName: "port"))
  var port: Int?

  @Option(help: ArgumentHelp("Listen on a Unix socket in this directory instead, made if missing.", valueName: "path"))
  var socketDir: String?

  @Option(help: ArgumentHelp("Wait no longer than this for an approval.", valueName: "duration"))
  var wait: DurationArgument?

  func validate() throws {
    if port == nil, socketDir == nil { throw ValidationError("name a port with --port, or a directory with --socket-dir") }
    if let port, !(0...65535).contains(port) { throw ValidationError("--port is between 0 and 65535") }
    if socketDir != nil, port == 0 { throw ValidationError("with --socket-dir the port is a part of the socket's name: not 0") }
  }

  private var address: TunnelAddress {
    guard let socketDir else { return .loopback(port: port ?? 0) }
    return .directory(URL(fileURLWithPath: socketDir).path, port: port ?? 5432)
  }

  func perform() throws {
    let client = try client.client()
    let create = ask.request(scope: scope)
    // The port first: nobody should approve what then cannot be opened. Its threads must not take our signals.
    Signals.block()
    let opening = TunnelReplies.pending(request: "that was just made", scope: scope, message: "")
    let tunnel: Tunnel
    do throws(SocketError) { tunnel = try Tunnel(address, gate: .pending(opening)) } catch {
      throw CommandFailure(.failure, error.message, next: error.next)
    }
    defer { tunnel.stop() }
    let (lease, access) = try granted(create, AccessAsking(client: client, waitSecondsMax: wait?.seconds), tunnel)
    defer { revoke(lease, client, tunnel) }
    tunnel.set(.open(access))
    tell(lease, access, tunnel)
    serve(lease, client, tunnel)
  }

  private func granted(
    _ create: AccessRequestCreate, _ asking: AccessAsking, _ tunnel: Tunnel
  ) throws -> (Lease, TunnelAccess) {
    do {
      let first = try asking.send(create)
      tunnel.set(
        .pending(
          TunnelReplies.pending(
            request: Identifiers.short(first.id), scope: scope, message: Terminal.clean(first.message))))
      let (request, connection) = try asking.wait(for: first)
      guard let lease = request.lease else {
        throw CommandFailure(.failure, "the answer to the request has no lease", next: "issuerctl status says what is wrong")
      }
      return (lease, try LeaseRoute(connection).access())
    } catch {
      let failure = (error as? IssuerFailure).map { CommandFailure($0) } ?? error as? CommandFailure
      tunnel.set(
        .closed(
          TunnelReplies.refused(
            scope: scope, why: failure?.message ?? "the tunnel was closed", next: failure?.next ?? "open another")))
      throw error
    }
  }

  private func serve(_ lease: Lease, _ client: IssuerClient, _ tunnel: Tunnel) {
    var open = LeasedTunnel(tunnel, scope: scope, lease: lease, client: client)
    while true {
      if let arrived = Signals.next(withinMilliseconds: 250), Signals.ending.contains(arrived.number) { return }
      if let reason = open.tend() {
        Terminal.standardError.write(
          "The lease is over: \(reason). Programs that connect are told so; Ctrl-C ends the tunnel.")
      }
    }
  }

  private func tell(_ lease: Lease, _ access: TunnelAccess, _ tunnel: Tunnel) {
    Terminal.standardError.write(
      "The tunnel to \(scope) is open until \(lease.deadline), and longer as policy allows; Ctrl-C ends it. Any user, no password."
    )
    Terminal.standardOutput.write(LeasedTunnel.url(address, port: tunnel.port, database: access.database))
  }

  /// The proxy tells the sessions; the tunnel stays for their last words.
  private func revoke(_ lease: Lease, _ client: IssuerClient, _ tunnel: Tunnel) {
    do throws(IssuerFailure) { _ = try client.revoke(lease.id, reason: "the tunnel was closed") } catch {
      Terminal.standardError.write(
        "warning: the lease could not be revoked: \(error.message); it ends by itself at \(lease.deadline)")
    }
    let end = ContinuousClock.now + .seconds(2)
    while tunnel.connectionCount > 0, ContinuousClock.now < end { Pause.milliseconds(20) }
  }
}
