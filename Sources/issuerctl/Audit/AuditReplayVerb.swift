import ArgumentParser
import Audit
import Foundation

struct AuditReplayVerb: AuditVerb {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Show a session as it went, in its own time.",
    discussion: """
      EXAMPLES
        issuerctl audit replay 0192f3a8-6f0c-7e11-9a53-6a2f9f3f2c11
        issuerctl audit replay 0192f3a8-6f0c-7e11-9a53-6a2f9f3f2c11 --speed 10 --idle-max 2
        issuerctl audit replay 0192f3a8-6f0c-7e11-9a53-6a2f9f3f2c11 --instant
      """)

  @Argument(help: "The session's id, as `audit search` and `sessions` show it.")
  var session: String

  @OptionGroup var place: AuditPlaceOptions
  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("2 is twice as fast.", valueName: "factor"))
  var speed: Double = 1

  @Option(help: ArgumentHelp("Cut longer waits to so many seconds.", valueName: "seconds"))
  var idleMax: Double?

  @Flag(help: "Do not wait at all.")
  var instant = false

  mutating func validate() throws {
    if !(speed > 0 && speed <= 1000) { throw ValidationError("--speed is above 0 and at most 1000") }
    if let idleMax, !(idleMax >= 0 && idleMax <= 86_400) { throw ValidationError("--idle-max is 0 to 86400 seconds") }
  }

  func act() throws {
    // The issuer's log mentions the session, too; the proxy that carried it has most of it.
    var replay: AuditReplay?
    for log in try place.logs() {
      let found = AuditReplay(session: session, records: try AuditReader(log))
      if found.steps.count > replay?.steps.count ?? 0 { replay = found }
    }
    guard let replay else {
      throw CommandFailure(
        .notFound, "no log has the session \(Terminal.clean(session))", next: "find it with `issuerctl audit search`")
    }
    let waits = replay.delays(speed: instant || output.format == .json ? nil : speed, idleSecondsMax: idleMax)
    for (step, wait) in zip(replay.steps, waits) {
      if wait > 0 { Thread.sleep(forTimeInterval: Double(wait) / 1_000_000) }
      switch output.format {
      case .json: Terminal.standardOutput.write(String(decoding: step.record.line, as: UTF8.self))
      case .text: Terminal.standardOutput.write(AuditRendering.text(step.record))
      }
    }
  }
}
