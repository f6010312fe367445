import Foundation
import Policy

/// The starter files, for people to read and change. What is there is never touched.
extension Bootstrap {
  func writeFiles(admin: String, database: String) throws -> [String] {
    try makeDirectory(options.runDirectory, mode: 0o755)
    try makeDirectory(options.logDirectory, mode: 0o755)
    let starter = StarterPolicy.text(cluster: options.cluster, database: database, unixUser: options.operatorUser)
    guard let starter else {
      throw BootstrapError(
        message: "a name cannot stand in a policy file", next: "use plain names for the cluster and the database")
    }
    return try [("issuerd.yaml", issuerd), ("proxy.yaml", proxy), ("policy.yaml", starter)].map { name, text in
      let path = "\(options.directory)/\(name)"
      if FileManager.default.fileExists(atPath: path) {
        tell(.already, "file \(path)", "is there and stays as it is")
      } else {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        tell(.done, "file \(path)", "a commented beginning; change it to your needs")
      }
      return path
    }
  }

  private var issuerd: String {
    let keywords = ledgerKeywords
    let root = keywords["sslrootcert"].map { "\n  sslrootcert: \(quote($0))" } ?? ""
    let advertisedHost = keywords["host"].flatMap { $0.hasPrefix("/") ? "localhost" : $0 } ?? "localhost"
    return """
      # issuerd: every setting is described in docs/operations.md. `issuerd check-config` checks this file.
      cluster: \(quote(options.cluster))
      vault:
        file: \(quote(options.stateDirectory + "/vault"))
        # By systemd's LoadCredential= write `credential: vault-key`; keyFile then serves issuerctl.
        keyFile: \(quote(options.keyFile))
      postgres:
        host: \(quote(keywords["host"] ?? ""))
        port: \(keywords["port"] ?? "5432")
        # verify-full proves the server; less is for sockets and loopback.
        sslmode: \(sslMode)\(root)
        connections: 8
      policy: policy.yaml
      # For people, CI jobs and agents on this host: they are who the kernel says they are.
      peopleSocket:
        path: \(quote(options.runDirectory + "/issuer.sock"))
        mode: "0666"
      # For the proxy: only processes of these users are answered.
      proxySocket:
        path: \(quote(options.runDirectory + "/proxy.sock"))
        mode: "0666"
      proxyUsers: [\(options.proxyUsers.map(quote).joined(separator: ", "))]
      # For remote callers with API tokens:
      # tls: {host: 0.0.0.0, port: 8443, certificate: /etc/issuer/tls.crt, key: /etc/issuer/tls.key}
      auditDirectory: \(quote(options.logDirectory + "/issuer"))
      # kernel: a record is in the kernel before what it describes happens; strict: it is on the disk.
      auditDurability: kernel
      sweepIntervalSeconds: 30
      # The admin's password changes by itself this often.
      adminRotationSeconds: 604800
      # What people are told to connect to.
      proxyAddress: {host: \(quote(options.proxyHost)), port: \(options.proxyPort), sslmode: verify-full}
      # What `direct` deliveries are told.
      directAddress: {host: \(quote(advertisedHost)), port: \(keywords["port"] ?? "5432"), sslmode: \(sslMode)}

      """
  }

  private var proxy: String {
    let keywords = ledgerKeywords
    let host = keywords["host"] ?? "localhost"
    let mode = host.hasPrefix("/") || ["prefer", "allow", "disable"].contains(sslMode) ? "disable" : sslMode
    let root = keywords["sslrootcert"].map { "\n  rootCertificate: \(quote($0))" } ?? ""
    return """
      # issuer-proxy: every setting is described in docs/operations.md. `issuer-proxy check-config` checks this file.
      name: proxy-1
      listen:
        - tcp: "*:\(options.proxyPort)"
      # The certificate that clients see. By systemd's LoadCredential= write `key: credential:tls-key`.
      tls: {certificate: proxy-tls.crt, key: proxy-tls.key}
      backend:
        host: \(quote(host))
        port: \(keywords["port"] ?? "5432")\(host.hasPrefix("/") ? "" : "\n  sslmode: \(mode)")\(root)
      issuer:
        socket: \(quote(options.runDirectory + "/proxy.sock"))
      audit:
        directory: \(quote(options.logDirectory + "/issuer-proxy"))

      """
  }

  /// A double-quoted YAML scalar.
  private func quote(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: " ") + "\""
  }
}
