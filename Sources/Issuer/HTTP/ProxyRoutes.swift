import Hummingbird
import IssuerAPI
import NIOCore

/// The narrow questions that a proxy may ask; only on the proxies' socket.
struct ProxyRoutes {
  let service: IssuerService

  func add(to router: Router<APIContext>) {
    let proxy = router.group("v1/proxy")
    proxy.post("logins") { request, _ in
      try await JSONAnswer.success(service.beginLogin(JSONBody.read(ProxyLoginBegin.self, request)))
    }
    proxy.post("logins/:login/proof") { request, context in
      let proof = try await JSONBody.read(ProxyLoginProof.self, request)
      return try await JSONAnswer.success(service.proveLogin(context.parameters.get("login") ?? "", proof))
    }
    proxy.post("sessions/:id/end") { request, context in
      let id = try IssuerService.id(context.parameters.get("id"), of: "session")
      try await service.endSession(id, why: JSONBody.read(ProxySessionEnd.self, request).why)
      return try JSONAnswer.success(Done())
    }
    proxy.post("cancels") { request, _ in
      try await service.passOn(JSONBody.read(ProxyCancel.self, request))
      return try JSONAnswer.success(Done())
    }
    proxy.post("checkpoints") { request, _ in
      try await JSONAnswer.success(service.sign(JSONBody.read(ProxyCheckpoint.self, request)))
    }
    proxy.post("events") { request, _ in
      // It names every lease that has a session.
      try await events(JSONBody.read(ProxyEventsOpen.self, request, bytesMax: 1 << 20))
    }
  }

  /// A stream of JSON lines. It is subscribed before the ledger is asked, so that nothing falls between the two.
  private func events(_ open: ProxyEventsOpen) async throws -> Response {
    let stream = service.hub.subscribe(proxy: open.proxy)
    let first = try await service.openingEvents(open)
    return Response(
      status: .ok, headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"],
      body: ResponseBody { writer in
        defer { service.proxyLeft(open.proxy) }
        for event in first { try await writer.write(JSONAnswer.line(event)) }
        // At once, so that the proxy knows that the stream stands.
        try await writer.write(JSONAnswer.line(ProxyEvent.heartbeat))
        for await event in stream { try await writer.write(JSONAnswer.line(event)) }
        try await writer.finish(nil)
      })
  }
}
