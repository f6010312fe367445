import CSodium

/// Bytes and numbers from the kernel's generator (`randombytes_buf`).
public enum Random {
  /// Fresh bytes that need not stay secret: nonces, salts, identifiers.
  public static func bytes(_ count: Int) -> [UInt8] {
    SodiumLibrary.ready
    return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      if let start = buffer.baseAddress { unsafe randombytes_buf(start, count) }
      filled = count
    }
  }

  /// A number below `bound`, without bias.
  public static func number(below bound: UInt32) -> UInt32 {
    SodiumLibrary.ready
    return randombytes_uniform(bound)
  }
}
