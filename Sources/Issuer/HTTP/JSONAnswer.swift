import FoundationEssentials
import Hummingbird
import IssuerAPI
import NIOCore

/// Answers in JSON.
enum JSONAnswer {
  static func success(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
    try response(value, status)
  }

  static func failure(_ error: APIError) -> Response {
    do {
      var response = try response(error, error.status)
      if error.status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
      if error.code == "unavailable" || error.code == "rate_limited" { response.headers[.retryAfter] = "1" }
      return response
    } catch {
      // Three strings always encode.
      preconditionFailure("an APIError does not encode: \(error)")
    }
  }

  /// One line of a stream.
  static func line(_ value: some Encodable) throws -> ByteBuffer {
    var bytes = try encoder().encode(value)
    bytes.append(UInt8(ascii: "\n"))
    return ByteBuffer(bytes: bytes)
  }

  private static func response(_ value: some Encodable, _ status: HTTPResponse.Status) throws -> Response {
    let bytes = try encoder().encode(value)
    // Answers hold secrets at times: nobody on the way may keep them.
    return Response(
      status: status,
      headers: [
        .contentType: "application/json", .contentLength: String(bytes.count), .cacheControl: "no-store",
        .xContentTypeOptions: "nosniff",
      ],
      body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  private static func encoder() -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    return encoder
  }
}
