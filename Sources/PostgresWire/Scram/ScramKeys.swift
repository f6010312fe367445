import OpenSSL

/// The client's half of a SCRAM secret (RFC 5802 section 3): enough to log in without the password.
public struct ScramKeys: Sendable, Equatable {
  public let clientKey: WipedBytes
  public let serverKey: WipedBytes

  /// Nil unless both have the 32 bytes of SHA-256.
  public init?(clientKey: WipedBytes, serverKey: WipedBytes) {
    guard clientKey.count == 32, serverKey.count == 32 else { return nil }
    self.clientKey = clientKey
    self.serverKey = serverKey
  }
}
