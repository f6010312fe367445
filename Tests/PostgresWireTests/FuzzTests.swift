import PostgresWire
import Testing

/// Structure-aware: valid messages with bytes changed, cut, doubled and crossed. Whatever comes, reading is an error or gives a
/// message that writes and reads again alike; it never traps. One seed replays a run.
struct FuzzTests {
  private func mutate(_ body: [UInt8], _ other: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = body
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let at = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0 where !bytes.isEmpty: bytes[at] = UInt8.random(in: 0...255, using: &random)
      case 1 where !bytes.isEmpty: bytes[at] = [0, 0xFF, 0x7F, 0x80].randomElement(using: &random)!
      case 2: bytes.removeSubrange(at...)
      case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
      case 4: bytes = Array(bytes.prefix(at)) + other.suffix(Int.random(in: 0...other.count, using: &random))
      default: bytes += bytes.suffix(Int.random(in: 0...min(8, bytes.count), using: &random))
      }
    }
    return bytes
  }

  @Test func `100,000 broken messages are errors, or messages`() throws {
    var random = SeededGenerator(state: 20_260_101)
    let samples = MessageSample.client + MessageSample.server
    var read = 0
    for _ in 0..<100_000 {
      let sample = samples.randomElement(using: &random)!
      let body = mutate(sample.body, samples.randomElement(using: &random)!.body, &random)
      guard let bytes = try? sample.again(body), bytes.count >= 5 else { continue }
      read += 1
      // Reading again what was written is the identity. (What was not UTF-8 was replaced the first time.)
      if sample.name != "Authentication" {
        let again = try sample.again(Array(bytes.dropFirst(5)))
        if again != bytes { Issue.record("\(sample.name) \(body)") }
      }
    }
    #expect(read > 1_000 && read < 99_000)
  }

  @Test func `broken startup packets and SCRAM messages never trap`() {
    var random = SeededGenerator(state: 7)
    let packet = Array(
      StartupPacket.startup(StartupMessage(parameters: [.init("user", "u"), .init("database", "d")])).bytes.dropFirst(4))
    let texts = ["n,,n=,r=abc", "r=abcdef,s=c2FsdA==,i=1", "c=biws,r=abcdef,p=AAAA", "v=AAAA"].map { Array($0.utf8) }
    let keys = ScramKeys(password: [1], salt: Array("salt".utf8), iterations: 1)
    for _ in 0..<20_000 {
      _ = try? StartupPacket.decode(unsafe mutate(packet, packet, &random).span.bytes)
      let text = String(decoding: mutate(texts.randomElement(using: &random)!, texts[1], &random), as: UTF8.self)
      _ = try? ScramServer.ClientFirst(text, plusChosen: false, plusOffered: false)
      var client = ScramClient(.keys(keys, salt: Array("salt".utf8), iterations: 1), nonce: "abc", binding: .none)
      _ = try? client.answer(text)
      try? client.finish(text)
      if let first = try? ScramServer.ClientFirst("n,,n=,r=abc", plusChosen: false, plusOffered: false) {
        let server = ScramServer(first, nonce: "def", salt: [1], iterations: 1)
        _ = try? server.verify(text, verifier: keys.verifier(salt: [1], iterations: 1), channelBinding: nil)
      }
    }
  }
}
