import Hummingbird
import IssuerAPI
import Logging
import PostgresClient

/// Turns whatever a route throws into an `APIError` with the right status. What the caller reads is made of safe fields only; what the
/// operator needs is logged.
struct ErrorAnswers: RouterMiddleware {
  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch {
      return JSONAnswer.failure(Self.describe(error, context.logger, request))
    }
  }

  private static func describe(_ error: any Error, _ logger: Logger, _ request: Request) -> APIError {
    switch error {
    case let error as APIError: return error
    case let error as LedgerError: return error.answer
    case let error as PostgresError:
      logger.error("the ledger refused", metadata: ["sqlstate": "\(error.sqlState.code)", "message": "\(error.message)"])
      return LedgerError(error).answer
    case let error as HTTPError where error.status == .notFound:
      return .notFound("\(request.uri.path) here", next: "docs/openapi.yaml lists the paths")
    case let error as HTTPError where error.status == .contentTooLarge:
      return APIError(code: "too_large", message: "the body is over \(JSONBody.bytesMax) bytes", next: "send less")
    case let error as HTTPError:
      return .invalid("the request cannot be read (\(error.status.code))", next: "send JSON as docs/openapi.yaml describes it")
    case is CancellationError: return .unavailable("the issuer is stopping")
    default:
      logger.error("a request failed", metadata: ["path": "\(request.uri.path)", "error": "\(type(of: error)): \(error)"])
      return APIError(code: "internal", message: "the issuer failed to answer", next: "its log has the reason; try again")
    }
  }
}
