/// What names a running session to CancelRequest. The secret has exactly 4 bytes in protocol 3.0, and 4 to 256 in 3.2 (manual,
/// "BackendKeyData"). It never shows in a description.
public struct CancelKey: Sendable, Hashable, CustomStringConvertible {
  public static let secretBytes = 4...256

  public let processID: UInt32
  public let secret: [UInt8]

  /// Nil when `secret` is shorter or longer than the protocol allows.
  public init?(processID: UInt32, secret: [UInt8]) {
    guard Self.secretBytes.contains(secret.count) else { return nil }
    self.processID = processID
    self.secret = secret
  }

  public var description: String { "CancelKey(\(processID), <secret>)" }
}
