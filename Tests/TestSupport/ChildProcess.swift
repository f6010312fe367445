import Foundation

/// A program run as a person runs it: its arguments, its standard input, and what it printed. Output goes to files, so that a chatty
/// child never waits for a reader.
public final class ChildProcess: Sendable {
  /// How a finished child ended.
  public struct Result: Sendable {
    /// The exit code, or 128 plus the signal's number.
    public var status: Int32
    public var output: String
    public var errors: String
  }

  public struct TimedOut: Error, CustomStringConvertible {
    public var description: String
  }

  private let process: Process
  private let directory: URL

  /// Starts `program` (an absolute path, or a name looked for on PATH).
  ///
  /// - Parameters:
  ///   - environment: Added to a minimal environment (PATH, HOME, LANG); nothing else is inherited.
  ///   - input: The whole standard input; nil for an empty one.
  public init(
    _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], input: String? = nil,
    currentDirectory: String? = nil
  ) throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("child-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    // Tests run on threads that block signals, and children inherit that.
    process.arguments = ["--default-signal", program] + arguments
    let inherited = ProcessInfo.processInfo.environment
    var minimal = ["PATH": inherited["PATH"] ?? "/usr/bin:/bin", "HOME": inherited["HOME"] ?? "/", "LANG": "C.UTF-8"]
    minimal.merge(environment) { _, new in new }
    process.environment = minimal
    if let currentDirectory { process.currentDirectoryURL = URL(fileURLWithPath: currentDirectory) }
    try Data((input ?? "").utf8).write(to: directory.appendingPathComponent("in"))
    process.standardInput = try FileHandle(forReadingFrom: directory.appendingPathComponent("in"))
    for name in ["out", "err"] {
      _ = FileManager.default.createFile(atPath: directory.appendingPathComponent(name).path, contents: nil)
    }
    process.standardOutput = try FileHandle(forWritingTo: directory.appendingPathComponent("out"))
    process.standardError = try FileHandle(forWritingTo: directory.appendingPathComponent("err"))
    self.process = process
    try process.run()
    // The child has its own; ours would add up over a long run.
    for handle in [process.standardInput, process.standardOutput, process.standardError] { try? (handle as? FileHandle)?.close() }
  }

  deinit {
    if process.isRunning { kill(processID, SIGKILL) }
    try? FileManager.default.removeItem(at: directory)
  }

  public var processID: Int32 { process.processIdentifier }
  public var isRunning: Bool { process.isRunning }
  /// What the child has printed so far.
  public var output: String { read("out") }
  public var errors: String { read("err") }

  public func signal(_ number: Int32) { kill(processID, number) }

  /// Waits for the end of the child; kills it and throws when the deadline passes.
  @discardableResult
  public func wait(seconds: Double = 60) throws -> Result {
    try eventually("the end of \(process.arguments ?? [])\n\(output)\n\(errors)", seconds: seconds) { !isRunning }
    let code = process.terminationStatus
    let status = process.terminationReason == .uncaughtSignal ? 128 + code : code
    return Result(status: status, output: output, errors: errors)
  }

  /// Runs a program to its end.
  public static func run(
    _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], input: String? = nil,
    currentDirectory: String? = nil, seconds: Double = 60
  ) throws -> Result {
    try ChildProcess(program, arguments, environment: environment, input: input, currentDirectory: currentDirectory)
      .wait(seconds: seconds)
  }

  private func read(_ name: String) -> String {
    guard let data = try? Data(contentsOf: directory.appendingPathComponent(name)) else { return "" }
    return String(decoding: data, as: UTF8.self)
  }
}

/// Waits until `condition` holds, looking every few milliseconds; throws when it does not within `seconds`.
public func eventually(_ what: @autoclosure () -> String, seconds: Double = 20, _ condition: () throws -> Bool) throws {
  let deadline = Date().addingTimeInterval(seconds)
  while try !condition() {
    guard Date() < deadline else { throw ChildProcess.TimedOut(description: "waited \(seconds) s for \(what())") }
    usleep(5_000)
  }
}
