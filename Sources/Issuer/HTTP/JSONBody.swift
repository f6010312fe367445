import FoundationEssentials
import Hummingbird
import IssuerAPI
import NIOCore

/// Reads a request's body: bounded, strict about types and about keys that the type does not have.
enum JSONBody {
  /// Nothing that this interface takes is larger.
  static let bytesMax = 64 * 1024

  static func read<Value: Decodable>(_ type: Value.Type, _ request: Request, bytesMax: Int = bytesMax) async throws -> Value {
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > bytesMax { throw HTTPError(.contentTooLarge) }
    let buffer = try await request.body.collect(upTo: bytesMax)
    return try decode(type, Data(buffer.readableBytesView))
  }

  static func decode<Value: Decodable>(_ type: Value.Type, _ data: Data) throws -> Value {
    do {
      let value = try JSONDecoder().decode(type, from: data)
      let known = Set(Mirror(reflecting: value).children.compactMap(\.label))
      let sent = try JSONDecoder().decode([String: Ignored].self, from: data).keys
      if let unknown = sent.filter({ !known.contains($0) }).sorted().first {
        throw APIError.invalid(
          "unknown field \(unknown.prefix(64))", next: "fields here are \(known.sorted().joined(separator: ", "))")
      }
      return value
    } catch let error as DecodingError {
      throw APIError.invalid(describe(error), next: "send JSON as docs/openapi.yaml describes it")
    }
  }

  private static func describe(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "the field \(key.stringValue) is missing"
    case .typeMismatch(_, let context): "the field \(path(context)) has the wrong type"
    case .valueNotFound(_, let context): "the field \(path(context)) is null"
    case .dataCorrupted(let context) where !context.codingPath.isEmpty: "the field \(path(context)) has no allowed value"
    default: "the body is not JSON of the right form"
    }
  }

  private static func path(_ context: DecodingError.Context) -> String {
    context.codingPath.map(\.stringValue).joined(separator: ".")
  }

  /// Any JSON value, unread.
  private struct Ignored: Decodable {
    init(from decoder: any Decoder) {}
  }
}
