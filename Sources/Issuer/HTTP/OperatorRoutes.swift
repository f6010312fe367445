import Hummingbird
import IssuerAPI

/// What operators and auditors ask: sweep, rotate, tokens, policy, status, audit. Who is one is asked of policy in each.
struct OperatorRoutes {
  let service: IssuerService

  func add(to router: Router<APIContext>) {
    let v1 = router.group("v1")
    v1.post("sweep") { _, context in try await JSONAnswer.success(service.sweep(by: context.person)) }
    v1.post("scan") { request, context in
      try await JSONAnswer.success(service.scan(JSONBody.read(ScanCreate.self, request), by: context.person))
    }
    v1.post("rotate/admin") { _, context in try await JSONAnswer.success(service.rotateAdmin(by: context.person)) }
    v1.post("rotate/static/:name") { _, context in
      let name = context.parameters.get("name") ?? ""
      return try await JSONAnswer.success(service.rotateStatic(name, by: context.person))
    }
    v1.get("status") { _, context in try await JSONAnswer.success(service.status(for: context.person)) }
    v1.get("tokens") { _, context in try await JSONAnswer.success(service.tokens(for: context.person)) }
    v1.post("tokens") { request, context in
      try await JSONAnswer.success(
        service.createToken(JSONBody.read(TokenCreate.self, request), by: context.person), status: .created)
    }
    v1.delete("tokens/:id") { _, context in
      let id = try IssuerService.id(context.parameters.get("id"), of: "token")
      return try await JSONAnswer.success(service.revokeToken(id, by: context.person))
    }
    v1.get("policy/live") { _, context in
      try service.requireAuditor(context.person, to: "see the policy's scopes")
      return try JSONAnswer.success(service.policies.current.live)
    }
    v1.get("scopes/:name/masks") { _, context in
      try service.requireAuditor(context.person, to: "see the masks of a scope")
      return try JSONAnswer.success(service.policies.current.masks(of: context.parameters.get("name") ?? ""))
    }
    v1.post("policy/reload") { _, context in
      try service.requireOperator(context.person, to: "reload the policy")
      return try await JSONAnswer.success(service.reloadPolicy(by: context.person.person))
    }
    v1.get("audit/checkpoints") { request, context in
      let writer = try Query(request, allowed: "writer")["writer"]
      return try await JSONAnswer.success(service.checkpoints(writer: writer, for: context.person))
    }
    v1.get("audit/public-key") { _, _ in try JSONAnswer.success(service.publicKey()) }
  }
}
