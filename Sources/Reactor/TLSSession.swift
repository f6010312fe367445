import COpenSSL
import Glibc

/// One TLS connection, by OpenSSL directly on the socket. Use it from its loop only.
@safe public final class TLSSession {
  enum Outcome {
    case done(Int)
    case wantsRead, wantsWrite
    /// The peer closed its direction.
    case ended
    case failed(SocketError)
  }

  private let ssl: OpaquePointer
  private let context: TLSContext
  private var isBroken = false

  init(ssl: OpaquePointer, context: TLSContext) {
    unsafe self.ssl = ssl
    self.context = context
  }

  deinit { unsafe SSL_free(ssl) }

  /// `TLSv1.3`
  public var version: String { unsafe SSL_get_version(ssl).map { unsafe String(cString: $0) } ?? "" }

  /// The protocol that ALPN agreed on; nil without one.
  public var applicationProtocol: String? {
    var name: UnsafePointer<UInt8>?
    var length: UInt32 = 0
    unsafe SSL_get0_alpn_selected(ssl, &name, &length)
    guard let name = unsafe name, length > 0 else { return nil }
    return unsafe String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
  }

  /// `tls-server-end-point` data (RFC 5929, 4.1): the hash of the server's certificate, our own in the server's role, the peer's in
  /// the client's. Nil where the certificate's signature has no hash of its own (Ed25519), as in PostgreSQL.
  public var serverEndPoint: [UInt8]? {
    if unsafe SSL_is_server(ssl) != 0 {
      guard let certificate = unsafe SSL_get_certificate(ssl) else { return nil }
      return unsafe Self.endPointHash(certificate)
    }
    guard let certificate = unsafe SSL_get1_peer_certificate(ssl) else { return nil }
    defer { unsafe X509_free(certificate) }
    return unsafe Self.endPointHash(certificate)
  }

  /// Decrypted bytes, or a record to decrypt, are waiting in memory, where epoll does not see them.
  var hasBufferedInput: Bool { unsafe SSL_has_pending(ssl) != 0 }

  func attach(to descriptor: Int32) -> Bool { unsafe SSL_set_fd(ssl, descriptor) == 1 }

  func handshake() -> Outcome {
    ERR_clear_error()
    let status = unsafe SSL_do_handshake(ssl)
    if status == 1 { return .done(0) }
    return outcome(status, doing: "TLS handshake")
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
    ERR_clear_error()
    let status = unsafe SSL_read(ssl, buffer.baseAddress, Int32(clamping: buffer.count))
    if status > 0 { return .done(Int(status)) }
    return outcome(status, doing: "TLS read")
  }

  func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    ERR_clear_error()
    let status = unsafe SSL_write(ssl, bytes.baseAddress, Int32(clamping: bytes.count))
    if status > 0 { return .done(Int(status)) }
    return outcome(status, doing: "TLS write")
  }

  /// Sends close_notify where the connection is still whole.
  func shutdown() {
    guard !isBroken, unsafe SSL_is_init_finished(ssl) != 0 else { return }
    ERR_clear_error()
    unsafe SSL_shutdown(ssl)
  }

  private func outcome(_ status: Int32, doing what: String) -> Outcome {
    switch unsafe SSL_get_error(ssl, status) {
    case SSL_ERROR_WANT_READ: return .wantsRead
    case SSL_ERROR_WANT_WRITE: return .wantsWrite
    case SSL_ERROR_ZERO_RETURN: return .ended
    case SSL_ERROR_SYSCALL:
      isBroken = true
      let number = errno
      if number == 0 { return .ended }
      return .failed(.system(what, next: "the peer is gone", errorNumber: number))
    default:
      isBroken = true
      return .failed(sslError(what))
    }
  }

  private func sslError(_ what: String) -> SocketError {
    let verification = unsafe SSL_get_verify_result(ssl)
    if unsafe SSL_is_server(ssl) == 0, verification != X509_V_OK {
      let why = unsafe X509_verify_cert_error_string(verification).map { unsafe String(cString: $0) } ?? "unknown"
      return SocketError(
        .certificate, message: "the server's certificate is not trusted: \(why)",
        next: "name the authority that signed it as root certificate, and the server by the name in its certificate")
    }
    return SocketError(
      .tls, message: "\(what) failed: \(TLSContext.lastError())",
      next: "TLS 1.2 or newer is needed on both sides; see the peer's log")
  }

  private static func endPointHash(_ certificate: OpaquePointer) -> [UInt8]? {
    var digestID: Int32 = 0
    guard unsafe OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &digestID, nil) == 1 else { return nil }
    // MD5 and SHA-1 are replaced by SHA-256, says the RFC.
    let name: OpaquePointer?
    switch digestID {
    case NID_undef: return nil
    case NID_md5, NID_sha1: unsafe name = EVP_sha256()
    default: unsafe name = OBJ_nid2sn(digestID).flatMap { unsafe EVP_get_digestbyname($0) }
    }
    guard let digest = unsafe name else { return nil }
    var hash = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var length: UInt32 = 0
    guard unsafe X509_digest(certificate, digest, &hash, &length) == 1 else { return nil }
    return Array(hash.prefix(Int(length)))
  }
}
