import Foundation

/// A daemon under test, with nothing of the tests' environment. It is stopped when this object is released, and also when the test
/// process exits or crashes, because its keeper (daemon-keeper.sh) sees its standard input end.
public final class Daemon: Sendable {
  /// What the daemon wrote on standard output and standard error.
  public let logPath: String
  private let keeper: Keeper

  /// - Parameter uid: Run as this user and group number, without other groups. Only as root.
  public init(_ command: [String], logPath: String, uid: UInt32? = nil) throws {
    self.logPath = logPath
    let privileges = uid.map { ["setpriv", "--reuid=\($0)", "--regid=\($0)", "--clear-groups", "--"] } ?? []
    keeper = try Keeper([PostgresServer.script("daemon-keeper.sh"), logPath] + privileges + command)
  }

  public func start() throws { try keeper.command("start") }
  /// SIGTERM; throws when the daemon had to be killed.
  public func stop() throws { try keeper.command("stop") }
  /// SIGKILL.
  public func crash() throws { try keeper.command("crash") }
  /// SIGHUP.
  public func reload() throws { try keeper.command("reload") }
  /// Ends it for good.
  public func release() { keeper.release() }

  public var isRunning: Bool {
    do { try keeper.command("stopped") } catch { return true }
    return false
  }

  /// Of the last start.
  public var processID: Int32 {
    let text = (try? String(contentsOfFile: logPath + ".pid", encoding: .utf8)) ?? ""
    return Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
  }

  public var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }
}
