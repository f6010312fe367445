/// The questions that a proxy may ask, over its own socket.
extension IssuerClient {
  public func beginLogin(_ begin: ProxyLoginBegin) throws(IssuerFailure) -> ProxyLoginChallenge {
    try perform(.begin(begin))
  }

  /// - Throws: `.denied` for a wrong proof, a lease that is over, and a login that was proved already.
  public func proveLogin(_ login: String, _ proof: ProxyLoginProof) throws(IssuerFailure) -> ProxySession {
    try perform(.prove(login, proof))
  }

  private func perform<Answer>(_ call: IssuerCall<Answer>) throws(IssuerFailure) -> Answer {
    let answer: HTTPClient.Answer
    do { answer = try http.send("POST", call.target, body: call.body) } catch { throw IssuerFailure(error, at: http.endpoint) }
    return try call.read(answer)
  }

  public func endSession(_ session: String, why: String) throws(IssuerFailure) {
    let _: Done = try post(Self.path("/v1/proxy/sessions/", session, "/end"), ProxySessionEnd(why: why))
  }

  /// - Throws: `.denied` when too many came of late.
  public func cancel(_ cancel: ProxyCancel) throws(IssuerFailure) {
    let _: Done = try post("/v1/proxy/cancels", cancel)
  }

  public func sign(_ checkpoint: ProxyCheckpoint) throws(IssuerFailure) -> ProxyCheckpointSigned {
    try post("/v1/proxy/checkpoints", checkpoint)
  }

  /// Gives each event to `receive` until the stream ends. Returns when `goesOn`, asked about once a second, or `receive` says
  /// false.
  ///
  /// - Parameter silenceSecondsMax: without as much as a heartbeat for so long, the stream is dead.
  /// - Throws: in every other case, also when the issuer ends the stream: then open it again.
  public func proxyEvents(
    _ open: ProxyEventsOpen, silenceSecondsMax: Int = 20, goesOn: @escaping () -> Bool = { true },
    receive: (ProxyEvent) -> Bool
  ) throws(IssuerFailure) {
    var refused: [UInt8] = []
    var isOver = false
    let answer: HTTPClient.Answer
    do {
      answer = try http.streamLines(
        "/v1/proxy/events", body: try Self.encode(open), silenceSecondsMax: silenceSecondsMax,
        goesOn: {
          if !goesOn() { isOver = true }
          return !isOver
        },
        line: { line in
          if line.isEmpty { return true }
          guard let event: ProxyEvent = try? Self.decode(line) else {
            // An error's body, or something that this version cannot follow: both end the stream.
            refused = Array(line)
            return false
          }
          if !receive(event) { isOver = true }
          return !isOver
        })
    } catch let failure as HTTPFailure {
      if isOver { return }
      if !refused.isEmpty { throw Self.failure(.init(status: 502, body: refused)) }
      throw IssuerFailure(failure, at: http.endpoint)
    } catch let failure as IssuerFailure {
      throw failure
    } catch {
      throw IssuerFailure(kind: .lost, code: "lost", message: "the stream of events ended", next: "open it again")
    }
    guard (200...299).contains(answer.status) else { throw Self.failure(answer) }
    throw IssuerFailure(kind: .lost, code: "lost", message: "the issuer ended the stream of events", next: "open it again")
  }
}
