import ArgumentParser
import Foundation
import IssuerAPI

/// What one says when one asks for access.
struct AskOptions: ParsableArguments {
  @Option(
    name: .customLong("for"),
    help: ArgumentHelp("How long: 45s, 30m, 8h; the access rule's default if left out.", valueName: "duration"))
  var lifetime: DurationArgument?

  @Option(help: ArgumentHelp("Why; on the record, and shown to those who approve.", valueName: "text"))
  var reason: String?

  @Option(help: ArgumentHelp("The ticket that it is for.", valueName: "id"))
  var ticket: String?

  @Option(help: ArgumentHelp("proxy, or direct where the scope offers it.", valueName: "delivery"))
  var delivery: DeliveryArgument?

  @Flag(help: "Ask past the approvals, where policy offers it; always reviewed afterwards.")
  var breakGlass = false

  func request(scope: String) -> AccessRequestCreate {
    var reason = reason
    if reason == nil, Terminal.isInputInteractive, Terminal.standardError.isInteractive {
      reason = Terminal.ask("Why do you need \(scope)?")
    }
    return AccessRequestCreate(
      scope: scope, lifetimeSeconds: lifetime?.seconds, reason: reason ?? "", ticket: ticket, delivery: delivery?.delivery,
      breakGlass: breakGlass, idempotencyKey: UUID().uuidString.lowercased())
  }
}

struct DeliveryArgument: ExpressibleByArgument {
  var delivery: Delivery
  init?(argument: String) {
    guard let delivery = Delivery(rawValue: argument) else { return nil }
    self.delivery = delivery
  }
  static var allValueStrings: [String] { Delivery.allCases.map(\.rawValue) }
}
