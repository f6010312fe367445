import PostgresWire

extension QueryPhase {
  /// - Precondition: `acceptsClient`.
  mutating func routeClient(_ type: UInt8, _ bodyBytes: Int, _ actions: inout ActionQueue) throws(WireError) -> ClientRoute {
    if copy.takesData { return try routeCopying(type, bodyBytes, &actions) }
    switch type {
    case CopyData.type, CopyDone.type, CopyFail.type:
      // A client that does not know yet that its COPY failed; PostgreSQL ignores them, too.
      return .drop
    case Sync.type, Terminate.type:
      return .gather
    case _ where isSkipping:
      return .drop
    case Bind.type where bodyBytes > limits.gatheredBytesMax, FunctionCall.type where bodyBytes > limits.gatheredBytesMax:
      return .gatherHead(limits.headBytes)
    case Query.type where bodyBytes > limits.gatheredBytesMax, Parse.type where bodyBytes > limits.gatheredBytesMax:
      let error = ErrorResponse(
        .error, .programLimitExceeded, "a statement of \(bodyBytes) bytes is longer than the proxy reads",
        hint: "the limit is \(limits.gatheredBytesMax) bytes; send values as parameters, or by COPY")
      // Which name a Parse has is not known here: the unnamed statement is forgotten, the worst that it could mean.
      if type == Query.type {
        refuseQuery(error, forgetsUnnamed: true, &actions)
      } else {
        refuseExtended(error, unnamedParse: true, &actions)
      }
      return .stop
    case Query.type, Parse.type, Bind.type, Describe.type, Execute.type, Close.type, Flush.type, FunctionCall.type:
      return .gather
    default:
      throw WireError(.type, "a message of type \(Transcript.name(of: type)) cannot come now")
    }
  }

  private mutating func routeCopying(
    _ type: UInt8, _ bodyBytes: Int, _ actions: inout ActionQueue
  ) throws(WireError) -> ClientRoute {
    switch type {
    case CopyData.type where copy.checked != nil:
      guard bodyBytes <= limits.gatheredBytesMax else {
        refuseData(
          ErrorResponse(
            .error, .programLimitExceeded, "a piece of \(bodyBytes) bytes of COPY is longer than the proxy reads",
            hint:
              "send pieces of up to \(limits.gatheredBytesMax) bytes: masked columns are written, and what is written is looked at"
          ),
          &actions)
        return .stop
      }
      return .gather
    case CopyDone.type where copy.checked != nil: return .gather
    case CopyData.type:
      copy.took(bodyBytes)
      return .forward
    case CopyDone.type, CopyFail.type:
      endTaking()
      return .forward
    case Sync.type, Flush.type:
      if type == Sync.type { copy.sawSync() }
      return .drop
    case Terminate.type:
      return .gather
    default:
      throw WireError(.type, "a message of type \(Transcript.name(of: type)) cannot come during COPY from stdin")
    }
  }

  /// Behind a COPY of the extended protocol anything may follow; behind one in a Query there may be another COPY.
  mutating func endTaking() {
    copy.clientEnded()
    if !owed.isEmpty, owed.first.kind == .execute { copy.release(owed.first.execution) }
  }

  /// A gathered message. One that cannot be read fails as it does in PostgreSQL, and the session goes on.
  mutating func client(_ type: UInt8, _ body: RawSpan, isHead: Bool, _ actions: inout ActionQueue) throws(WireError) {
    do throws(WireError) { try read(type, body, isHead: isHead, &actions) } catch {
      guard passBroken(type, error, &actions) else { throw error }
    }
  }

  private mutating func read(
    _ type: UInt8, _ body: RawSpan, isHead: Bool, _ actions: inout ActionQueue
  ) throws(WireError) {
    if attempt.isOpen { attempt.keep(type, body, isHead: isHead) }
    switch type {
    case CopyData.type, CopyDone.type:
      guard let checked = copy.checked else { throw WireError(.type, "data of a COPY came out of turn") }
      judge(Pending(request: .copyData(checked, isEnd: type == CopyDone.type), copyBytes: body.byteCount), &actions)
    case Query.type:
      let text = try Query.textRange(body)
      let execution = nextExecution()
      judge(Pending(request: .query(execution, text: text), execution: execution.number), &actions)
    case Parse.type:
      let head = try Parse.head(body)
      let tail = try WireReader.read(body) { reader throws(WireError) in
        _ = try reader.skip(head.text.upperBound + 1)
        return try reader.rest()
      }
      if let refusal = names.refusal(.statements, head.name, limits) {
        actions.append(.dropFromClient)
        return refuseExtended(refusal, unnamedParse: false, &actions)
      }
      judge(Pending(request: .parse(text: head.text), name: head.name, tail: tail), &actions)
    case Bind.type:
      let (portal, statement) = isHead ? try Bind.names(body) : try Bind.checkedNames(body)
      if let refusal = names.refusal(.portals, portal, limits) {
        actions.append(.dropFromClient)
        return refuseExtended(refusal, unnamedParse: false, &actions)
      }
      let note = names.note(.statements, statement)
      if !attempt.isOpen {
        beginAttempt(note)
        attempt.keep(type, body, isHead: isHead)
      }
      judge(
        Pending(request: .bind(statement: note, isHead: isHead), name: portal), &actions)
    case Execute.type:
      let message = try Execute.decode(body)
      let execution = nextExecution()
      let note = names.note(.portals, message.portal)
      judge(
        Pending(
          request: .execute(execution, portal: note), name: message.portal, execution: execution.number), &actions)
    case Describe.type: describe(try Describe.decode(body).object, &actions)
    case Close.type: close(try Close.decode(body).object, &actions)
    case Flush.type:
      _ = try Flush.decode(body)
      actions.append(.forwardToBackend)
    case FunctionCall.type:
      let execution = nextExecution()
      judge(
        Pending(
          request: .functionCall(execution, function: try FunctionCall.function(body)), execution: execution.number), &actions)
    case Sync.type:
      // What stands in its body is for the backend to complain of.
      owe(OwedAnswer(kind: .sync, batch: batch))
      batch += 1
      isSkipping = false
      isBatchOpen = false
      actions.append(.forwardToBackend)
    case Terminate.type:
      isTerminated = true
      actions.append(.forwardToBackend)
    default:
      throw WireError(.type, "a message of type \(Transcript.name(of: type)) cannot come now")
    }
  }

  private mutating func judge(_ pending: Pending, _ actions: inout ActionQueue) {
    self.pending = pending
    actions.append(.judge(pending.request))
  }

  private mutating func describe(_ object: NamedObject, _ actions: inout ActionQueue) {
    switch object {
    case .statement(let name):
      owe(
        OwedAnswer(kind: .describeStatement, batch: batch, note: names.note(.statements, name)))
    case .portal(let name):
      owe(OwedAnswer(kind: .describePortal, batch: batch, note: names.note(.portals, name)))
    }
    isBatchOpen = true
    actions.append(.forwardToBackend)
  }

  private mutating func close(_ object: NamedObject, _ actions: inout ActionQueue) {
    switch object {
    case .statement(let name):
      var answer = OwedAnswer(kind: .closeStatement, batch: batch)
      names.change(.statements, name, exists: false, &answer)
      owe(answer)
    case .portal(let name):
      var answer = OwedAnswer(kind: .closePortal, batch: batch)
      names.change(.portals, name, exists: false, &answer)
      owe(answer)
    }
    isBatchOpen = true
    actions.append(.forwardToBackend)
  }
}
