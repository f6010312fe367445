import Hummingbird
import NIOCore

/// What a request carries besides its bytes: the channel it came by, from which the caller's identity is found.
struct APIContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel
  /// Set by `Authentication`; routes behind it have one.
  var caller: Caller?

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
  }

  /// Who asks. Routes are only reached through the authentication middleware.
  var person: Caller {
    guard let caller else { preconditionFailure("a route stands outside the authentication") }
    return caller
  }
}
