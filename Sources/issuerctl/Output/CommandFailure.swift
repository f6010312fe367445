import ArgumentParser
import IssuerAPI
import Sodium

/// Why a command ends without having done what it was asked: what happened, why, and what to do next.
struct CommandFailure: Error {
  var exitCode: ExitCode
  var message: String
  var next: String

  init(_ exitCode: ExitCode, _ message: String, next: String) {
    self.exitCode = exitCode
    self.message = message
    self.next = next
  }

  init(_ failure: IssuerFailure) {
    exitCode =
      switch failure.kind {
      case .unreachable, .lost: .unreachable
      case .denied, .unauthorized: .denied
      case .notFound: .notFound
      case .conflict, .invalid, .unavailable, .failed: .failure
      }
    (message, next) = (failure.message, failure.next)
  }
}

/// The exit codes of issuerctl; 0 is done, 1 failed, 64 wrong usage (from argument-parser).
extension ExitCode {
  /// Policy or an approver says no.
  static let denied = ExitCode(3)
  static let notFound = ExitCode(4)
  static let unreachable = ExitCode(5)
  /// Nobody decided yet.
  static let pending = ExitCode(6)
}

/// A command whose failures are told to people on standard error, and to scripts by the exit code.
protocol Verb: ParsableCommand {
  func perform() throws
}

extension Verb {
  func run() throws {
    do {
      // Answers of the issuer hold secrets, and programs of the same user, an agent's among them, shall not read them from our memory.
      try ProcessHardening.hideMemory()
      try perform()
    } catch let error as SodiumError {
      throw Self.tell(CommandFailure(.failure, error.message, next: error.next))
    } catch let failure as IssuerFailure {
      throw Self.tell(CommandFailure(failure))
    } catch let failure as CommandFailure {
      throw Self.tell(failure)
    }
  }

  private static func tell(_ failure: CommandFailure) -> ExitCode {
    Terminal.standardError.write("\(Terminal.standardError.styled("error:", .red)) \(failure.message)")
    if !failure.next.isEmpty { Terminal.standardError.write("\(Terminal.standardError.styled("next:", .bold)) \(failure.next)") }
    return failure.exitCode
  }
}
