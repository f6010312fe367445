import Hummingbird
import IssuerAPI

/// What people, CI jobs and agents may ask: requests, leases, sessions.
struct PeopleRoutes {
  /// A long poll that waits longer would meet idle timeouts on its way.
  static let waitSecondsMax = 60

  let service: IssuerService

  func add(to router: Router<APIContext>) {
    let v1 = router.group("v1")
    v1.get("whoami") { _, context in try JSONAnswer.success(service.whoAmI(context.person)) }
    v1.get("scopes") { _, context in try JSONAnswer.success(service.scopes(for: context.person)) }
    addRequests(to: v1.group("requests"))
    addLeases(to: v1)
  }

  private func addRequests(to group: RouterGroup<APIContext>) {
    group.post { request, context in
      let answer = try await service.ask(JSONBody.read(AccessRequestCreate.self, request), by: context.person)
      return try JSONAnswer.success(answer, status: .created)
    }
    group.get { request, context in
      let query = try Query(request, allowed: "state", "all")
      return try await JSONAnswer.success(
        service.requests(state: query.choice("state"), all: query.flag("all"), for: context.person))
    }
    group.get(":id") { request, context in
      let id = try IssuerService.id(context.parameters.get("id"), of: "request")
      let wait = try Query(request, allowed: "waitSeconds").integer("waitSeconds", 0...Self.waitSecondsMax) ?? 0
      return try await JSONAnswer.success(service.request(id, for: context.person, waitSeconds: wait))
    }
    group.post(":id/approve") { request, context in
      let id = try IssuerService.id(context.parameters.get("id"), of: "request")
      let comment = try await JSONBody.read(ApprovalDecision.self, request).comment
      return try await JSONAnswer.success(service.approve(id, comment: comment, by: context.person))
    }
    group.post(":id/deny") { request, context in
      let id = try IssuerService.id(context.parameters.get("id"), of: "request")
      let comment = try await JSONBody.read(ApprovalDecision.self, request).comment
      return try await JSONAnswer.success(service.deny(id, comment: comment, by: context.person))
    }
    group.post(":id/cancel") { request, context in
      let id = try IssuerService.id(context.parameters.get("id"), of: "request")
      _ = try await JSONBody.read(ApprovalDecision.self, request)
      return try await JSONAnswer.success(service.cancel(id, by: context.person))
    }
    group.post(":id/credential") { _, context in
      let id = try IssuerService.id(context.parameters.get("id"), of: "request")
      return try await JSONAnswer.success(service.credential(id, for: context.person))
    }
  }

  private func addLeases(to v1: RouterGroup<APIContext>) {
    v1.get("leases") { request, context in
      let query = try Query(request, allowed: "state", "stuck", "all")
      return try await JSONAnswer.success(
        service.leases(state: query.choice("state"), stuck: query.flag("stuck"), all: query.flag("all"), for: context.person))
    }
    v1.get("leases/:id") { _, context in
      let id = try IssuerService.id(context.parameters.get("id"), of: "lease")
      return try await JSONAnswer.success(service.lease(id, for: context.person))
    }
    v1.post("leases/:id/renew") { request, context in
      let id = try IssuerService.id(context.parameters.get("id"), of: "lease")
      let seconds = try await JSONBody.read(LeaseRenewal.self, request).lifetimeSeconds
      return try await JSONAnswer.success(service.renew(id, lifetimeSeconds: seconds, by: context.person))
    }
    v1.post("leases/:id/revoke") { request, context in
      let id = try IssuerService.id(context.parameters.get("id"), of: "lease")
      let reason = try await JSONBody.read(LeaseRevocation.self, request).reason
      return try await JSONAnswer.success(service.revoke(id, reason: reason, by: context.person))
    }
    v1.get("sessions") { request, context in
      let query = try Query(request, allowed: "all")
      return try await JSONAnswer.success(service.sessions(all: query.flag("all"), for: context.person))
    }
    v1.post("sessions/:id/kill") { request, context in
      let id = try IssuerService.id(context.parameters.get("id"), of: "session")
      let reason = try await JSONBody.read(SessionKill.self, request).reason
      return try await JSONAnswer.success(service.kill(session: id, reason: reason, by: context.person))
    }
  }
}
