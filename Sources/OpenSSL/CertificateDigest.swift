import COpenSSL

/// Channel binding of type `tls-server-end-point` (RFC 5929 section 4.1).
public enum CertificateDigest {
  /// The digest of a DER certificate, by the hash of its own signature algorithm; SHA-256 where that is MD5 or SHA-1.
  /// Nil when `der` is no certificate, or its signature names no single hash (Ed25519), for which RFC 5929 knows no binding.
  public static func tlsServerEndPoint(der: [UInt8]) -> [UInt8]? {
    unsafe der.withUnsafeBufferPointer { buffer -> [UInt8]? in
      var cursor = buffer.baseAddress
      guard let certificate = unsafe d2i_X509(nil, &cursor, buffer.count) else { return nil }
      defer { unsafe X509_free(certificate) }
      var hash: Int32 = NID_undef
      guard unsafe X509_get_signature_info(certificate, &hash, nil, nil, nil) == 1 || hash != NID_undef else { return nil }
      if hash == NID_md5 || hash == NID_sha1 { hash = NID_sha256 }
      guard hash != NID_undef, let algorithm = unsafe EVP_get_digestbyname(OBJ_nid2sn(hash)) else { return nil }
      var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
      var length: UInt32 = 0
      guard unsafe EVP_Digest(buffer.baseAddress, buffer.count, &digest, &length, algorithm, nil) == 1 else { return nil }
      return Array(digest.prefix(Int(length)))
    }
  }
}
