import Audit
import Foundation
import IssuerAPI
import OpenSSL
import PostgresWire
import Reactor

/// What is known of the client's login: in memory of its own, which goes with the login's end.
final class LoginState {
  /// `address:port`, for the record.
  let clientAddress: String
  /// For half-open counting; left when the login is done or the connection gone.
  let countedAddress: String
  /// TLS began without SSLRequest.
  var isDirectTLS = false
  var id: String?
  var attempt: LoginAttempt?
  var session: ProxySession?
  /// The loop's clock when the issuer was asked for the session.
  var askedAtMilliseconds: UInt64 = 0

  init(_ address: SocketAddress) {
    clientAddress = address.description
    countedAddress = address.host
  }
}

extension ProxiedSession {
  // MARK: TLS

  func answerEncryption(_ byte: UInt8) {
    client?.write([byte])
    if byte == UInt8(ascii: "S") { startClientTLS() }
  }

  func startClientTLS() {
    guard let client, let server = certificates.server else { return }
    do throws(SocketError) {
      try client.startTLS(accepting: server)
    } catch {
      context.logger.error("TLS cannot start", metadata: ["error": "\(error)"])
      client.close()
      self.client = nil
      handle(.clientClosed)
      finishIfOver()
    }
  }

  func clientSecured(_ stream: SocketStream) {
    // Without the protocol's name a handshake could be one for another service on this port (ALPACA).
    guard login?.isDirectTLS != true || stream.session?.applicationProtocol == TLSContext.postgresProtocol else {
      client = nil
      stream.close()
      handle(.clientClosed)
      finishIfOver()
      return
    }
    handle(.tlsEstablished(channelBinding: stream.session?.serverEndPoint))
  }

  // MARK: The issuer

  func beginLogin(_ attempt: LoginAttempt) {
    guard let login else { return }
    login.attempt = attempt
    let question = ProxyLoginBegin(
      proxy: context.configuration.name, role: attempt.user, database: attempt.database, clientAddress: login.clientAddress,
      clientFirst: attempt.clientFirst,
      channelBinding: attempt.channelBinding.map { Data($0).base64EncodedString() }, plus: attempt.plus)
    worker.logins.begin(question) { [self] result in
      switch result {
      case .success(let challenge):
        login.id = challenge.login
        handle(.challenge(serverFirst: challenge.serverFirst))
      case .failure(let error): refused(error)
      }
    }
  }

  func proveLogin(_ clientFinal: String) {
    guard let login, let id = login.id else { return }
    login.askedAtMilliseconds = loop.nowMilliseconds
    worker.logins.prove(login: id, ProxyLoginProof(clientFinal: clientFinal)) { [self] result in
      switch result {
      case .success(let session): granted(session)
      case .failure(let error): refused(error)
      }
    }
  }

  private func refused(_ error: any Error) {
    context.metrics.add(.loginsRefused)
    let role = login?.attempt?.user ?? ""
    if let error = error as? APIError {
      context.logger.info(
        "login refused", metadata: ["role": "\(role)", "client": "\(login?.clientAddress ?? "")", "code": "\(error.code)"])
      handle(.denied(ErrorReplies.loginRefused(role: role, error)))
    } else {
      context.logger.error("the issuer cannot be asked", metadata: ["error": "\(error)"])
      handle(.denied(ErrorReplies.issuerUnreachable()))
    }
  }

  private func granted(_ session: ProxySession) {
    guard !isFinished, let login, login.attempt != nil else {
      // The client left while the issuer was asked.
      let issuer = context.issuer
      _ = context.issuerPool.submit { try? issuer.endSession(session.id, .init(why: "client left during the login")) }
      return
    }
    guard let clientKey = Data(base64Encoded: session.backend.clientKey),
      let serverKey = Data(base64Encoded: session.backend.serverKey),
      let salt = Data(base64Encoded: session.backend.salt),
      let keys = ScramKeys(clientKey: WipedBytes(clientKey), serverKey: WipedBytes(serverKey))
    else {
      context.logger.error("the issuer's answer to a login cannot be read: keys are not 32 bytes of base64")
      handle(.denied(ErrorReplies.issuerUnreachable()))
      return
    }
    login.session = session
    let policy = worker.verdicts.shared(session.policy)
    let recorder = SessionRecorder(
      stage: worker.stage, session: session.id, lease: context.sessions.shared(session.lease), person: session.person,
      policy: policy, joining: self)
    let gate = StatementGate(
      policy: policy, recorder: recorder, cache: worker.verdicts, analyser: context.analyser, metrics: context.metrics,
      lookups: SessionLookups(session, recorder: recorder, counter: context.lookups))
    self.gate = gate
    if !policy.guarded.isEmpty { guardian = SessionGuard(policy) }
    let me = LoopBound(self, loop: loop)
    let tell: SessionRegistry.Tell = { news in me.perform { $0.hear(news) } }
    if let reason = context.sessions.add(session.id, of: recorder.lease, tell) {
      handle(.denied(ErrorReplies.leaseEnded(reason)))
      return
    }
    startDeadline(remainingMilliseconds: session.remainingMilliseconds, askedAtMilliseconds: login.askedAtMilliseconds)
    let limits = session.policy.limits
    handle(
      .granted(
        SessionGrant(
          serverFinal: session.serverFinal, role: session.role, database: session.database, keys: keys, salt: Array(salt),
          iterations: session.backend.iterations,
          guarded: policy.guarded,
          limits: ResultLimits(
            rowsMax: limits.rowsMax.map { UInt64(max(0, $0)) } ?? .max,
            bytesMax: limits.bytesMax.map { UInt64(max(0, $0)) } ?? .max))))
  }

  /// What the issuer says of the lease later.
  private func hear(_ news: SessionRegistry.News) {
    switch news {
    case .over(let reason): leaseEnded(reason)
    case .deadline(let remaining): startDeadline(remainingMilliseconds: remaining, askedAtMilliseconds: loop.nowMilliseconds)
    }
  }

  // MARK: The server

  func connectBackend() {
    if let stream = worker.spares.take(certificates.client) {
      connected(.success(stream))
      return
    }
    var isDone = false
    let dial = Dial(backendTarget, loop: loop) { [lifeline] result in
      isDone = true
      lifeline.session?.connected(result)
    }
    if !isDone { self.dial = dial }
  }

  var backendTarget: DialTarget { context.configuration.backend.target(context.addresses, context: certificates.client) }

  private func connected(_ result: Result<SocketStream, SocketError>) {
    dial = nil
    switch result {
    case .failure(let error):
      context.logger.error("the server cannot be reached", metadata: ["error": "\(error)"])
      endReason = "the server could not be reached"
      handle(.backendUnreachable(ErrorReplies.backendUnreachable(error)))
    case .success(let stream):
      guard !isFinished, !machine.isClosed else {
        stream.close()
        return
      }
      backend = stream
      stream.handler = self
      let nonce = Data(randomBytes(18)).base64EncodedString()
      handle(
        .backendConnected(
          BackendLink(nonce: nonce, channelBinding: stream.session?.serverEndPoint, settings: ownSettings)))
    }
  }

  /// For our own death: a server that can (PostgreSQL 14) then notices within seconds that nobody waits for a running query.
  private var ownSettings: [StartupMessage.Parameter] {
    // One that the server does not know would refuse the login, also of the first session.
    (login?.session?.backend.serverMajor ?? 0) >= 14 ? [.init("client_connection_check_interval", "2000")] : []
  }

  func makeCancelKey(processID: UInt32, secretBytes: Int) {
    let me = LoopBound(self, loop: loop)
    let key = context.cancels.register(processID: processID, secretBytes: secretBytes) { done in
      me.perform { $0.cancelledByClient(done) }
    }
    cancelNumber = key.processID
    machine.handle(.cancelKey(key))
  }

  func established(_ key: CancelKey?) {
    backendKey = key
    stopLoginClock()
    leaveHalfOpen()
    context.metrics.add(.logins)
    // Of the login nothing is kept.
    defer { login = nil }
    guard let login, let session = login.session, let gate else { return }
    do {
      try gate.recorder.opened(
        AuditEvent.SessionOpened(
          session: session.id, lease: session.lease, person: session.person, role: session.role, scope: session.policy.scope,
          database: session.database, client: login.clientAddress, application: machine.settings.applicationName,
          tls: client?.session != nil, reason: session.reason, enforcement: session.policy.enforcement?.rawValue))
    } catch {
      context.metrics.add(.auditFailures)
      auditFailed()
      return
    }
    if gate.judgesTexts, !machine.settings.readsTextAsParsed {
      endReason = "settings that change how statements are read"
      endSoon(ErrorReplies.lexicalSettings())
      return
    }
    if session.policy.isBestEffort { client?.write(BestEffortErrors.notice(scope: session.policy.scope)) }
    startIdleClock(session.policy.limits.idleSecondsMax)
    // Not while the client waits for what it may begin with.
    _ = loop.schedule(afterMilliseconds: 1) { [worker, context, backendTarget] in
      worker.spares.prepare(backendTarget)
      context.logger.info(
        "session", metadata: ["session": "\(session.id)", "person": "\(session.person)", "role": "\(session.role)"])
    }
  }

  func leaveHalfOpen() {
    guard isHalfOpen else { return }
    isHalfOpen = false
    if let login { context.halfOpen.leave(login.countedAddress) }
  }

  /// A CancelRequest with our key came from somewhere. Until the server has been told, the client's next statement waits: it would
  /// be cancelled in place of one that came to its end meanwhile.
  func cancelledByClient(_ done: @escaping @Sendable () -> Void) {
    guard !isFinished, machine.isEstablished else { return done() }
    handle(.cancelBegins)
    cancelBackend { [lifeline] in
      lifeline.session?.handle(.cancelDelivered)
      done()
    }
  }

  /// A CancelRequest came on this connection, which ends when the server has been told, as PostgreSQL's does: who waits for that end
  /// knows that what it sends next is not meant.
  func cancelRequested(_ key: CancelKey) {
    guard let login else { return }
    isCancelling = true
    let me = LoopBound(self, loop: loop)
    context.cancelRouter.requested(key, from: login.countedAddress, nowMilliseconds: loop.nowMilliseconds) { [loop] in
      loop.execute { me.value.cancelDone() }
    }
  }

  private func cancelDone() {
    isCancelling = false
    closeClient()
  }
}
