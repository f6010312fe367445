import Foundation
import Testing
import Yams

/// docs/openapi.yaml, as far as the tests read it.
struct OpenAPIDocument {
  let schemas: [String: Node]
  /// `GET /v1/leases/{id}` and so on.
  let operations: Set<String>
  let queryParameters: Set<String>

  init() throws {
    let root = try #require(
      try Yams.compose(yaml: String(contentsOf: Self.root.appending(path: "docs/openapi.yaml"), encoding: .utf8)))
    schemas = Self.members(root["components"]?["schemas"])
    var operations: Set<String> = []
    var parameters: Set<String> = []
    for (path, item) in Self.members(root["paths"]) {
      for (method, operation) in Self.members(item) {
        operations.insert("\(method.uppercased()) \(path)")
        for parameter in operation["parameters"]?.sequence.map(Array.init) ?? [] where parameter["in"]?.string == "query" {
          parameters.insert(parameter["name"]?.string ?? "?")
        }
      }
    }
    (self.operations, queryParameters) = (operations, parameters)
  }

  static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static func sources(_ folder: String) throws -> [String] {
    let folder = root.appending(path: folder)
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }.sorted().map {
      try String(contentsOf: folder.appending(path: $0), encoding: .utf8)
    }
  }

  /// The routes as Sources/Issuer/HTTP adds them, read from the text: a router needs a whole issuer.
  static func routes() throws -> Set<String> {
    var routes: Set<String> = []
    for text in try sources("Sources/Issuer/HTTP") {
      var prefixes = ["router": ""]
      for match in text.matches(of: /let (\w+) = (\w+)\.group\("([^"]*)"\)/) {
        prefixes[String(match.1)] = (prefixes[String(match.2)] ?? "?") + "/" + match.3
      }
      for match in text.matches(of: /to: (\w+)\.group\("([^"]*)"\)/) {
        prefixes["group"] = (prefixes[String(match.1)] ?? "?") + "/" + match.2
      }
      for match in text.matches(of: /(\w+)\.(get|post|put|patch|delete)(?:\("([^"]*)"\))? \{ \w+, \w+ in/) {
        guard let prefix = prefixes[String(match.1)] else {
          Issue.record("the route \(match.0) hangs on an unknown group")
          continue
        }
        let path = (prefix + (match.3.map { "/" + $0 } ?? "")).replacing(/:(\w+)/) { "{\($0.1)}" }
        routes.insert("\(match.2.uppercased()) \(path)")
      }
    }
    return routes
  }

  /// Values as the schema has them: with every property, and with the required ones alone.
  func samples(_ schema: Node) -> [Any] {
    if let choices = schema["oneOf"]?.sequence { return choices.flatMap { samples($0) } }
    if let words = schema["enum"]?.sequence { return words.map { $0.string ?? "" } }
    return [sample(schema, isWhole: true), sample(schema, isWhole: false)]
  }

  /// Texts that are words of an enumeration which the document leaves open.
  private static let texts = ["classes": "select"]

  private func sample(_ schema: Node, isWhole: Bool, named name: String = "") -> Any {
    let schema = resolved(schema)
    if let word = schema["enum"]?.sequence?.first?.string { return word }
    switch schema["type"]?.string {
    case "string": return Self.texts[name] ?? "text"
    case "integer": return max(1, schema["minimum"]?.int ?? 1)
    case "boolean": return true
    case "array": return schema["items"].map { [sample($0, isWhole: isWhole, named: name)] } ?? []
    default:
      let required = required(schema)
      var object: [String: Any] = [:]
      for (key, value) in Self.members(schema["properties"]) where isWhole || required.contains(key) {
        object[key] = sample(value, isWhole: isWhole, named: key)
      }
      return object
    }
  }

  /// Records where a value's properties, their types, or what may be left out differ from the schema.
  func compare(_ value: Any, _ schema: Node, at path: String) throws {
    let schema = resolved(schema)
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional: try mirror.children.first.map { try compare($0.value, schema, at: path) }
    case .collection, .set:
      #expect(schema["type"]?.string == "array", "\(path)")
      if let item = mirror.children.first, let items = schema["items"] { try compare(item.value, items, at: path + "[]") }
    case .dictionary: #expect(schema["type"]?.string == "object", "\(path)")
    case .struct where !(value is any StringProtocol || value is any BinaryInteger || value is Bool):
      let properties = Self.members(schema["properties"])
      #expect(Set(mirror.children.compactMap(\.label)) == Set(properties.keys), "\(path)")
      let left = Set(mirror.children.filter { Mirror(reflecting: $0.value).displayStyle != .optional }.compactMap(\.label))
      #expect(left == required(schema), "\(path): what is always there")
      for child in mirror.children {
        guard let label = child.label, let property = properties[label] else { continue }
        try compare(child.value, property, at: "\(path).\(label)")
      }
    case .enum where schema["oneOf"] == nil && schema["properties"] == nil:
      #expect(schema["type"]?.string == "string", "\(path)")
      guard let words = schema["enum"]?.sequence?.compactMap(\.string), let type = Swift.type(of: value) as? any CaseIterable.Type
      else { return }
      #expect(Set(words) == Set(Self.words(type)), "\(path)")
    case .enum: return
    default:
      let type = value is Bool ? "boolean" : value is any BinaryInteger ? "integer" : value is any StringProtocol ? "string" : "?"
      #expect(schema["type"]?.string == type, "\(path)")
    }
  }

  private static func words<Enumeration: CaseIterable>(_ type: Enumeration.Type) -> [String] {
    type.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
  }

  private func resolved(_ schema: Node) -> Node {
    guard let name = schema["$ref"]?.string?.split(separator: "/").last else { return schema }
    return schemas[String(name)] ?? schema
  }

  private func required(_ schema: Node) -> Set<String> { Set(schema["required"]?.sequence?.compactMap(\.string) ?? []) }

  private static func members(_ node: Node?) -> [String: Node] {
    Dictionary(uniqueKeysWithValues: (node?.mapping ?? [:]).map { ($0.key.string ?? "?", $0.value) })
  }
}
