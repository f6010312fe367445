import PostgresWire

/// The path of every row: one look at the type, a few additions, no allocation.
extension QueryPhase {
  mutating func routeServer(_ type: UInt8, _ bodyBytes: Int, _ actions: inout ActionQueue) throws(WireError) -> ServerRoute {
    if attempt.isFailing, !Self.mayFollowFailure(type) { throw outOfTurn(type) }
    switch type {
    case DataRow.type:
      guard !owed.isEmpty, owed.first.kind == .query || owed.first.kind == .execute else { throw outOfTurn(type) }
      if owed.first.capture != nil {
        // Users choose what settings hold, and how much of it.
        captureIsTooLong = captureIsTooLong || bodyBytes > limits.headBytes || captured.count >= Self.capturedRowsMax
        return captureIsTooLong ? .drop : .gather
      }
      guard isDescribed || owed.first.kind == .execute else { throw outOfTurn(type) }
      return try routeRow(bodyBytes, &actions)
    case CopyData.type:
      guard copy.sendsData, !owed.isEmpty else { throw outOfTurn(type) }
      return try routeRow(bodyBytes, &actions)
    case ParseComplete.type:
      try complete(.parse, type, .statements)
    case BindComplete.type:
      try complete(.bind, type, .portals)
      attempt.isBound = true
    case CloseComplete.type:
      let isPortal = !owed.isEmpty && owed.first.kind == .closePortal
      try complete(isPortal ? .closePortal : .closeStatement, type, isPortal ? .portals : .statements)
    case RowDescription.type:
      return try routeRowDescription(bodyBytes)
    case ParameterDescription.type:
      guard !owed.isEmpty, owed.first.kind == .describeStatement else { throw outOfTurn(type) }
      lastFate = fateOfDescription
      if lastFate == .forward, (owed.first.note?.note.hiddenParameters ?? 0) > 0 { return try gathered(bodyBytes) }
    case FunctionCallResponse.type:
      guard !owed.isEmpty, owed.first.kind == .functionCall, owed.first.fate != .poisoned, rows == 0 else {
        throw outOfTurn(type)
      }
      if owed.first.fate != .forward { return .drop }
      rows = 1
      bytes = UInt64(bodyBytes)
      guard bytes <= results.bytesMax else {
        owed.first.part = 1
        cut(overLimit, &actions)
        return .stop
      }
      return .gatherHead(min(bodyBytes, limits.headBytes))
    case NoData.type:
      guard !owed.isEmpty, owed.first.kind == .describeStatement || owed.first.kind == .describePortal else {
        throw outOfTurn(type)
      }
      lastFate = fateOfDescription
      owed.removeFirst()
    case CommandComplete.type, EmptyQueryResponse.type, PortalSuspended.type, ReadyForQuery.type: return .gather
    case ParameterStatus.type: return try gathered(bodyBytes)
    case ErrorResponse.type:
      return bodyBytes > limits.gatheredBytesMax ? .gatherHead(limits.headBytes) : .gather
    case ErrorResponse.noticeType:
      // What messages of our own are told is not for the client: at debug levels it is their plans.
      if !owed.isEmpty, owed.first.fate == .hidden || owed.first.fate == .swallowed { return .drop }
      return guarded.contains(.notices) ? (bodyBytes > limits.gatheredBytesMax ? .drop : .gather) : toClient(.forward)
    case NotificationResponse.type:
      return guarded.contains(.notifications) ? try gathered(bodyBytes) : toClient(.forward)
    case CopyResponse.Direction.into.rawValue:
      return try routeCopyIn(&actions)
    case CopyResponse.Direction.out.rawValue:
      guard !owed.isEmpty, owed.first.kind == .query || owed.first.kind == .execute, owed.first.fate.mayAnswer
      else { throw outOfTurn(type) }
      guard !copy.sendsData, !isDescribed else { throw outOfTurn(type) }
      copy.startSending()
      lastFate = owed.first.fate
    case CopyDone.type:
      guard copy.sendsData, !owed.isEmpty else { throw outOfTurn(type) }
      copy.sendingEnded()
      lastFate = owed.first.fate
    default:
      throw outOfTurn(type)
    }
    return toClient(lastFate == .forward ? .forward : .drop)
  }

  /// What may come between an ErrorResponse and its ReadyForQuery.
  private static func mayFollowFailure(_ type: UInt8) -> Bool {
    switch type {
    case ReadyForQuery.type, ErrorResponse.type, ErrorResponse.noticeType, NotificationResponse.type, ParameterStatus.type: true
    default: false
    }
  }

  /// What must be read whole fits into memory, whoever chose its length.
  private func gathered(_ bodyBytes: Int) throws(WireError) -> ServerRoute {
    guard bodyBytes <= limits.gatheredBytesMax else {
      throw WireError(.length, "a message of \(bodyBytes) bytes is longer than the proxy reads")
    }
    return .gather
  }

  /// Only what runs can be cut.
  private var fateOfDescription: OwedAnswer.Fate { owed.first.fate == .cut ? .forward : owed.first.fate }

  private func toClient(_ route: ServerRoute) -> ServerRoute { clientIsGone ? .drop : route }

  func outOfTurn(_ type: UInt8) -> WireError {
    WireError(.type, "a message of type \(Transcript.name(of: type)) came out of turn")
  }

  private mutating func routeRow(_ bodyBytes: Int, _ actions: inout ActionQueue) throws(WireError) -> ServerRoute {
    switch owed.first.fate {
    case .forward: break
    case .cut, .swallowed: return .drop
    case .hidden, .poisoned, .broken: throw outOfTurn(DataRow.type)
    }
    if rows == 0, owed.first.kind == .execute { before = names.sent(portal: owed.first.name) }
    rows &+= 1
    bytes &+= UInt64(bodyBytes)
    guard rows &+ before.rows <= results.rowsMax, bytes &+ before.bytes <= results.bytesMax else {
      rows &-= 1
      bytes &-= UInt64(bodyBytes)
      cut(overLimit, &actions)
      return .stop
    }
    return toClient(guarded.contains(.rows) ? .examine : .forward)
  }

  /// Whole rows behind the first of a statement, as many as limits allow; none where more is to be done about a row than to count it.
  mutating func takeRows(_ unread: RawSpan) -> Int {
    guard rows > 0, !owed.isEmpty, owed.first.fate == .forward, owed.first.capture == nil, !clientIsGone else { return 0 }
    let isCopy = copy.sendsData
    guard isCopy || owed.first.kind == .execute || owed.first.kind == .query && isDescribed else { return 0 }
    let (rowsSent, bytesSent) = (rows &+ before.rows, bytes &+ before.bytes)
    guard rowsSent < results.rowsMax, bytesSent < results.bytesMax else { return 0 }
    let run = WireReader.run(
      of: isCopy ? CopyData.type : DataRow.type, in: unread, countMax: results.rowsMax - rowsSent,
      bodyBytesMax: results.bytesMax - bytesSent)
    rows &+= run.count
    bytes &+= run.bodyBytes
    return run.totalBytes
  }

  private var overLimit: ErrorResponse {
    let what = rows &+ before.rows >= results.rowsMax ? "\(results.rowsMax) rows" : "\(results.bytesMax) bytes"
    return ErrorResponse(
      .error, .configurationLimitExceeded, "the statement returns more than \(what), the scope's limit",
      hint: "select less, or ask for a scope with a higher limit")
  }

  private mutating func complete(
    _ kind: OwedAnswer.Kind, _ type: UInt8, _ table: PreparedStatements.Table
  ) throws(WireError) {
    guard !owed.isEmpty, owed.first.kind == kind, owed.first.fate.mayAnswer || owed.first.fate == .hidden else {
      throw outOfTurn(type)
    }
    lastFate = owed.first.fate == .cut ? .forward : owed.first.fate
    if owed.first.serial != 0 { names.confirm(table, owed.first.name, serial: owed.first.serial) }
    owed.removeFirst()
  }

  private mutating func routeRowDescription(_ bodyBytes: Int) throws(WireError) -> ServerRoute {
    guard !owed.isEmpty else { throw outOfTurn(RowDescription.type) }
    let (kind, fate) = (owed.first.kind, owed.first.fate)
    switch kind {
    case .query:
      guard fate.mayAnswer, !isDescribed, !copy.sendsData else { throw outOfTurn(RowDescription.type) }
      isDescribed = true
    case .describeStatement, .describePortal:
      if fate == .hidden || (guarded.contains(.rowDescriptions) && fate == .forward) { return try gathered(bodyBytes) }
      owed.removeFirst()
      return toClient(fate == .swallowed ? .drop : .forward)
    default: throw outOfTurn(RowDescription.type)
    }
    guard fate == .forward else { return .drop }
    return guarded.contains(.rowDescriptions) ? try gathered(bodyBytes) : toClient(.forward)
  }

  private mutating func routeCopyIn(_ actions: inout ActionQueue) throws(WireError) -> ServerRoute {
    guard !owed.isEmpty, owed.first.kind == .query || owed.first.kind == .execute, owed.first.fate.mayAnswer
    else { throw outOfTurn(CopyResponse.Direction.into.rawValue) }
    if owed.first.fate != .forward || clientIsGone {
      // Nobody will send data; a backend that waits for them hears no cancel.
      var writer = WireWriter()
      CopyFail(reason: "the statement was cut").encode(into: &writer)
      actions.append(.sendToBackend(writer.bytes))
      return .stop
    }
    guard copy.held == owed.first.execution || owed.count == 1 else {
      // The client's messages behind it have been read as something else: they cannot be taken back.
      throw WireError(.type, "a COPY from stdin began that was not foreseen")
    }
    copy.startTaking(for: owed.first)
    return .forward
  }

  /// What the client sends for a COPY FROM STDIN is refused: the backend is told that the data failed, and its error brings this one.
  mutating func refuseData(_ error: ErrorResponse, _ actions: inout ActionQueue) {
    guard copy.takesData, !owed.isEmpty, owed.first.fate == .forward else { return }
    owed.first.fate = .cut
    owed.first.answer = error.bytes
    cutState = error.sqlState ?? .insufficientPrivilege
    copy.clientEnded()
    var writer = WireWriter()
    CopyFail(reason: error.message).encode(into: &writer)
    actions.append(.sendToBackend(writer.bytes))
  }

  /// The running statement is over for the client: it is cancelled, the rest is dropped, and its end brings this error.
  mutating func cut(_ error: ErrorResponse, _ actions: inout ActionQueue) {
    guard !owed.isEmpty, owed.first.fate == .forward else { return }
    owed.first.fate = .cut
    owed.first.answer = error.bytes
    cutState = error.sqlState ?? .queryCanceled
    cancelsUnderWay += 1
    actions.append(.cancelBackend)
    if copy.takesData {
      copy.clientEnded()
      var writer = WireWriter()
      CopyFail(reason: error.message).encode(into: &writer)
      actions.append(.sendToBackend(writer.bytes))
    }
  }
}
