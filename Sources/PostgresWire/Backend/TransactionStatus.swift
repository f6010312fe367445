/// The byte in ReadyForQuery.
public enum TransactionStatus: UInt8, Sendable, Equatable {
  /// Not in a transaction block.
  case idle = 0x49
  /// In a transaction block.
  case block = 0x54
  /// In a failed transaction block: everything but its end is refused.
  case failed = 0x45
}
