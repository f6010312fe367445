import ArgumentParser
import Foundation

/// `--format` of the verbs that answer with facts.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

struct OutputOptions: ParsableArguments {
  @Option(help: ArgumentHelp("text for people, json for scripts.", valueName: "format"))
  var format: OutputFormat = .text

  /// Writes a value as JSON, or whatever `text` writes.
  func write(_ value: some Encodable, text: () -> Void) throws {
    switch format {
    case .json: try JSONText.write(value)
    case .text: text()
    }
  }
}

enum JSONText {
  static func write(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    Terminal.standardOutput.write(String(decoding: try encoder.encode(value), as: UTF8.self))
  }
}
