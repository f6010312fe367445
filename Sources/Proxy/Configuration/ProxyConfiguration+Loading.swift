import Audit
import Foundation
import Reactor
import Yams

extension ProxyConfiguration {
  /// Reads and checks the file. Relative paths are relative to its directory; `credential:NAME` is a systemd credential.
  /// Throws `ConfigurationError` with every problem found.
  public static func load(file: String) throws(ConfigurationError) -> ProxyConfiguration {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw ConfigurationError(
        file: file, problems: [.init(line: 0, message: "cannot be read", next: "name a readable file with --config")])
    }
    return try parse(String(decoding: data, as: UTF8.self), file: file)
  }

  /// Checks the text of a configuration file; `file` is for messages and for relative paths.
  public static func parse(_ text: String, file: String) throws(ConfigurationError) -> ProxyConfiguration {
    let problems = YAMLSection.Problems()
    var root: Node?
    do { root = try Yams.compose(yaml: text) } catch {
      throw ConfigurationError(file: file, problems: [.init(line: 0, message: "\(error)", next: "correct the YAML")])
    }
    let reader = Reader(directory: (file as NSString).deletingLastPathComponent)
    let configuration = reader.read(YAMLSection("", root, problems: problems))
    guard problems.list.isEmpty else {
      throw ConfigurationError(file: file, problems: problems.list.sorted { $0.line < $1.line })
    }
    return configuration
  }

  /// Loads the certificates that the configuration names, for `check-config`. Throws what is wrong with them.
  public func checkFiles() throws(SocketError) { _ = try ProxyContext.Certificates(self) }

  private struct Reader {
    let directory: String

    func read(_ top: YAMLSection) -> ProxyConfiguration {
      let configuration = ProxyConfiguration(
        name: name(top), listen: listen(top), tls: top.has("tls") ? certificates(top.section("tls")) : nil,
        allowPlaintext: top.flag("allowPlaintext", default: false), backend: backend(top.section("backend", isRequired: true)),
        issuerSocket: issuer(top.section("issuer", isRequired: true)), audit: audit(top.section("audit", isRequired: true)),
        workers: top.number("workers", default: 2, in: 1...256), limits: limits(top.section("limits")),
        logFormat: .text, logLevel: "info", metrics: nil)
      var result = configuration
      log(top.section("log"), &result)
      result.metrics = metrics(top.section("metrics"))
      checkPlaintext(result, top)
      top.finish()
      return result
    }

    private func name(_ top: YAMLSection) -> String {
      let name = top.required("name")
      let allowed = name.utf8.allSatisfy { byte in
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x5F
          || (0x41...0x5A).contains(byte)
      }
      if !allowed || name.utf8.count > 63 {
        top.problem("`name` must be at most 63 letters, digits, `-` and `_`", "choose another name", at: top.node("name"))
      }
      return name
    }

    private func listen(_ top: YAMLSection) -> [ListenAddress] {
      guard let node = top.node("listen") else {
        top.problem("`listen` is missing", "add at least one address, such as `- tcp: 127.0.0.1:6432`")
        return []
      }
      guard let sequence = node.sequence, !sequence.isEmpty else {
        top.problem("`listen` must be a list of addresses", "write `- tcp: HOST:PORT` or `- unix: PATH`", at: node)
        return []
      }
      return sequence.enumerated().compactMap { index, item in
        let section = YAMLSection("listen[\(index)]", item, problems: top.problems)
        defer { section.finish() }
        return address(section)
      }
    }

    private func address(_ section: YAMLSection) -> ListenAddress? {
      if let path = section.text("unix") {
        let mode = section.text("mode") ?? "0660"
        guard let bits = UInt32(mode, radix: 8), bits <= 0o777 else {
          section.problem("`mode` must be octal permissions", "write it as \"0660\"")
          return nil
        }
        return .unix(path: resolve(path), mode: bits)
      }
      guard let text = section.text("tcp") else {
        section.problem("an address needs `tcp` or `unix`", "write `- tcp: HOST:PORT` or `- unix: PATH`")
        return nil
      }
      guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (0...65535).contains(port)
      else {
        section.problem("`\(text)` is not HOST:PORT", "write it as `127.0.0.1:6432`, `[::1]:6432` or `*:6432`")
        return nil
      }
      var host = String(text[..<colon])
      if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
      return .tcp(host: host, port: port)
    }

    private func certificates(_ section: YAMLSection) -> CertificateFiles {
      defer { section.finish() }
      return CertificateFiles(certificate: resolve(section.required("certificate")), key: resolve(section.required("key")))
    }

    private func backend(_ section: YAMLSection) -> Backend {
      defer { section.finish() }
      let host = section.required("host")
      let mode = section.text("sslmode") ?? (host.hasPrefix("/") ? "disable" : "verify-full")
      let verification = TLSContext.Verification(rawValue: mode)
      if verification == nil && mode != "disable" {
        section.problem(
          "`backend.sslmode` must be verify-full, verify-ca, require or disable", "use verify-full", at: section.node("sslmode"))
      }
      if verification != nil, host.hasPrefix("/") {
        section.problem("TLS does not go over a Unix socket", "remove `sslmode`, or name a host", at: section.node("sslmode"))
      }
      return Backend(
        host: host, port: section.number("port", default: 5432, in: 1...65535), verification: verification,
        rootCertificate: section.text("rootCertificate").map(resolve),
        clientCertificate: section.has("clientCertificate") ? certificates(section.section("clientCertificate")) : nil,
        connectTimeoutSeconds: section.number("connectTimeoutSeconds", default: 10, in: 1...300),
        spareConnectionsMax: section.number("spareConnectionsMax", default: 4, in: 0...64))
    }

    private func issuer(_ section: YAMLSection) -> String {
      defer { section.finish() }
      return resolve(section.required("socket"))
    }

    private func audit(_ section: YAMLSection) -> AuditSettings {
      defer { section.finish() }
      return AuditSettings(
        directory: resolve(section.required("directory")), durability: section.choice("durability", default: .normal))
    }

    private func limits(_ section: YAMLSection) -> Limits {
      defer { section.finish() }
      return Limits(
        sessionsMax: section.number("sessionsMax", default: 5000, in: 1...1_000_000),
        halfOpenPerAddressMax: section.number("halfOpenPerAddressMax", default: 100, in: 1...1_000_000),
        loginSeconds: section.number("loginSeconds", default: 30, in: 1...600),
        drainSeconds: section.number("drainSeconds", default: 20, in: 0...86_400))
    }

    private func log(_ section: YAMLSection, _ configuration: inout ProxyConfiguration) {
      configuration.logFormat = section.choice("format", default: .text)
      configuration.logLevel = section.text("level") ?? "info"
      section.finish()
    }

    private func metrics(_ section: YAMLSection) -> ListenAddress? {
      defer { section.finish() }
      guard let node = section.node("listen"), let text = node.string else { return nil }
      let inner = YAMLSection("metrics", try? Yams.compose(yaml: "tcp: \"\(text)\""), problems: section.problems)
      return address(inner)
    }

    private func checkPlaintext(_ configuration: ProxyConfiguration, _ top: YAMLSection) {
      guard configuration.tls == nil else { return }
      for case .tcp(let host, let port) in configuration.listen {
        if !configuration.allowPlaintext {
          top.problem("`listen` has a TCP address, and there is no `tls`", "add `tls` with a certificate and its key")
        } else if !["127.0.0.1", "::1", "localhost"].contains(host) {
          top.problem(
            "\(host):\(port) is not a loopback address and there is no `tls`: passwords and rows would go in the clear",
            "add `tls` with a certificate and its key, or listen on 127.0.0.1")
        }
      }
    }

    private func resolve(_ path: String) -> String {
      if path.hasPrefix("credential:") {
        let credentials = ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"] ?? "/run/credentials"
        return "\(credentials)/\(path.dropFirst("credential:".count))"
      }
      return path.hasPrefix("/") || path.isEmpty || directory.isEmpty ? path : "\(directory)/\(path)"
    }
  }
}
