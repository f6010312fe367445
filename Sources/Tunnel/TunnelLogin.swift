import PostgresWire
import Reactor

/// The login at the proxy, in the local program's stead, up to AuthenticationOk. All behind that, the cancel key too, is the
/// program's own. Pure.
struct TunnelLogin: ~Copyable {
  enum Outcome: Equatable {
    case more
    /// What came behind AuthenticationOk has been passed on.
    case admitted
    /// The proxy's error has been passed on.
    case refused
  }

  struct Step: Equatable {
    var toProxy: [UInt8] = []
    var toProgram: [UInt8] = []
    var outcome = Outcome.more
  }

  private var authentication: ClientAuthentication
  private let decoder = FrameDecoder(.server)
  private var pending: [UInt8] = []

  init(_ access: TunnelAccess, nonce: String, channelBinding: [UInt8]?) {
    authentication = ClientAuthentication(.password(access.secret), nonce: nonce, channelBinding: channelBinding)
  }

  /// - Throws: the proxy, or who stands in its place, does not prove that it is the one.
  mutating func received(_ bytes: RawSpan) throws(WireError) -> Step {
    bytes.append(to: &pending)
    var step = Step()
    while step.outcome == .more, let (type, message) = try takeMessage() {
      switch type {
      case Authentication.type:
        let body = Array(message.dropFirst(FrameLimits.headerBytes))
        let decoded = try body.withSpan { (body) throws(WireError) in try Authentication.decode(body) }
        switch try authentication.received(decoded) {
        case .send(let answer): step.toProxy += answer
        case .wait: break
        case .admitted:
          step.toProgram += message + pending
          step.outcome = .admitted
        }
      case ErrorResponse.type:
        step.toProgram += message
        step.outcome = .refused
      case NegotiateProtocolVersion.type, ErrorResponse.noticeType: step.toProgram += message
      default: throw WireError(.type, "a message of type \(Transcript.name(of: type)) came during login")
      }
    }
    return step
  }

  private mutating func takeMessage() throws(WireError) -> (type: UInt8, message: [UInt8])? {
    let header = try pending.withSpan { (bytes) throws(WireError) in try decoder.header(bytes) }
    guard let header else { return nil }
    guard header.totalBytes <= FrameLimits.serverSmallBytesMax else {
      throw WireError(.length, "a message of \(header.totalBytes) bytes came during login")
    }
    guard pending.count >= header.totalBytes else { return nil }
    let message = Array(pending[..<header.totalBytes])
    pending.removeFirst(header.totalBytes)
    return (header.type, message)
  }
}
