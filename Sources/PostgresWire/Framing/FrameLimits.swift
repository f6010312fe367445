/// Every ceiling on a message, with its source. Lengths are those of the body, without type byte and length word.
public struct FrameLimits: Sendable, Equatable {
  /// The length word counts itself.
  public static let lengthWordBytes = 4
  /// Type byte and length word.
  public static let headerBytes = 5
  /// Whole startup packets, length word included: `MAX_STARTUP_PACKET_LENGTH` (pqcomm.h), and room for the length and a code.
  public static let startupPacketBytes = 8...10_000
  /// `PQ_SMALL_MESSAGE_LIMIT` (libpq.h): messages of a client that hold names and numbers.
  public static let smallBytesMax = 10_000 - lengthWordBytes
  /// `PQ_LARGE_MESSAGE_LIMIT` (libpq.h), `MaxAllocSize` - 1: messages that hold a client's texts and values.
  public static let largeBytesMax = 0x3fff_fffe - lengthWordBytes
  /// `PG_MAX_SASL_MESSAGE_LENGTH` (sasl.h).
  public static let saslBytesMax = 1_024
  /// libpq takes a longer message of any other than its few long types for lost synchronization (fe-protocol3.c).
  public static let serverSmallBytesMax = 30_000 - lengthWordBytes

  /// Bytes of one message that may be gathered in memory; longer ones are streamed, or refused where they must be read whole.
  public var gatheredBytesMax: Int
  /// Bytes of a Bind (or an error's) beginning that are read when it is streamed: names, format codes.
  public var headBytes: Int
  /// Messages sent to the backend whose answers are still to come, before the client has to wait.
  public var answersOwedMax: Int
  /// Named prepared statements and portals of one session, each.
  public var namesMax: Int
  /// Memory that one session's named prepared statements and portals may take, syntax trees and parameters included; and, beside it,
  /// those that were sent and wait for their answers.
  public var heldBytesMax: Int

  public init(
    gatheredBytesMax: Int = 4 << 20, headBytes: Int = 8_192, answersOwedMax: Int = 16_384, namesMax: Int = 10_000,
    heldBytesMax: Int = 128 << 20
  ) {
    self.gatheredBytesMax = gatheredBytesMax
    self.headBytes = headBytes
    self.answersOwedMax = answersOwedMax
    self.namesMax = namesMax
    self.heldBytesMax = heldBytesMax
  }

  /// The longest body that a client may send under a type once it is logged in; nil for a type that does not exist.
  public static func clientBytesMax(_ type: UInt8) -> Int? {
    switch type {
    case UInt8(ascii: "Q"), UInt8(ascii: "P"), UInt8(ascii: "B"), UInt8(ascii: "F"), UInt8(ascii: "d"): largeBytesMax
    case UInt8(ascii: "C"), UInt8(ascii: "D"), UInt8(ascii: "E"), UInt8(ascii: "H"), UInt8(ascii: "S"), UInt8(ascii: "X"),
      UInt8(ascii: "c"), UInt8(ascii: "f"):
      smallBytesMax
    case UInt8(ascii: "p"): 65_535  // PG_MAX_AUTH_TOKEN_LENGTH (auth.h)
    default: nil
    }
  }

  /// The longest body that a server may send under a type; nil for a type that does not exist.
  public static func serverBytesMax(_ type: UInt8) -> Int? {
    switch type {
    case UInt8(ascii: "T"), UInt8(ascii: "D"), UInt8(ascii: "d"), UInt8(ascii: "V"), UInt8(ascii: "E"), UInt8(ascii: "N"),
      UInt8(ascii: "A"), UInt8(ascii: "t"), UInt8(ascii: "S"):
      largeBytesMax
    case UInt8(ascii: "1"), UInt8(ascii: "2"), UInt8(ascii: "3"), UInt8(ascii: "C"), UInt8(ascii: "G"), UInt8(ascii: "H"),
      UInt8(ascii: "I"), UInt8(ascii: "K"), UInt8(ascii: "R"), UInt8(ascii: "W"), UInt8(ascii: "Z"), UInt8(ascii: "c"),
      UInt8(ascii: "n"), UInt8(ascii: "s"), UInt8(ascii: "v"):
      serverSmallBytesMax
    default: nil
    }
  }
}
