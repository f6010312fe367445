import CSodium

/// Initialises libsodium once for the process; every wrapper in this module asks for `ready` first.
enum SodiumLibrary {
  /// `sodium_init` picks implementations and seeds the generator. It fails only where the system offers no randomness at all, and
  /// then nothing in this product may go on.
  static let ready: Void = {
    precondition(sodium_init() >= 0, "libsodium could not be initialised: no source of randomness")
  }()
}
