import Foundation
import Yams

/// Requests made from docs/openapi.yaml: right in form, then broken in one place or another.
struct OpenAPIFuzzer {
  struct Call {
    var method: String
    var target: String
    var body: [UInt8]?
    /// Whether the document allows this body and this path.
    var isWellFormed: Bool
  }

  struct Operation {
    var method: String
    var path: String
    var body: [String: Any]?
    var query: [String]
  }

  let operations: [Operation]
  private let schemas: [String: Any]

  init(path: String) throws {
    let root = try Yams.load(yaml: String(contentsOfFile: path, encoding: .utf8)) as? [String: Any] ?? [:]
    schemas = (root["components"] as? [String: Any])?["schemas"] as? [String: Any] ?? [:]
    var operations: [Operation] = []
    for (path, item) in root["paths"] as? [String: Any] ?? [:] {
      for (method, operation) in item as? [String: Any] ?? [:] {
        let operation = operation as? [String: Any] ?? [:]
        let content = (operation["requestBody"] as? [String: Any])?["content"] as? [String: Any]
        let schema = (content?["application/json"] as? [String: Any])?["schema"] as? [String: Any]
        let parameters = operation["parameters"] as? [[String: Any]] ?? []
        operations.append(
          Operation(
            method: method.uppercased(), path: path, body: schema,
            query: parameters.filter { $0["in"] as? String == "query" }.compactMap { $0["name"] as? String }))
      }
    }
    self.operations = operations.sorted { ($0.path, $0.method) < ($1.path, $1.method) }
  }

  func call(_ operation: Operation, using random: inout SeededGenerator) -> Call {
    var target = operation.path
    var isWellFormed = true
    while let open = target.firstIndex(of: "{"), let close = target[open...].firstIndex(of: "}") {
      if Int.random(in: 0..<3, using: &random) == 0 {
        isWellFormed = false
        target.replaceSubrange(open...close, with: Self.badIdentifiers.randomElement(using: &random) ?? "x")
      } else {
        target.replaceSubrange(
          open...close, with: "00000000-0000-4000-8000-\(String(format: "%012x", Int.random(in: 0..<1 << 40, using: &random)))")
      }
    }
    if let name = operation.query.randomElement(using: &random), Bool.random(using: &random) {
      let value =
        ["true", "1", "-1", "%00", "active", "%F0%9F%92%A3", String(repeating: "9", count: 40)].randomElement(using: &random)
        ?? ""
      target += "?\(name)=\(value)"
      isWellFormed = false
    }
    guard let schema = operation.body else {
      return Call(method: operation.method, target: target, body: nil, isWellFormed: isWellFormed)
    }
    var value = self.value(schema, using: &random)
    if Int.random(in: 0..<4, using: &random) > 0 {
      value = Self.broken(value, using: &random)
      isWellFormed = false
    }
    var bytes = Array((try? JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed])) ?? Data())
    if Int.random(in: 0..<4, using: &random) == 0 {
      bytes = Self.mangled(bytes, using: &random)
      isWellFormed = false
    }
    return Call(method: operation.method, target: target, body: bytes, isWellFormed: isWellFormed)
  }

  /// Something that the schema allows.
  private func value(_ schema: [String: Any], using random: inout SeededGenerator) -> Any {
    if let name = (schema["$ref"] as? String)?.split(separator: "/").last {
      return value(schemas[String(name)] as? [String: Any] ?? [:], using: &random)
    }
    if let choices = schema["enum"] as? [Any] { return choices.randomElement(using: &random) ?? NSNull() }
    switch schema["type"] as? String {
    case "object":
      let required = Set(schema["required"] as? [String] ?? [])
      var object: [String: Any] = [:]
      for (name, property) in (schema["properties"] as? [String: Any] ?? [:]).sorted(by: { $0.key < $1.key }) {
        if required.contains(name) || Bool.random(using: &random) {
          object[name] = value(property as? [String: Any] ?? [:], using: &random)
        }
      }
      return object
    case "array": return [value(schema["items"] as? [String: Any] ?? [:], using: &random)]
    case "integer": return Int.random(in: 0...100_000, using: &random)
    case "boolean": return Bool.random(using: &random)
    default: return ["support-read", "x", "", "größe", "a b", "alice"].randomElement(using: &random) ?? ""
    }
  }

  private static func broken(_ value: Any, using random: inout SeededGenerator) -> Any {
    guard var object = value as? [String: Any], let name = object.keys.sorted().randomElement(using: &random) else {
      return odd(using: &random)
    }
    switch Int.random(in: 0..<4, using: &random) {
    case 0: object[name] = nil
    case 1: object["unknown\(Int.random(in: 0..<10, using: &random))"] = odd(using: &random)
    case 2: return odd(using: &random)
    default: object[name] = odd(using: &random)
    }
    return object
  }

  private static func odd(using random: inout SeededGenerator) -> Any {
    let nested = (0..<500).reduce([Any]()) { inner, _ in [inner] }
    let choices: [Any] = [
      NSNull(), true, -1, 0, Int.max, Int.min, 1.5e300, "", "\u{0}", "a\u{0}b", "\u{202e}x\u{1b}[2J",
      String(repeating: "x", count: 5000),
      "'; DROP TABLE issuer.lease; --", "../../etc/passwd", [Any](), [String: Any](), [1, "a", NSNull()] as [Any], nested,
      "\u{FFFF}\u{10FFFF}", "%s%n%x", "9223372036854775808",
    ]
    return choices.randomElement(using: &random) ?? NSNull()
  }

  static func mangled(_ bytes: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0...Int.random(in: 0..<4, using: &random) {
      guard !bytes.isEmpty else { break }
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.remove(at: place)
      case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
      default: bytes.removeSubrange(place...)
      }
    }
    return bytes
  }

  static let badIdentifiers = [
    "x", "..", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%2f..", "%00", "%ff%fe", "00000000-0000-4000-8000-00000000000", "NULL", "-1",
    "'%20OR%201=1--", "{id}", "%F0%9F%92%A3", String(repeating: "a", count: 3000), "00000000000040008000000000000000", "*", ";",
  ]
}
