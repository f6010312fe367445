import PostgresWire

/// What the proxy's configuration says of every session of a listener: they share it.
public final class SessionConfiguration: Sendable {
  /// Answer SSLRequest with `S`.
  public let offersTLS: Bool
  /// Refuse a startup message in the clear (everywhere but on Unix sockets and configured loopback).
  public let requiresTLS: Bool
  /// What to do without a lease, in a sentence; the hint of login errors.
  public let loginHint: String
  public let limits: FrameLimits

  public init(
    offersTLS: Bool, requiresTLS: Bool, loginHint: String = "ask for access with \"issuerctl request\"",
    limits: FrameLimits = .init()
  ) {
    self.offersTLS = offersTLS
    self.requiresTLS = requiresTLS
    self.loginHint = loginHint
    self.limits = limits
  }
}

/// Messages of the backend that pass the guard on their way to the client. Empty in sessions without masks.
public struct GuardedMessages: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// DataRow, and CopyData of a COPY TO STDOUT: routed `.examine`, no further call.
  public static let rows = GuardedMessages(rawValue: 1 << 0)
  public static let rowDescriptions = GuardedMessages(rawValue: 1 << 1)
  public static let errors = GuardedMessages(rawValue: 1 << 2)
  public static let notices = GuardedMessages(rawValue: 1 << 3)
  public static let notifications = GuardedMessages(rawValue: 1 << 4)
  public static let parameterStatuses = GuardedMessages(rawValue: 1 << 5)
  public static let all = GuardedMessages(rawValue: 0x3F)
}

/// Ceilings on what one statement sends to the client.
public struct ResultLimits: Sendable, Equatable {
  /// DataRows, or CopyData messages.
  public var rowsMax: UInt64
  /// Bytes of their bodies.
  public var bytesMax: UInt64

  public init(rowsMax: UInt64 = .max, bytesMax: UInt64 = .max) {
    self.rowsMax = rowsMax
    self.bytesMax = bytesMax
  }
}
