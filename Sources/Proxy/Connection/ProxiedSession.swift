import IssuerAPI
import PostgresWire
import Reactor

/// One client's connection from accept to close: its sockets, its state machine, its gate. Lives on one loop. This file is the way of
/// the bytes; `+Actions` carries out what the machine says, `+Login`, `+Guard` and `+Clocks` what belongs to each.
final class ProxiedSession: StreamHandler {
  let context: ProxyContext
  let worker: Worker
  let loop: EventLoop
  let certificates: ProxyContext.Certificates
  var client: SocketStream?
  var backend: SocketStream?
  var dial: Dial?
  // What each message looks at stands in the session itself, for few cache lines, and without run-time checks of exclusive access: none
  // is entered twice, `isDriving` and the loop see to it.
  var machine: SessionStateMachine {
    _read { yield unsafe storedMachine }
    _modify { yield unsafe &storedMachine }
  }
  var clientFeed: Feed {
    _read { yield unsafe storedClientFeed }
    _modify { yield unsafe &storedClientFeed }
  }
  var backendFeed: Feed {
    _read { yield unsafe storedBackendFeed }
    _modify { yield unsafe &storedBackendFeed }
  }
  var clocks: SessionClocks {
    _read { yield unsafe storedClocks }
    _modify { yield unsafe &storedClocks }
  }
  var output: NotedOutput {
    _read { yield unsafe storedOutput }
    _modify { yield unsafe &storedOutput }
  }
  @exclusivity(unchecked) private var storedOutput = NotedOutput()
  @exclusivity(unchecked) private var storedMachine: SessionStateMachine
  @exclusivity(unchecked) private var storedClientFeed = Feed(.client)
  @exclusivity(unchecked) private var storedBackendFeed = Feed(.server)
  @exclusivity(unchecked) private var storedClocks = SessionClocks()
  private var isDriving = false
  private var deferred: [SessionEvent] = []
  private var hasDeferred = false

  /// Nil once it is done.
  var login: LoginState?
  var gate: StatementGate?
  var guardian: SessionGuard?
  var backendKey: CancelKey?
  /// What the client's cancel key is registered as.
  var cancelNumber: UInt32?
  var isHalfOpen = true
  /// A CancelRequest came on this connection, and the server has not been told yet.
  var isCancelling = false
  var isFinished = false
  var endReason = "client left"
  var probesClient = false
  /// Of the message run at hand: bytes before the message at hand that are on their way to a stream.
  var unsentToClient = 0
  var unsentToBackend = 0
  /// For closures that may outlive it.
  let lifeline = Lifeline()
  /// How often output is held for the audit log's sake.
  var holds = 0

  /// Leads to the session until it is finished. A weak reference would do, but once there was one, each counting of references to the
  /// session is four times as dear, and there are several for each message.
  final class Lifeline {
    fileprivate(set) var session: ProxiedSession?
    func forget() { session = nil }
  }

  init(descriptor: Int32, address: SocketAddress, acceptedAt listener: ProxyListener, worker: Worker) throws(SocketError) {
    self.worker = worker
    context = worker.context
    loop = worker.loop
    certificates = context.currentCertificates
    login = LoginState(address)
    unsafe storedMachine = SessionStateMachine(listener.session)
    let stream = try SocketStream(descriptor: descriptor, loop: loop, handler: self)
    client = stream
    lifeline.session = self
    Socket.tune(descriptor)
    if certificates.server != nil, !listener.isUnix { stream.sniffFirstByte() }
    startLoginClock()
  }

  // MARK: From the sockets

  func stream(_ stream: SocketStream, received bytes: RawSpan) {
    clocks.lastActivityMilliseconds = loop.nowMilliseconds
    if stream === client { receivedFromClient(bytes) } else if stream === backend { receivedFromBackend(bytes) }
  }

  private func receivedFromClient(_ bytes: RawSpan) {
    guard clientFeed.pending.isEmpty, !isDriving else {
      bytes.append(to: &clientFeed.pending)
      if clientFeed.pending.count >= clientFeed.needs { drivePending() }
      settle()
      return
    }
    isDriving = true
    let used = driveClient(bytes, event: nil)
    if used < bytes.byteCount, !isFinished { bytes.extracting(used..<bytes.byteCount).append(to: &clientFeed.pending) }
    isDriving = false
    settle()
  }

  func receivedFromBackend(_ bytes: RawSpan) {
    isDriving = true
    if backendFeed.pending.isEmpty {
      let used = driveBackend(bytes)
      if used < bytes.byteCount, backend != nil { bytes.extracting(used..<bytes.byteCount).append(to: &backendFeed.pending) }
    } else {
      bytes.append(to: &backendFeed.pending)
      if backendFeed.pending.count >= backendFeed.needs {
        let held = backendFeed.pending
        backendFeed.pending = []
        let used = held.withSpan { driveBackend($0) }
        if used < held.count { backendFeed.pending = Array(held[used...]) }
      }
    }
    isDriving = false
    if !clientFeed.pending.isEmpty { drivePending() }
    settle()
  }

  /// Hands an event to the machine, in turn.
  func handle(_ event: SessionEvent) {
    if isFinished { return }
    if isDriving {
      deferred.append(event)
      hasDeferred = true
      return
    }
    drivePending(event)
    settle()
  }

  /// Looks again at who may be read from.
  func handleNothing() {
    if !isDriving { settle() }
  }

  /// Gives back what only a busy session needs.
  func rest() {
    guard !isDriving, !isFinished, machine.isIdle else { return }
    machine.rest()
    if clientFeed.pending.isEmpty { clientFeed.pending = [] }
    if backendFeed.pending.isEmpty { backendFeed.pending = [] }
    gate?.recorder.rest()
  }

  private func drivePending(_ event: SessionEvent? = nil) {
    isDriving = true
    let held = clientFeed.pending
    clientFeed.pending = []
    let used = held.withSpan { driveClient($0, event: event) }
    if used == 0 { clientFeed.pending = held } else if used < held.count { clientFeed.pending = Array(held[used...]) }
    isDriving = false
  }

  /// After each step: events that came meanwhile, and who may be read from.
  private func settle() {
    while hasDeferred, !isFinished {
      let event = deferred.removeFirst()
      // It is rarely used, and its room is not kept.
      if deferred.isEmpty { deferred = [] }
      hasDeferred = !deferred.isEmpty
      drivePending(event)
    }
    if isFinished { return }
    endAtBoundary()
    guard let client else { return }
    let isBackendBlocked = backend?.isBlocked ?? false
    let room = max(clientFeed.needs, 64 << 10)
    if isBackendBlocked || holds > 0 || clientFeed.pending.count >= room { client.pauseReading() } else { client.resumeReading() }
    if probesClient { finishHalfClose() }
  }

  // MARK: Client to backend

  private func driveClient(_ source: RawSpan, event: SessionEvent?) -> Int {
    var run = Run()
    if let event {
      machine.handle(event)
      perform(source, &run, from: .client)
    } else {
      run.skip(beginBatch(source))
    }
    do {
      while client != nil, !isFinished, !isOver {
        let available = source.byteCount - run.end
        if clientFeed.decoder.remaining > 0 {
          if available == 0 { break }
          let part = clientFeed.decoder.advance(available)
          if clientFeed.drops {
            send(source, &run, to: backend)
            run.skip(part)
          } else {
            run.end += part
          }
          continue
        }
        guard machine.acceptsClient else { break }
        // Answered without a word about the message itself.
        if clientFeed.atHand != nil { resolve(source, &run, drops: true) }
        if clientFeed.decoder.remaining > 0 { continue }
        guard source.byteCount > run.end else { break }
        let rest = source.extracting(run.end..<source.byteCount)
        clientFeed.needs = 0
        guard machine.expectsStartupPacket ? try startupPacket(rest, source, &run) : try clientMessage(rest, source, &run) else {
          break
        }
      }
    } catch {
      machine.clientBroke(error)
      perform(source, &run, from: .client)
    }
    send(source, &run, to: backend)
    return run.end
  }

  private func startupPacket(_ rest: RawSpan, _ source: RawSpan, _ run: inout Run) throws(WireError) -> Bool {
    guard let total = try clientFeed.decoder.startupPacketBytes(rest) else {
      clientFeed.needs = FrameLimits.lengthWordBytes
      return false
    }
    guard rest.byteCount >= total else {
      clientFeed.needs = total
      return false
    }
    machine.startup(rest.extracting(FrameLimits.lengthWordBytes..<total), bytesBehind: rest.byteCount - total)
    run.skip(total)
    perform(source, &run, from: .client)
    return true
  }

  private func clientMessage(_ rest: RawSpan, _ source: RawSpan, _ run: inout Run) throws(WireError) -> Bool {
    guard let header = try clientFeed.decoder.header(rest) else {
      clientFeed.needs = FrameLimits.headerBytes
      return false
    }
    let bodyBytes: Int
    switch machine.routeClient(header.type, bodyBytes: header.bodyBytes) {
    case .forward:
      clientFeed.begin(header.totalBytes, drops: false)
      return true
    case .drop:
      clientFeed.begin(header.totalBytes, drops: true)
      return true
    case .stop:
      clientFeed.begin(header.totalBytes, drops: true)
      perform(source, &run, from: .client)
      return true
    case .gather: bodyBytes = header.bodyBytes
    case .gatherHead(let count): bodyBytes = min(count, header.bodyBytes)
    }
    let needed = FrameLimits.headerBytes + bodyBytes
    guard rest.byteCount >= needed else {
      clientFeed.needs = needed
      return false
    }
    clientFeed.atHand = (header.totalBytes, bodyBytes)
    machine.client(header.type, rest.extracting(FrameLimits.headerBytes..<needed))
    perform(source, &run, from: .client)
    return true
  }

  /// The client's message at hand, at the front of `source`, goes on or is forgotten; what of it has not come yet will follow.
  func resolve(_ source: RawSpan, _ run: inout Run, drops: Bool) {
    guard let atHand = clientFeed.atHand else { return }
    clientFeed.atHand = nil
    clientFeed.begin(atHand.totalBytes, drops: drops)
    let part = clientFeed.decoder.advance(source.byteCount - run.end)
    if drops {
      send(source, &run, to: backend)
      run.skip(part)
    } else {
      run.end += part
    }
  }

  // MARK: Backend to client

  private func driveBackend(_ source: RawSpan) -> Int {
    var run = Run()
    run.skip(endBatch(source))
    do {
      while backend != nil, !isFinished {
        let available = source.byteCount - run.end
        if backendFeed.decoder.remaining > 0 {
          if available == 0 { break }
          let part = backendFeed.decoder.advance(available)
          if backendFeed.drops {
            send(source, &run, to: client)
            run.skip(part)
          } else {
            run.end += part
          }
          continue
        }
        guard available > 0 else { break }
        let rest = source.extracting(run.end..<source.byteCount)
        backendFeed.needs = 0
        let rows = backendFeed.route == nil ? machine.takeRows(rest) : 0
        if rows > 0 {
          if machine.guarded.contains(.rows) { examineRows(rest.extracting(first: rows), source, &run) } else { run.end += rows }
          continue
        }
        guard let header = try backendFeed.decoder.header(rest) else {
          backendFeed.needs = FrameLimits.headerBytes
          break
        }
        if header.type == ErrorResponse.type, awaitsReason(header, rest) { break }
        let route: ServerRoute
        if let kept = backendFeed.route {
          route = kept
          backendFeed.route = nil
        } else {
          route = machine.routeServer(header.type, bodyBytes: header.bodyBytes)
        }
        switch route {
        case .forward: backendFeed.begin(header.totalBytes, drops: false)
        case .examine:
          guard examineRow(header, rest, source, &run) else {
            backendFeed.route = route
            return run.end
          }
        case .drop: backendFeed.begin(header.totalBytes, drops: true)
        case .stop:
          backendFeed.begin(header.totalBytes, drops: true)
          perform(source, &run, from: .backend)
        case .gather:
          guard gatherFromBackend(header, header.bodyBytes, rest, source, &run) else {
            backendFeed.route = route
            return run.end
          }
        case .gatherHead(let count):
          guard gatherFromBackend(header, min(count, header.bodyBytes), rest, source, &run) else {
            backendFeed.route = route
            return run.end
          }
        }
      }
    } catch {
      machine.serverBroke(error)
      perform(source, &run, from: .backend)
    }
    send(source, &run, to: client)
    return run.end
  }

  /// Hands a message, or its beginning, to the machine; false while it is not all there.
  private func gatherFromBackend(
    _ header: FrameHeader, _ bodyBytes: Int, _ rest: RawSpan, _ source: RawSpan, _ run: inout Run
  ) -> Bool {
    let needed = FrameLimits.headerBytes + bodyBytes
    guard rest.byteCount >= needed else {
      backendFeed.needs = needed
      send(source, &run, to: client)
      return false
    }
    backendFeed.atHand = (header.totalBytes, bodyBytes)
    machine.server(header.type, rest.extracting(FrameLimits.headerBytes..<needed))
    perform(source, &run, from: .backend)
    if backendFeed.atHand != nil { skipFromBackend(source, &run) }
    return true
  }

  /// The backend's message at hand goes to the client as it came, what of it is still to come included.
  func passFromBackend(_ source: RawSpan, _ run: inout Run) {
    guard let atHand = backendFeed.atHand else { return }
    backendFeed.atHand = nil
    backendFeed.begin(atHand.totalBytes, drops: false)
    run.end += backendFeed.decoder.advance(source.byteCount - run.end)
  }

  /// The backend's message at hand does not.
  func skipFromBackend(_ source: RawSpan, _ run: inout Run) {
    guard let atHand = backendFeed.atHand else { return }
    backendFeed.atHand = nil
    send(source, &run, to: client)
    backendFeed.begin(atHand.totalBytes, drops: true)
    run.skip(backendFeed.decoder.advance(source.byteCount - run.end))
  }

  /// Writes the run out.
  func send(_ source: RawSpan, _ run: inout Run, to stream: SocketStream?) {
    guard run.end > run.start else { return }
    stream?.write(source.extracting(run.start..<run.end))
    run.start = run.end
  }

  // MARK: Other news of the sockets

  func stream(_ stream: SocketStream, sniffed firstByte: UInt8) {
    // A TLS ClientHello: direct TLS, without SSLRequest (PostgreSQL 17).
    guard firstByte == 0x16 else { return }
    login?.isDirectTLS = true
    startClientTLS()
  }

  func streamSecured(_ stream: SocketStream) {
    guard stream === client else { return }
    clientSecured(stream)
  }

  func streamBlocked(_ stream: SocketStream) {
    if stream === client { backend?.pauseReading() } else { client?.pauseReading() }
  }

  func streamDrained(_ stream: SocketStream) {
    if stream === client {
      if !clocks.awaitsReason, holds == 0 { backend?.resumeReading() }
    } else if !isDriving {
      settle()
    }
  }

  func streamEnded(_ stream: SocketStream) {
    if stream === client { clientEnded() } else { backendGone() }
  }

  func streamClosed(_ stream: SocketStream, error: SocketError?) {
    if stream === client {
      client = nil
      handle(.clientClosed)
    } else if stream === backend {
      backendGone()
    }
    finishIfOver()
  }

  func backendGone() {
    // Its farewell is still held back.
    if clocks.awaitsReason {
      clocks.isServerGone = true
      return
    }
    backend?.close()
    backend = nil
    handle(.backendClosed)
    finishIfOver()
  }
}
