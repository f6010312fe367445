import FoundationEssentials
import Hummingbird
import IssuerAPI
import NIOCore
import Synchronization

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
      let body = try JSONDecoder().decode(Body<Value>.self, from: data)
      let known = fields(of: body.value)
      if let unknown = body.keys.filter({ !known.contains($0) }).sorted().first {
        throw APIError.invalid(
          "unknown field \(unknown.prefix(64))", next: "fields here are \(known.sorted().joined(separator: ", "))")
      }
      return body.value
    } catch let error as DecodingError {
      throw APIError.invalid(describe(error), next: "send JSON as docs/openapi.yaml describes it")
    }
  }

  /// A body and the keys that it came with, in one pass.
  private struct Body<Value: Decodable>: Decodable {
    let value: Value
    let keys: [String]

    init(from decoder: any Decoder) throws {
      value = try Value(from: decoder)
      keys = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
    }
  }

  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// The fields that a type of body has, by type: reflecting takes longer than decoding.
  private static let fieldsByType = Mutex<[ObjectIdentifier: Set<String>]>([:])

  private static func fields<Value>(of value: Value) -> Set<String> {
    let type = ObjectIdentifier(Value.self)
    if let known = fieldsByType.withLock({ $0[type] }) { return known }
    let found = Set(Mirror(reflecting: value).children.compactMap(\.label))
    fieldsByType.withLock { $0[type] = found }
    return found
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
}
