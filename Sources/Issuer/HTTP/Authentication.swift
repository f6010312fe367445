import Hummingbird
import IssuerAPI

/// How a listener proves who asks. Nobody gets to a route without.
struct Authentication: RouterMiddleware {
  enum Way: Sendable {
    /// The people's socket: the kernel says who it is, policy says by which name.
    case unixPeer(PeerRegistry)
    /// The TLS address: an API token.
    case bearer
    /// The proxies' socket: only these users' processes.
    case proxy(PeerRegistry, uids: Set<UInt32>)
  }

  let way: Way
  let service: IssuerService

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    var context = context
    switch way {
    case .unixPeer(let registry): context.caller = try person(registry, context)
    case .bearer: context.caller = try await bearer(request, context)
    case .proxy(let registry, let uids):
      guard let peer = registry.peer(of: context.channel), uids.contains(peer.uid) else {
        throw APIError.forbidden("this socket is for the proxy", next: "list its user under proxyUsers in issuerd.yaml")
      }
      context.caller = Caller(person: registry.user(of: context.channel) ?? "uid \(peer.uid)", groups: [], proof: .unixPeer)
    }
    return try await next(request, context)
  }

  private func person(_ registry: PeerRegistry, _ context: APIContext) throws -> Caller {
    guard let user = registry.user(of: context.channel) else {
      throw APIError(
        code: "unauthenticated", message: "the user at the other end of the socket has no name here",
        next: "use a user of this host")
    }
    guard let identity = try service.policies.current.policy.identity(unixUser: user) else {
      throw APIError.forbidden(
        "the policy knows no identity for the Unix user \(user)", next: "an operator adds it under `identities:` and reloads")
    }
    return Caller(person: identity.name, groups: identity.groups, proof: .unixPeer)
  }

  private func bearer(_ request: Request, _ context: APIContext) async throws -> Caller {
    let address = context.channel.remoteAddress?.ipAddress ?? "unknown"
    let now = ContinuousClock.now
    guard !service.tokenFailures.isBlocked(address, now: now) else {
      throw APIError(code: "rate_limited", message: "too many wrong tokens of late", next: "wait a minute")
    }
    guard let header = request.headers[.authorization], header.lowercased().hasPrefix("bearer ") else {
      throw APIError(
        code: "unauthenticated", message: "an API token is needed here", next: "send it as `Authorization: Bearer iss_...`")
    }
    guard let caller = try await service.caller(token: String(header.dropFirst("bearer ".count))) else {
      service.tokenFailures.failed(address, now: now)
      throw APIError(
        code: "unauthenticated", message: "the API token is unknown, expired or revoked",
        next: "an operator makes one with `issuerctl token create`")
    }
    return caller
  }
}
