import ArgumentParser
import Sodium
import Vault

/// A verb that works on a vault file: no core dumps, and the vault's errors told as the command's.
protocol VaultVerb: Verb {
  func act() throws
}

extension VaultVerb {
  func perform() throws {
    do {
      try ProcessHardening.apply()
      try act()
    } catch let error as VaultError {
      throw CommandFailure(error.code == .missing ? .notFound : .failure, "\(error.path): \(error.message)", next: error.next)
    } catch let error as SodiumError {
      throw CommandFailure(.failure, error.message, next: error.next)
    }
  }
}
