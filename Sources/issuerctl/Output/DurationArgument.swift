import ArgumentParser
import Policy

/// A duration on the command line: `45s`, `30m`, `8h`, `1h30m`, `2d`.
struct DurationArgument: ExpressibleByArgument {
  var seconds: Int

  init?(argument: String) {
    guard let seconds = DurationText.seconds(argument), seconds > 0 else { return nil }
    self.seconds = seconds
  }

  init(seconds: Int) { self.seconds = seconds }

  var defaultValueDescription: String { DurationText.text(seconds) }
}
