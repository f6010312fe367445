import PostgresWire

/// What came from one side of a session and could not go on yet.
struct Feed {
  var decoder: FrameDecoder
  /// Bytes not yet used up, beginning with a message's first byte (or the rest of one that is being streamed).
  var pending: [UInt8] = []
  /// With fewer pending bytes than this there is nothing to do.
  var needs = 0
  /// Bytes of the whole message that was handed to the machine and stands at the front, and of its body that were handed in.
  var atHand: (totalBytes: Int, bodyBytes: Int)?
  /// The message being streamed is thrown away.
  var drops = false

  /// What the machine said of the server's message at the front, while the rest of it is still to come: it is asked once for each
  /// message, for it counts them.
  var route: ServerRoute?

  init(_ sender: FrameDecoder.Sender) { decoder = FrameDecoder(sender) }

  /// In the middle of a message that goes to the other side.
  var isInsideMessage: Bool { decoder.remaining > 0 && !drops }

  mutating func begin(_ totalBytes: Int, drops: Bool) {
    decoder.begin(totalBytes)
    self.drops = drops
  }
}

/// A place in the bytes at hand, and the run before it that goes to the other side in one write.
struct Run {
  var start = 0
  var end = 0

  mutating func skip(_ count: Int) {
    start = end + count
    end = start
  }
}
