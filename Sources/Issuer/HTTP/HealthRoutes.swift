import Hummingbird
import IssuerAPI
import NIOCore

/// For those who watch the process; they need no identity and learn nothing of anybody.
struct HealthRoutes {
  let service: IssuerService

  func add(to router: Router<APIContext>) {
    router.get("healthz") { _, _ in Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "ok\n"))) }
    router.get("readyz") { _, _ in
      guard service.policies.isLoaded else { throw APIError.unavailable("the policy is not loaded yet") }
      _ = try await service.pool.run { try $0.query("SELECT 1") }
      return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "ready\n")))
    }
    router.get("metrics") { _, _ in
      Response(
        status: .ok, headers: [.contentType: "text/plain; version=0.0.4"],
        body: .init(byteBuffer: ByteBuffer(string: try await service.metricsText())))
    }
  }
}
