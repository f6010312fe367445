import Sodium

/// What the process as a whole must be before it holds the first key.
public enum ProcessSetup {
  /// No core dumps, no ptrace by others.
  public static func harden() throws { try ProcessHardening.apply() }
}
