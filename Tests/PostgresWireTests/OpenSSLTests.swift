import OpenSSL
import PostgresWire
import Testing

struct OpenSSLTests {
  // Self-signed, made for this test; their keys were never kept.
  static let ecdsaSHA384 = Base64.decode(
    "MIIBbjCCAROgAwIBAgIUZ0bPGUyRIwFR4/oK5wAe+3Y8/XkwCgYIKoZIzj0EAwMwDDEKMAgGA1UEAwwBcDAeFw0yNjExMjMwNTI4MzJaFw0zNj"
      + "ExMjAwNTI4MzJaMAwxCjAIBgNVBAMMAXAwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATh1+pRSqchX/s5MqJFTEN2czeT/IBXaY5aQograbiy"
      + "L8AyCTjvg8M8HWSsqQfBmVzEg/jNxXd9Yfh5b5eqZc65o1MwUTAdBgNVHQ4EFgQU/Xu7/nD4rjb7Fuqrxhy0NJeHmNQwHwYDVR0jBBgwFoAU/X"
      + "u7/nD4rjb7Fuqrxhy0NJeHmNQwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAwNJADBGAiEAzkrS7lziusW8LQTbhrKbtL7mL0SyEauUD/er"
      + "/9prxPMCIQDOyYcVD7P2wJFU/sPVkugmmJzi4A7iR63nohkTo5Xt8g==")!
  static let ecdsaSHA1 = Base64.decode(
    "MIIBajCCARKgAwIBAgIUIiqqkHHfdKRsJf3n+3ada7rRaEYwCQYHKoZIzj0EATAMMQowCAYDVQQDDAFwMB4XDTI2MTEyMzA1MjgzMloXDTM2MT"
      + "EyMDA1MjgzMlowDDEKMAgGA1UEAwwBcDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABBhbfAKYB3Dip2F2LckmXWELLtlfJJPUXoe1V7yYpNMe"
      + "xQcgny0ySNLQEAPSeB1P19yaKrDpb7FtQqCOZhUMRMmjUzBRMB0GA1UdDgQWBBRMdkkQzjBRdSqb13psY8/zLz1a2zAfBgNVHSMEGDAWgBRMdk"
      + "kQzjBRdSqb13psY8/zLz1a2zAPBgNVHRMBAf8EBTADAQH/MAkGByqGSM49BAEDRwAwRAIgNVk3MonELZAHncUH0iD7dTKBJAbJZveGjlyhWfIC"
      + "eKUCIETSVMcroG5ZhLvljThzU5urGMTIGg/RB3wE3xMxuik8")!
  static let ed25519 = Base64.decode(
    "MIIBLDCB36ADAgECAhRKcjnbbKvtW2c9yUM8CwHyvZO36TAFBgMrZXAwDDEKMAgGA1UEAwwBcDAeFw0yNjExMjMwNTI4MzJaFw0zNjExMjAwNT"
      + "I4MzJaMAwxCjAIBgNVBAMMAXAwKjAFBgMrZXADIQCFtiJj7vbMV2aO6hcbAjA1Q4q1DuDk664Fen6EuwguvaNTMFEwHQYDVR0OBBYEFF6ghtux"
      + "HbAFJtvpWwVl4aRPOnmIMB8GA1UdIwQYMBaAFF6ghtuxHbAFJtvpWwVl4aRPOnmIMA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EABeFMVk+tc7"
      + "sJgURdJ7AG3mCq5cW2zqHo3YuBrjylbnE0u0/7leSysBIvh/g/7oJMfSdQqHqfno78Jq/pws8KDw==")!

  @Test func `a certificate is bound by the hash of its own signature, never by SHA-1`() throws {
    let digest = try #require(CertificateDigest.tlsServerEndPoint(der: Self.ecdsaSHA384))
    #expect(Base64.encode(digest) == "QD70i5aAzdPOoZRBbRsSCKzP2K2HeJVE756im5+4VRBHoNRcc3ZWSB5yynTGXIFN")
    #expect(CertificateDigest.tlsServerEndPoint(der: Self.ecdsaSHA1) == SHA256.hash(Self.ecdsaSHA1))
  }

  @Test func `what names no hash, or is no certificate, binds nothing`() {
    #expect(CertificateDigest.tlsServerEndPoint(der: Self.ed25519) == nil)
    #expect(CertificateDigest.tlsServerEndPoint(der: [1, 2, 3]) == nil)
    #expect(CertificateDigest.tlsServerEndPoint(der: []) == nil)
  }

  @Test func `HMAC is that of RFC 4231, also with an empty key`() {
    let code = SHA256.authenticate(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
    #expect(Base64.encode(code) == "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=")
    #expect(SHA256.authenticate([], key: [UInt8]()) != SHA256.authenticate([], key: [1]))
  }

  @Test func `secret bytes are equal by content and never shown`() {
    let secret = WipedBytes([65, 66])
    #expect(secret == WipedBytes([65, 66]) && secret != WipedBytes([65]) && secret != WipedBytes([65, 67]))
    #expect("\(secret)" == "<secret>" && String(reflecting: secret) == "<secret>")
    #expect(randomBytes(32) != randomBytes(32))
  }
}
