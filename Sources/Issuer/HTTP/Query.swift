import Hummingbird
import IssuerAPI

/// The part of a path behind `?`, strict about names and values.
struct Query {
  private let values: [String: String]

  init(_ request: Request, allowed: String...) throws(APIError) {
    var values: [String: String] = [:]
    for (key, value) in request.uri.queryParameters {
      let name = String(key)
      guard allowed.contains(name) else {
        throw .invalid("unknown parameter \(name.prefix(64))", next: "parameters here are \(allowed.joined(separator: ", "))")
      }
      // PostgreSQL's text cannot hold it, so it is nobody's name for anything.
      guard !value.utf8.contains(0) else {
        throw .invalid("the parameter \(name) contains a NUL byte", next: "leave it out")
      }
      guard values.updateValue(String(value), forKey: name) == nil else {
        throw .invalid("the parameter \(name) stands twice", next: "give it once")
      }
    }
    self.values = values
  }

  subscript(name: String) -> String? { values[name] }

  func flag(_ name: String) throws(APIError) -> Bool {
    switch values[name] {
    case nil, "false": return false
    case "true": return true
    default: throw .invalid("\(name) is neither true nor false", next: "write \(name)=true")
    }
  }

  func integer(_ name: String, _ range: ClosedRange<Int>) throws(APIError) -> Int? {
    guard let text = values[name] else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw .invalid("\(name) is not a number from \(range.lowerBound) to \(range.upperBound)", next: "correct it")
    }
    return number
  }

  func choice<Choice: RawRepresentable & CaseIterable>(_ name: String) throws(APIError) -> Choice?
  where Choice.RawValue == String {
    guard let text = values[name] else { return nil }
    guard let choice = Choice(rawValue: text) else {
      throw .invalid(
        "\(name) has no allowed value", next: "use one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
  }
}
