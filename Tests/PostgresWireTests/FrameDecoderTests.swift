import PostgresWire
import Testing

struct FrameDecoderTests {
  private func frames(_ stream: [UInt8], chunks: () -> Int) throws -> [[UInt8]] {
    var frames: [[UInt8]] = []
    var unread: [UInt8] = []
    var offset = 0
    let decoder = FrameDecoder(.client)
    while offset < stream.count {
      let end = min(stream.count, offset + chunks())
      unread += stream[offset..<end]
      offset = end
      while let header = try decoder.header(unsafe unread.span.bytes), header.totalBytes <= unread.count {
        frames.append(Array(unread.prefix(header.totalBytes)))
        unread.removeFirst(header.totalBytes)
      }
    }
    #expect(unread.isEmpty)
    return frames
  }

  @Test func `one byte at a time and all at once are the same stream`() throws {
    var random = SeededGenerator(state: 1)
    let messages = (0..<1_000).map { _ in MessageSample.client.randomElement(using: &random)!.bytes }
    let stream = messages.flatMap { $0 }
    #expect(try frames(stream) { stream.count } == messages)
    #expect(try frames(stream) { 1 } == messages)
    #expect(try frames(stream) { Int.random(in: 1...100, using: &random) } == messages)
  }

  @Test func `a streamed message is taken in parts, to its end and no further`() throws {
    var decoder = FrameDecoder(.server)
    let header = try #require(try decoder.header(unsafe [DataRow.type, 0, 0, 0, 100].span.bytes))
    decoder.begin(header.totalBytes)
    #expect(decoder.advance(60) == 60 && decoder.advance(60) == 41 && decoder.advance(60) == 0)
    #expect(decoder.remaining == 0)
  }

  @Test func `a run is what the decoder finds message by message, whole messages of one type only`() throws {
    var random = SeededGenerator(state: 7)
    for _ in 0..<500 {
      var stream: [UInt8] = []
      for _ in 0..<Int.random(in: 0...6, using: &random) {
        let type = Int.random(in: 0..<5, using: &random) == 0 ? CopyData.type : DataRow.type
        let body = [UInt8](repeating: 0, count: Int.random(in: 0...40, using: &random))
        stream += [type] + withBytes(Int32(body.count + 4)) + body
      }
      stream = Array(stream.prefix(Int.random(in: 0...max(1, stream.count), using: &random)))
      let (countMax, bytesMax) = (UInt64.random(in: 0...6, using: &random), UInt64.random(in: 0...150, using: &random))
      var expected = MessageRun()
      while let header = try FrameDecoder(.server).header(
        unsafe stream.span.bytes.extracting(droppingFirst: expected.totalBytes)),
        header.type == DataRow.type, expected.totalBytes + header.totalBytes <= stream.count, expected.count < countMax,
        expected.bodyBytes + UInt64(header.bodyBytes) <= bytesMax
      {
        expected.count += 1
        expected.bodyBytes += UInt64(header.bodyBytes)
        expected.totalBytes += header.totalBytes
      }
      #expect(
        WireReader.run(of: DataRow.type, in: unsafe stream.span.bytes, countMax: countMax, bodyBytesMax: bytesMax) == expected)
    }
  }

  @Test(arguments: [Int32(3), 0, -1, .min, .max]) func `a run ends before a length that no message has`(length: Int32) {
    let stream = [DataRow.type] + withBytes(4) + [DataRow.type] + withBytes(length) + [0, 0, 0, 0]
    let run = WireReader.run(of: DataRow.type, in: unsafe stream.span.bytes, countMax: .max, bodyBytesMax: .max)
    #expect(run == MessageRun(count: 1, bodyBytes: 0, totalBytes: 5))
  }

  @Test func `a truncated header asks for more bytes`() throws {
    for count in 0..<5 {
      #expect(try FrameDecoder(.client).header(unsafe Array([UInt8(ascii: "Q"), 0, 0, 0, 4].prefix(count)).span.bytes) == nil)
    }
  }

  @Test(arguments: [Int32(-1), .min, 0, 3]) func `a length below its own four bytes is refused`(length: Int32) {
    let bytes = [UInt8(ascii: "Q")] + withBytes(length)
    #expect(throws: WireError.self) { try FrameDecoder(.client).header(unsafe bytes.span.bytes) }
    #expect(throws: WireError.self) {
      try FrameDecoder(.server).header(unsafe ([UInt8(ascii: "D")] + withBytes(length)).span.bytes)
    }
  }

  @Test func `small messages stay small, large ones below 1 GiB, and nothing is reserved`() throws {
    #expect(throws: WireError.self) {
      try FrameDecoder(.client).header(unsafe ([UInt8(ascii: "S")] + withBytes(10_001)).span.bytes)
    }
    #expect(try FrameDecoder(.client).header(unsafe ([UInt8(ascii: "S")] + withBytes(10_000)).span.bytes)?.bodyBytes == 9_996)
    #expect(throws: WireError.self) {
      try FrameDecoder(.client).header(unsafe ([UInt8(ascii: "Q")] + withBytes(0x3FFF_FFFF)).span.bytes)
    }
    #expect(try FrameDecoder(.client).header(unsafe ([UInt8(ascii: "Q")] + withBytes(0x3FFF_FFFE)).span.bytes) != nil)
    #expect(throws: WireError.self) {
      try FrameDecoder(.server).header(unsafe ([UInt8(ascii: "C")] + withBytes(40_000)).span.bytes)
    }
  }

  @Test func `one letter means different things in each direction`() throws {
    let bytes = [UInt8(ascii: "Z")] + withBytes(5)
    #expect(throws: WireError.self) { try FrameDecoder(.client).header(unsafe bytes.span.bytes) }
    #expect(try FrameDecoder(.server).header(unsafe bytes.span.bytes)?.bodyBytes == 1)
  }

  @Test(arguments: [Int32(7), 10_001, -1, .max]) func `a startup packet has 8 to 10,000 bytes`(length: Int32) throws {
    #expect(throws: WireError.self) { try FrameDecoder(.client).startupPacketBytes(unsafe withBytes(length).span.bytes) }
    #expect(try FrameDecoder(.client).startupPacketBytes(unsafe withBytes(8).span.bytes) == 8)
    #expect(try FrameDecoder(.client).startupPacketBytes(unsafe withBytes(10_000).span.bytes) == 10_000)
    #expect(try FrameDecoder(.client).startupPacketBytes(unsafe [UInt8](repeating: 0, count: 3).span.bytes) == nil)
  }

  private func withBytes(_ value: Int32) -> [UInt8] {
    stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> Int32($0)) }
  }
}
