/// What names a running session to CancelRequest. The secret has exactly 4 bytes in protocol 3.0, and 4 to 256 in 3.2 (manual,
/// "BackendKeyData"). It never shows in a description.
public struct CancelKey: Sendable, Hashable, CustomStringConvertible {
  public static let secretBytes = 4...256

  public let processID: UInt32
  /// A secret of 4 bytes, which most have, in place: every session keeps keys.
  private let short: UInt32
  private let long: [UInt8]?

  /// Nil when `secret` is shorter or longer than the protocol allows.
  public init?(processID: UInt32, secret: [UInt8]) {
    guard Self.secretBytes.contains(secret.count) else { return nil }
    self.processID = processID
    short = secret.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    long = secret.count == 4 ? nil : secret
  }

  /// 4 to 256 bytes.
  public var secret: [UInt8] {
    long ?? stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: short >> UInt32($0)) }
  }

  public var description: String { "CancelKey(\(processID), <secret>)" }
}
