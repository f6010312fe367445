import OpenSSL
import PostgresWire

@testable import Proxy

/// What is fed with random bytes: by `Tests/Fuzz/fuzz.sh` with libFuzzer, which looks for new ways through the code, and by `FuzzTests`.
/// An input may be refused; it must not trap, and what is read must be written again alike.
enum FuzzTarget: String, CaseIterable, Sendable {
  /// Streams of messages, both ways.
  case frames
  /// The first packets of a connection.
  case startup
  /// Texts of the SCRAM exchange, in both roles.
  case scram
  /// The session machine, driven by messages, verdicts and events.
  case session
  /// The same, beside a machine that takes batches and their answers whole.
  case batch

  func run(_ input: [UInt8]) {
    switch self {
    case .frames: Self.frames(input)
    case .startup: Self.startup(input)
    case .scram: Self.scram(input)
    case .session: SessionFuzzer(input).run()
    case .batch:
      var fuzzer = BatchFuzzer(input)
      fuzzer.run()
    }
  }

  // MARK: Frames

  private static func frames(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let sender: FrameDecoder.Sender = first & 1 == 0 ? .client : .server
    let stream = Array(input.dropFirst())
    let whole = read(stream, sender, chunkBytes: stream.count)
    let pieces = read(stream, sender, chunkBytes: Int(first >> 1) % 16 + 1)
    precondition(whole == pieces, "a stream in pieces is another one")
    for message in whole { decode(message, sender) }
  }

  private static func read(_ stream: [UInt8], _ sender: FrameDecoder.Sender, chunkBytes: Int) -> [[UInt8]] {
    let decoder = FrameDecoder(sender)
    var messages: [[UInt8]] = []
    var start = 0
    var end = 0
    while end < stream.count {
      end = min(stream.count, end + chunkBytes)
      while true {
        guard let found = try? decoder.header(unsafe stream.span.bytes.extracting(start..<end)) else { break }
        guard found.totalBytes <= end - start else { break }
        messages.append(Array(stream[start..<start + found.totalBytes]))
        start += found.totalBytes
      }
    }
    return messages
  }

  private static func decode(_ message: [UInt8], _ sender: FrameDecoder.Sender) {
    let body = unsafe message.span.bytes.extracting(droppingFirst: FrameLimits.headerBytes)
    if sender == .client {
      _ = try? Transcript.clientLine(message[0], body)
      switch message[0] {
      case Parse.type: writesAgain(message) { writer in try Parse.decode(body).encode(into: &writer) }
      case Bind.type:
        // Names are kept to the bytes that the server compares.
        if let names = try? Bind.checkedNames(body), max(names.portal.utf8.count, names.statement.utf8.count) < WireName.bytesMax
        {
          writesAgain(message) { writer in try Bind.decode(body).encode(into: &writer) }
        }
      case Query.type: writesAgain(message) { writer in try Query.decode(body).encode(into: &writer) }
      case Execute.type: _ = try? Execute.decode(body)
      case SASLInitialResponse.type:
        _ = try? SASLInitialResponse.decode(body)
        _ = try? SASLResponse.decode(body)
      default: break
      }
    } else {
      _ = try? Transcript.serverLine(message[0], body)
      switch message[0] {
      case DataRow.type: writesAgain(message) { writer in try DataRow.decode(body).encode(into: &writer) }
      case RowDescription.type: writesAgain(message) { writer in try RowDescription.decode(body).encode(into: &writer) }
      case ParameterDescription.type:
        writesAgain(message) { writer in try ParameterDescription.decode(body).encode(into: &writer) }
      case ErrorResponse.type: _ = ErrorResponse.head(body)
      default: break
      }
    }
  }

  private static func writesAgain(_ message: [UInt8], _ write: (inout WireWriter) throws -> Void) {
    var writer = WireWriter()
    guard (try? write(&writer)) != nil else { return }
    // What a name or a text of this size is cut to is another message.
    precondition(writer.bytes == message || message.count > 60, "a message is written otherwise than it was read")
  }

  // MARK: Startup

  private static func startup(_ input: [UInt8]) {
    guard let flags = input.first else { return }
    if let packet = try? StartupPacket.decode(unsafe input.span.bytes.extracting(droppingFirst: 1)) {
      let bytes = packet.bytes
      let again = try? StartupPacket.decode(unsafe bytes.span.bytes.extracting(droppingFirst: 4))
      precondition(again == packet, "a startup packet is read otherwise than it was written")
    }
    // The same bytes as a stream of packets, with what stands behind each.
    let harness = SessionHarness(.init(offersTLS: flags & 1 != 0, requiresTLS: flags & 2 != 0))
    var rest = input.dropFirst()
    while harness.machine.expectsStartupPacket, let length = rest.first.map({ Int($0) + 4 }), rest.count > length {
      let packet = Array(rest.dropFirst().prefix(length))
      rest = rest.dropFirst(length + 1)
      harness.startup(packet, bytesBehind: flags & 4 != 0 ? rest.count : 0)
      if harness.actions.last == .answerEncryption(UInt8(ascii: "S")) {
        harness.handle(.tlsEstablished(channelBinding: [1, 2, 3]))
      }
    }
    precondition(!harness.actions.contains(.connectBackend), "the server was asked before the login")
  }

  // MARK: SCRAM

  private static let salt: [UInt8] = Array("salt".utf8)
  private static let keys = ScramKeys(password: [1], salt: salt, iterations: 1)

  private static func scram(_ input: [UInt8]) {
    guard let flags = input.first else { return }
    let plus = flags & 1 != 0
    let parts = input.dropFirst().split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
    if let first = try? ScramServer.ClientFirst(parts[0], plusChosen: plus, plusOffered: plus || flags & 2 != 0), parts.count > 1
    {
      let server = ScramServer(first, nonce: "def", salt: salt, iterations: 1)
      let signature = try? server.verify(
        parts[1], verifier: keys.verifier(salt: salt, iterations: 1), channelBinding: plus ? [1, 2, 3] : nil)
      precondition(signature == nil, "a proof was made of nothing")
    }
    var client = ScramClient(.keys(keys, salt: salt, iterations: 1), nonce: "abc", binding: plus ? .endPoint([1]) : .none)
    guard (try? client.answer(parts[0])) != nil, parts.count > 1 else { return }
    let isSigned = (try? client.finish(parts[1])) != nil
    precondition(!isSigned, "a signature was made of nothing")
  }
}
