import ArgumentParser
import CLinux
import Foundation
import IssuerAPI
import Policy

/// Asks for a scope and waits for the decision: what `grant`, `connect` and `run` have in common. A signal while it waits cancels the
/// request, so that nothing is issued to nobody.
struct AccessAsking {
  let client: IssuerClient
  /// Nil waits as long as the request is pending.
  var waitSecondsMax: Int?

  /// - Returns: an active request with its connection.
  func ask(_ create: AccessRequestCreate) throws -> (request: AccessRequest, connection: Connection) {
    let request = try send(create)
    return try wait(for: request)
  }

  /// A lost answer is asked for again: the key makes it the same request.
  func send(_ create: AccessRequestCreate) throws -> AccessRequest {
    // From here on there is something to take back.
    Signals.block()
    for _ in 1...2 {
      do throws(IssuerFailure) { return try client.createRequest(create) } catch {
        guard error.kind == .lost else { throw error }
      }
    }
    return try client.createRequest(create)
  }

  func wait(for first: AccessRequest) throws -> (request: AccessRequest, connection: Connection) {
    Signals.block()
    var request = first
    let waiting = WaitingLine(first)
    let started = ContinuousClock.now
    while request.state == .requested || request.state == .approved {
      waiting.show(request, waited: started.duration(to: .now))
      if let signal = Signals.pendingEnd() {
        waiting.clear()
        _ = try? client.cancel(request.id, comment: "interrupted")
        Terminal.standardError.write("The request \(Identifiers.short(request.id)) is cancelled.")
        throw ExitCode(128 + signal)
      }
      if let waitSecondsMax, started.duration(to: .now) >= .seconds(waitSecondsMax) {
        waiting.clear()
        throw CommandFailure(
          .pending, "nobody decided the request \(request.id) within \(DurationText.text(waitSecondsMax))",
          next: "it stays pending; later: issuerctl grant --request \(request.id)")
      }
      request = try client.request(request.id, waitSeconds: 1)
    }
    waiting.clear()
    return (request, try connection(of: request))
  }

  /// - Throws: why there is none.
  func connection(of request: AccessRequest) throws -> Connection {
    switch request.state {
    case .active: return try request.connection ?? client.credential(request.id)
    case .requested, .approved:
      throw CommandFailure(
        .pending, "the request \(request.id) waits: \(Terminal.clean(request.message))", next: "try again later")
    case .denied:
      throw CommandFailure(
        .denied, "denied: \(Terminal.clean(request.message))", next: "talk to those who decide, or ask for another scope")
    case .cancelled:
      throw CommandFailure(.denied, "cancelled: \(Terminal.clean(request.message))", next: "ask again")
    case .failed:
      throw CommandFailure(
        .failure, "it could not be issued: \(Terminal.clean(request.message))", next: "issuerctl status says what is wrong")
    case .disabled, .dropped:
      throw CommandFailure(
        .failure, "the lease of the request \(request.id) is over", next: "ask again: issuerctl grant \(request.scope)")
    }
  }
}

/// Tells who may approve while a request is pending, and keeps a line with the time on a terminal.
private struct WaitingLine {
  private let isShown: Bool

  init(_ request: AccessRequest) {
    isShown = request.state == .requested || request.state == .approved
    guard isShown else { return }
    let terminal = Terminal.standardError
    terminal.write(
      "Request \(terminal.styled(request.id, .bold)) for \(EnforcementText.scope(request.scope, request.enforcement)) waits for approval."
    )
    if !request.message.isEmpty { terminal.write("  " + Terminal.clean(request.message)) }
    terminal.write("  They run: \(terminal.styled("issuerctl approve \(Identifiers.short(request.id))", .bold))")
  }

  func show(_ request: AccessRequest, waited: Duration) {
    guard isShown else { return }
    let seconds = Int(waited.components.seconds)
    let dots = String(repeating: ".", count: seconds % 4)
    let approvals = request.approvals.filter { $0.decision == .approve }.count
    Terminal.standardError.writeOver(
      "\(approvals) of \(request.approvalsNeeded) approvals after \(DurationText.text(seconds)) (Ctrl-C cancels the request) \(dots)"
    )
  }

  func clear() { if isShown { Terminal.standardError.writeOver("") } }
}
