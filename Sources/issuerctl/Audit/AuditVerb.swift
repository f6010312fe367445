import ArgumentParser
import Audit
import Sodium

/// A verb that reads audit logs, with their errors told as the command's.
protocol AuditVerb: Verb {
  func act() throws
}

extension AuditVerb {
  func perform() throws {
    do {
      try act()
    } catch let error as AuditError {
      throw CommandFailure(error.code == .missing ? .notFound : .failure, "\(error.path): \(error.message)", next: error.next)
    } catch let error as SodiumError {
      throw CommandFailure(.failure, error.message, next: error.next)
    }
  }
}

/// Which logs.
struct AuditPlaceOptions: ParsableArguments {
  @Argument(help: "Directories of audit logs.")
  var paths: [String] = []

  @Option(help: ArgumentHelp("Directory of the configuration (ISSUER_DIRECTORY, else /etc/issuer).", valueName: "path"))
  var directory: String?

  /// The writers' directories.
  func logs() throws -> [String] {
    let places = ConfiguredPlaces(directory: directory)
    let given = paths.isEmpty ? places.auditDirectories : paths
    guard !given.isEmpty else {
      throw CommandFailure(
        .failure, "no configuration in \(places.directory) names an audit log", next: "name its directory as an argument")
    }
    var logs: [String] = []
    for path in given {
      for log in try AuditReader.directories(in: path) where !logs.contains(log) { logs.append(log) }
    }
    return logs
  }
}

/// Which records.
struct AuditFilterOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Whose: holder of the lease, or who did it.", valueName: "name"))
  var person: String?

  @Option(help: ArgumentHelp("Of this lease.", valueName: "id"))
  var lease: String?

  @Option(help: ArgumentHelp("Of this session.", valueName: "id"))
  var session: String?

  @Option(help: ArgumentHelp("Statements that name this table, with or without its schema.", valueName: "table"))
  var table: String?

  @Option(help: ArgumentHelp("Of this kind, such as statement or lease_issued.", valueName: "kind"))
  var kind: String?

  @Option(help: ArgumentHelp("From this time on: 2026-11-23, 2026-11-23T04:25Z, or a while ago: 90m, 7d.", valueName: "time"))
  var since: TimeArgument?

  @Option(help: ArgumentHelp("Before this time.", valueName: "time"))
  var until: TimeArgument?

  @Option(help: ArgumentHelp("With this text in the statement, reason or message, in any case.", valueName: "text"))
  var text: String?

  var search: AuditSearch {
    AuditSearch(
      person: person, lease: lease, session: session, table: table, kind: kind, since: since?.time, until: until?.time, text: text
    )
  }
}

/// A moment (UTC), or a while ago.
struct TimeArgument: ExpressibleByArgument {
  let time: AuditTime

  init?(argument: String) {
    if let time = AuditTime(argument) {
      self.time = time
    } else if let ago = DurationArgument(argument: argument) {
      let (microseconds, overflow) = Int64(ago.seconds).multipliedReportingOverflow(by: 1_000_000)
      guard !overflow else { return nil }
      time = AuditTime(microseconds: AuditTime.now().microseconds - microseconds)
    } else {
      return nil
    }
  }
}

/// Reads logs one after the other, and says what could not be read.
struct AuditReading {
  let logs: [String]

  /// Hands each record that `search` finds to `body`, until it says false.
  func forEach(_ search: AuditSearch, _ body: (AuditRecord) throws -> Bool) throws {
    for log in logs {
      var search = search
      var reader = try AuditReader(log)
      while let record = reader.next() {
        if search.matches(record), try !body(record) { return }
      }
      if let failure = reader.failure { throw failure }
      if reader.skippedLines > 0 {
        Terminal.standardError.write("\(log): \(reader.skippedLines) lines are no records; see `issuerctl audit verify`")
      }
    }
  }
}
