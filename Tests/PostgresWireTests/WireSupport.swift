import PostgresWire

/// SplitMix64: one seed replays a run.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

func written(_ write: (inout WireWriter) -> Void) -> [UInt8] {
  var writer = WireWriter()
  write(&writer)
  return writer.bytes
}

/// One message of each kind, and what reads it: decoding and encoding again must give the same bytes.
struct MessageSample {
  var name: String
  var bytes: [UInt8]
  /// Reads a body and writes the message again.
  var again: @Sendable ([UInt8]) throws(WireError) -> [UInt8]

  static let client: [MessageSample] = [
    .init(name: "Query", bytes: written { Query("select 1").encode(into: &$0) }) { (body) throws(WireError) in
      let message = try Query.decode(unsafe body.span.bytes)
      return written { message.encode(into: &$0) }
    },
    .init(
      name: "Parse",
      bytes: written { Parse(name: .init("s"), text: Array("select $1".utf8), parameterTypes: [23, 0]).encode(into: &$0) }
    ) { (body) throws(WireError) in
      let message = try Parse.decode(unsafe body.span.bytes)
      let head = try Parse.head(unsafe body.span.bytes)
      precondition(head.name == message.name && Array(body[head.text]) == message.text, "the two readers differ")
      return written { message.encode(into: &$0) }
    },
    .init(
      name: "Bind",
      bytes: written {
        Bind(
          portal: .init("p"), statement: .init("s"), parameterFormats: [1], parameters: [nil, [], [1, 2]], resultFormats: [0, 1]
        )
        .encode(into: &$0)
      }
    ) { (body) throws(WireError) in
      let message = try Bind.decode(unsafe body.span.bytes)
      let names = try Bind.checkedNames(unsafe body.span.bytes)
      precondition(names == (message.portal, message.statement), "the two readers differ")
      return written { message.encode(into: &$0) }
    },
    .init(name: "Describe", bytes: written { Describe(.portal(.init("p"))).encode(into: &$0) }) { (body) throws(WireError) in
      let message = try Describe.decode(unsafe body.span.bytes)
      return written { message.encode(into: &$0) }
    },
    .init(name: "Close", bytes: written { Close(.statement(.init("s"))).encode(into: &$0) }) { (body) throws(WireError) in
      let message = try Close.decode(unsafe body.span.bytes)
      return written { message.encode(into: &$0) }
    },
    .init(name: "Execute", bytes: written { Execute(portal: .init("p"), rowsMax: 7).encode(into: &$0) }) {
      (body) throws(WireError) in
      let message = try Execute.decode(unsafe body.span.bytes)
      return written { message.encode(into: &$0) }
    },
    .init(name: "Sync", bytes: written { Sync().encode(into: &$0) }) { (body) throws(WireError) in
      let message = try Sync.decode(unsafe body.span.bytes)
      return written { message.encode(into: &$0) }
    },
    .init(
      name: "SASLInitialResponse",
      bytes: written { SASLInitialResponse(mechanism: "SCRAM-SHA-256", response: "n,,n=,r=x").encode(into: &$0) }
    ) { (body) throws(WireError) in
      let message = try SASLInitialResponse.decode(unsafe body.span.bytes)
      return written { message.encode(into: &$0) }
    },
  ]

  static let server: [MessageSample] = [
    .init(
      name: "ErrorResponse",
      bytes: ErrorResponse(.error, .syntaxError, "no", detail: "d", hint: "h", position: 3).bytes
    ) { (body) throws(WireError) in
      let message = try ErrorResponse.decode(unsafe body.span.bytes)
      return message.bytes
    },
    .init(
      name: "RowDescription",
      bytes: written {
        RowDescription(columns: [.init(name: [0x61], tableOID: 5, columnNumber: -1, typeOID: 25, format: 1)]).encode(into: &$0)
      }
    ) { (body) throws(WireError) in
      let message = try RowDescription.decode(unsafe body.span.bytes)
      return written { message.encode(into: &$0) }
    },
    .init(name: "DataRow", bytes: written { DataRow([nil, [], [1, 2, 3]]).encode(into: &$0) }) { (body) throws(WireError) in
      let message = try DataRow.decode(unsafe body.span.bytes)
      return written { message.encode(into: &$0) }
    },
    .init(name: "CommandComplete", bytes: written { CommandComplete(tag: "SELECT 1").encode(into: &$0) }) {
      (body) throws(WireError) in
      let message = try CommandComplete.decode(unsafe body.span.bytes)
      return written { message.encode(into: &$0) }
    },
    .init(name: "ReadyForQuery", bytes: written { ReadyForQuery(.failed).encode(into: &$0) }) { (body) throws(WireError) in
      let message = try ReadyForQuery.decode(unsafe body.span.bytes)
      return written { message.encode(into: &$0) }
    },
    .init(name: "ParameterStatus", bytes: written { ParameterStatus(name: "a", value: "b").encode(into: &$0) }) {
      (body) throws(WireError) in
      let message = try ParameterStatus.decode(unsafe body.span.bytes)
      return written { message.encode(into: &$0) }
    },
    .init(
      name: "BackendKeyData", bytes: written { BackendKeyData(CancelKey(processID: 9, secret: [1, 2, 3, 4])!).encode(into: &$0) }
    ) { (body) throws(WireError) in
      let message = try BackendKeyData.decode(unsafe body.span.bytes)
      return written { message.encode(into: &$0) }
    },
    .init(name: "Authentication", bytes: written { Authentication.sasl(mechanisms: ["A", "B"]).encode(into: &$0) }) {
      (body) throws(WireError) in
      let message = try Authentication.decode(unsafe body.span.bytes)
      // What follows an unknown or MD5 request is not kept.
      switch message {
      case .other, .md5Password: return body
      default: return written { message.encode(into: &$0) }
      }
    },
    .init(
      name: "NotificationResponse",
      bytes: written { NotificationResponse(processID: 1, channel: [0x63], payload: [0x70]).encode(into: &$0) }
    ) { (body) throws(WireError) in
      let message = try NotificationResponse.decode(unsafe body.span.bytes)
      return written { message.encode(into: &$0) }
    },
    .init(name: "CopyInResponse", bytes: written { CopyResponse(.into, columnFormats: [0, 0]).encode(into: &$0) }) {
      (body) throws(WireError) in
      let message = try CopyResponse.decode(.into, unsafe body.span.bytes)
      return written { message.encode(into: &$0) }
    },
    .init(name: "ParameterDescription", bytes: written { ParameterDescription(typeOIDs: [23, 25]).encode(into: &$0) }) {
      (body) throws(WireError) in
      let message = try ParameterDescription.decode(unsafe body.span.bytes)
      return written { message.encode(into: &$0) }
    },
    .init(
      name: "NegotiateProtocolVersion",
      bytes: written { NegotiateProtocolVersion(version: .newest, unknownExtensions: ["_pq_.a"]).encode(into: &$0) }
    ) { (body) throws(WireError) in
      let message = try NegotiateProtocolVersion.decode(unsafe body.span.bytes)
      return written { message.encode(into: &$0) }
    },
  ]

  var body: [UInt8] { Array(bytes.dropFirst(FrameLimits.headerBytes)) }
}
