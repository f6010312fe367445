import Foundation

/// The folder `sql`: all SQL that the programs run, found at run time so that a DBA reads what the daemon runs.
public struct SQLDirectory: Sendable, Equatable {
  public let path: String

  /// A folder that holds `migrations`; `58P01` when it does not.
  public init(path: String) throws(PostgresError) {
    guard FileManager.default.fileExists(atPath: path + "/migrations") else {
      throw PostgresError(
        sqlState: "58P01", message: "\(path) holds no folder migrations",
        hint: "install the sql folder beside the program, under share/issuer/sql")
    }
    self.path = path
  }

  /// `<folder of the executable>/../share/issuer/sql`, else the first folder `sql` with migrations on the way from the executable,
  /// then from the working directory, up to the root.
  public static func located() throws(PostgresError) -> SQLDirectory {
    let executable = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    let folder = URL(fileURLWithPath: executable).deletingLastPathComponent()
    if let installed = try? SQLDirectory(path: folder.appendingPathComponent("../share/issuer/sql").standardized.path) {
      return installed
    }
    for start in [folder, URL(fileURLWithPath: FileManager.default.currentDirectoryPath)] {
      var place = start.standardized
      while true {
        if let found = try? SQLDirectory(path: place.appendingPathComponent("sql").path) { return found }
        if place.path == "/" { break }
        place.deleteLastPathComponent()
      }
    }
    throw PostgresError(
      sqlState: "58P01", message: "the sql folder is neither installed nor above \(folder.path)",
      hint: "install it as share/issuer/sql beside the program's bin")
  }

  /// The text of one file, as `functions/here/clean.sql`.
  public func script(_ name: String) throws(PostgresError) -> String {
    do {
      return try String(contentsOfFile: path + "/" + name, encoding: .utf8)
    } catch {
      throw PostgresError(sqlState: "58P01", message: "sql/\(name) cannot be read", hint: "install the sql folder again")
    }
  }

  /// The names of a folder's `.sql` files, in order; its subfolders are not looked into.
  public func scripts(in folder: String) throws(PostgresError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path + "/" + folder)
        .filter { $0.hasSuffix(".sql") }.sorted().map { folder + "/" + $0 }
    } catch {
      throw PostgresError(sqlState: "58P01", message: "sql/\(folder) cannot be listed", hint: "install the sql folder again")
    }
  }
}
