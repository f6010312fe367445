import CLinux
import COpenSSL
import Glibc

/// Certificates and rules of one side of TLS. Immutable: a reload makes a new context, and running sessions keep theirs.
@safe public final class TLSContext: @unchecked Sendable {
  /// How far a client trusts the server, as libpq's `sslmode` has it.
  public enum Verification: String, Sendable, Equatable, CaseIterable {
    case require
    case verifyCA = "verify-ca"
    case verifyFull = "verify-full"
  }

  /// The ALPN name of PostgreSQL's protocol, for TLS without SSLRequest (PostgreSQL 17).
  public static let postgresProtocol = "postgresql"

  // Function-like macros in ssl.h (SSL_OP_BIT), so written out.
  private static let optionNoTicket: UInt64 = 1 << 14
  private static let optionNoCompression: UInt64 = 1 << 17
  private static let optionIgnoreUnexpectedEnd: UInt64 = 1 << 7
  private static let optionServerPreference: UInt64 = 1 << 22
  private static let optionNoRenegotiation: UInt64 = 1 << 30
  private static let controlSessionCacheMode: Int32 = 44
  private static let controlReadAhead: Int32 = 41
  private static let modes = 0x1 | 0x2 | 0x10  // partial write, moving write buffer, release buffers of idle sessions

  private let context: OpaquePointer
  private let verification: Verification?

  /// The server's side: certificate chain and key from PEM files.
  public init(serverCertificateFile certificate: String, keyFile: String) throws(SocketError) {
    unsafe context = try Self.make(TLS_server_method())
    verification = nil
    unsafe try Self.load(certificate: certificate, key: keyFile, into: context)
    unsafe SSL_CTX_set_num_tickets(context, 0)
    unsafe SSL_CTX_set_alpn_select_cb(
      context,
      { _, out, outLength, offered, offeredLength, _ in
        unsafe TLSContext.selectProtocol(out!, outLength!, UnsafeBufferPointer(start: offered, count: Int(offeredLength)))
      }, nil)
  }

  /// The client's side. `rootCertificateFile` nil: the system's authorities. The certificate pair is for servers that ask for one.
  public init(
    verification: Verification, rootCertificateFile: String?, certificateFile: String? = nil, keyFile: String? = nil
  ) throws(SocketError) {
    unsafe context = try Self.make(TLS_client_method())
    self.verification = verification
    if let certificateFile, let keyFile {
      unsafe try Self.load(certificate: certificateFile, key: keyFile, into: context)
    }
    if verification == .require { return }
    unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
    if let rootCertificateFile {
      guard unsafe SSL_CTX_load_verify_locations(context, rootCertificateFile, nil) == 1 else {
        throw SocketError(
          .configuration, message: "cannot read root certificate \(rootCertificateFile): \(Self.lastError())",
          next: "name a readable PEM file of the authority that signed the server's certificate")
      }
    } else {
      unsafe SSL_CTX_set_default_verify_paths(context)
    }
  }

  deinit { unsafe SSL_CTX_free(context) }

  /// A session in the server's role on the socket.
  func acceptSession(on descriptor: Int32) throws(SocketError) -> TLSSession {
    let (session, ssl) = unsafe try makeSession(on: descriptor)
    unsafe SSL_set_accept_state(ssl)
    return session
  }

  /// A session in the client's role. `host` is what verify-full checks the certificate against (name or IP literal) and SNI tells.
  func connectSession(on descriptor: Int32, host: String) throws(SocketError) -> TLSSession {
    let (session, ssl) = unsafe try makeSession(on: descriptor)
    unsafe SSL_set_connect_state(ssl)
    let isLiteral = host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." }
    if !isLiteral { unsafe iss_SSL_set_tlsext_host_name(ssl, host) }
    guard verification == .verifyFull else { return session }
    let status =
      isLiteral
      ? unsafe X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) : unsafe SSL_set1_host(ssl, host)
    guard status == 1 else {
      throw SocketError(.configuration, message: "cannot verify the name '\(host)'", next: "name the server by its host name")
    }
    return session
  }

  private func makeSession(on descriptor: Int32) throws(SocketError) -> (session: TLSSession, ssl: OpaquePointer) {
    guard let ssl = unsafe SSL_new(context) else {
      throw SocketError(.tls, message: "SSL_new: \(Self.lastError())", next: "see the system's memory")
    }
    let session = unsafe TLSSession(ssl: ssl, context: self)
    guard session.attach(to: descriptor) else {
      throw SocketError(.tls, message: "SSL_set_fd: \(Self.lastError())", next: "see the system's memory")
    }
    return unsafe (session, ssl)
  }

  private static func make(_ method: OpaquePointer) throws(SocketError) -> OpaquePointer {
    guard let context = unsafe SSL_CTX_new(method) else {
      throw SocketError(.tls, message: "SSL_CTX_new: \(lastError())", next: "see the OpenSSL installation")
    }
    unsafe iss_SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION)
    unsafe iss_SSL_CTX_set_mode(context, modes)
    unsafe SSL_CTX_set_options(
      context,
      optionNoTicket | optionNoCompression | optionIgnoreUnexpectedEnd | optionServerPreference | optionNoRenegotiation)
    unsafe SSL_CTX_ctrl(context, controlSessionCacheMode, 0, nil)
    unsafe SSL_CTX_ctrl(context, controlReadAhead, 1, nil)
    // A key with a passphrase must be an error, not a question on the daemon's terminal.
    unsafe SSL_CTX_set_default_passwd_cb(context, { _, _, _, _ in 0 })
    return unsafe context
  }

  private static func load(certificate: String, key: String, into context: OpaquePointer) throws(SocketError) {
    var status = stat()
    if unsafe stat(key, &status) == 0, status.st_mode & 0o007 != 0 {
      throw SocketError(
        .configuration, message: "key file \(key) can be read by everybody", next: "chmod o= '\(key)'")
    }
    ERR_clear_error()
    guard unsafe SSL_CTX_use_certificate_chain_file(context, certificate) == 1 else {
      throw SocketError(
        .configuration, message: "cannot load certificate \(certificate): \(lastError())", next: "name a readable PEM chain")
    }
    guard unsafe SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1 else {
      throw SocketError(
        .configuration, message: "cannot load key \(key): \(lastError())",
        next: "name a readable PEM key without passphrase that belongs to \(certificate)")
    }
    guard unsafe SSL_CTX_check_private_key(context) == 1 else {
      throw SocketError(
        .configuration, message: "key \(key) does not belong to certificate \(certificate)", next: "name the pair")
    }
  }

  /// `postgresql` where the client offers it; a client that offers only other protocols is at the wrong door.
  private static func selectProtocol(
    _ out: UnsafeMutablePointer<UnsafePointer<UInt8>?>, _ outLength: UnsafeMutablePointer<UInt8>,
    _ offered: UnsafeBufferPointer<UInt8>
  ) -> Int32 {
    var index = 0
    while index < offered.count {
      let length = unsafe Int(offered[index])
      let end = index + 1 + length
      guard end <= offered.count else { break }
      if unsafe offered[(index + 1)..<end].elementsEqual(postgresProtocol.utf8) {
        unsafe out.pointee = offered.baseAddress! + index + 1
        unsafe outLength.pointee = UInt8(length)
        return SSL_TLSEXT_ERR_OK
      }
      index = end
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
  }

  /// The oldest entry of OpenSSL's error queue, as text.
  static func lastError() -> String {
    let code = ERR_get_error()
    guard code != 0 else { return "no further information" }
    if let reason = unsafe ERR_reason_error_string(code) { return unsafe String(cString: reason) }
    return "error \(code)"
  }
}
