import ArgumentParser
import Foundation
import IssuerAPI

/// `--format` of `grant`.
enum ConnectionFormat: String, ExpressibleByArgument, CaseIterable { case text, json, url, env, pgpass, service }

/// A connection in the forms that clients take.
struct ConnectionText {
  let connection: Connection
  /// The file with the authority's certificate, where there is one.
  let rootCertificateFile: String?

  /// RFC 3986, as libpq reads it (manual 34.1.1.2).
  var url: String {
    let host = connection.host.contains(":") ? "[\(connection.host)]" : HTTPClient.encoded(connection.host)
    var query = "sslmode=\(connection.sslMode)"
    if let rootCertificateFile { query += "&sslrootcert=\(HTTPClient.encoded(rootCertificateFile))" }
    return
      "postgresql://\(HTTPClient.encoded(connection.user)):\(HTTPClient.encoded(connection.password))@\(host):\(connection.port)/"
      + "\(HTTPClient.encoded(connection.database))?\(query)"
  }

  /// A line of a password file (manual 34.16). Any host: the role exists for this lease alone, and hosts have several names.
  var passwordLine: String { "*:*:*:\(Self.escaped(connection.user)):\(Self.escaped(connection.password))" }

  /// libpq's environment (manual 34.15), without the password.
  var environment: [(name: String, value: String)] {
    var result = [
      ("PGHOST", connection.host), ("PGPORT", String(connection.port)), ("PGDATABASE", connection.database),
      ("PGUSER", connection.user),
      ("PGSSLMODE", connection.sslMode),
    ]
    if let rootCertificateFile { result.append(("PGSSLROOTCERT", rootCertificateFile)) }
    return result
  }

  /// Lines for a shell to read.
  var exports: String {
    (environment + [("PGPASSWORD", connection.password)]).map { "export \($0.name)=\(Self.quoted($0.value))" }.joined(
      separator: "\n")
  }

  /// A section of a service file (manual 34.17).
  func service(name: String) -> String {
    var lines = [
      "[\(name)]", "host=\(connection.host)", "port=\(connection.port)", "dbname=\(connection.database)",
      "user=\(connection.user)",
      "password=\(connection.password)", "sslmode=\(connection.sslMode)",
    ]
    if let rootCertificateFile { lines.append("sslrootcert=\(rootCertificateFile)") }
    return lines.joined(separator: "\n")
  }

  static func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: ":", with: "\\:")
  }

  static func quoted(_ text: String) -> String { "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'" }

  /// Keeps the authority's certificate, which is no secret, where clients can read it as long as the lease lasts.
  static func keep(_ certificate: String?, host: String) throws -> String? {
    guard let certificate else { return nil }
    let home = ClientOptions.environment("XDG_CACHE_HOME") ?? (ClientOptions.environment("HOME") ?? "/tmp") + "/.cache"
    let directory = home + "/issuer"
    let name = host.unicodeScalars.map {
      $0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "." || $0 == "-" ? $0 : "_"
    }
    let file = directory + "/" + String(String.UnicodeScalarView(name)) + ".pem"
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      try certificate.write(toFile: file, atomically: true, encoding: .utf8)
    } catch {
      throw CommandFailure(
        .failure, "the authority's certificate cannot be kept in \(file)",
        next: "set XDG_CACHE_HOME to a directory that you can write")
    }
    return file
  }
}
