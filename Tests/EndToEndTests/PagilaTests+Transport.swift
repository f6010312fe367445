import Foundation
import PostgresClient
import TestSupport
import Testing

/// TLS: issuerd's address for callers from afar, and the proxy's.
extension PagilaTests {
  private func curl(_ arguments: [String]) throws -> ChildProcess.Result {
    try ChildProcess.run("curl", ["-s", "-m", "20", "-o", "/dev/null", "-w", "%{http_code}"] + arguments)
  }

  @Test func `callers from afar are answered over TLS alone, by a certificate that they can prove`() throws {
    let (port, bearer) = (deployment.apiPort, ["-H", "Authorization: Bearer \(try deployment.token(.alice))"])
    let good = try curl(["--cacert", deployment.authority, "https://localhost:\(port)/v1/whoami"] + bearer)
    #expect(good.output == "200", "\(good.errors)")
    // In the clear nothing is answered, not even an error that could be read.
    let clear = try curl(["http://localhost:\(port)/v1/whoami"] + bearer)
    #expect(clear.status != 0 && clear.output == "000", "\(clear.output)")
    #expect(try curl(["https://localhost:\(port)/v1/whoami"] + bearer).status == 60, "an authority that nobody named")
    let elsewhere = ["--connect-to", "issuer.example:443:localhost:\(port)", "https://issuer.example/v1/whoami"]
    #expect(
      try curl(["--cacert", deployment.authority] + elsewhere + bearer).status == 60, "a name that is not the certificate's")
    let old = try curl(["--cacert", deployment.authority, "--tls-max", "1.1", "https://localhost:\(port)/v1/whoami"] + bearer)
    #expect(old.status != 0 && old.output == "000", "TLS 1.1")
    // What only the peer's credentials prove is not to be had here.
    #expect(try curl(["--cacert", deployment.authority, "https://localhost:\(port)/v1/whoami"]).output == "401")
    #expect(
      try curl(["--cacert", deployment.authority, "-d", "{}", "https://localhost:\(port)/v1/proxy/logins"] + bearer).output
        == "404")
  }

  @Test func `a token that has expired is refused, and told so`() throws {
    let file = deployment.directory + "/people/short-token"
    let made = try deployment.ctl(
      .dba, ["token", "create", "ci", "--for", "1m", "--note", "short", "--output", file])
    #expect(made.status == 0, "\(made.errors)")
    deployment.remember(try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines))
    let use = ["ISSUER_TOKEN_FILE": file]
    #expect(try deployment.ctl(.ci, ["whoami"], environment: use).status == 0)
    // Its minute is over.
    _ = try deployment.truth(
      "UPDATE issuer.api_token SET expires_at = clock_timestamp() WHERE name = 'short'", database: "issuer")
    let late = try deployment.ctl(.ci, ["whoami"], environment: use)
    #expect(late.status == 3 && late.errors.contains("next:"), "\(late.status) \(late.errors)")
  }

  /// The serial number of the certificate that the proxy shows.
  private func serial() throws -> String {
    let shown = try ChildProcess.run(
      "bash",
      [
        "-c",
        "openssl s_client -starttls postgres -connect localhost:\(deployment.proxyPort) </dev/null 2>/dev/null"
          + " | openssl x509 -noout -serial",
      ])
    return shown.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  @Test func `SIGHUP gives the proxy its new certificate, and no session ends`() throws {
    let session = try deployment.connect(try deployment.grant(.alice, "support-read"))
    let (tls, files) = (deployment.directory + "/tls", FileManager.default)
    let before = try serial()
    #expect(before.hasPrefix("serial="))
    let made = try ChildProcess.run(
      "bash",
      [
        "-ec",
        """
        cp proxy.crt old.crt
        openssl req -new -key proxy.key -subj /CN=localhost -out new.csr
        openssl x509 -req -in new.csr -CA ../../tls/ca.crt -CAkey ../../tls/ca.key -set_serial 4711 -days 2 -out new.crt \
          -extfile <(echo subjectAltName=DNS:localhost,IP:127.0.0.1)
        cat new.crt >proxy.crt
        """,
      ], currentDirectory: tls)
    #expect(made.status == 0, "\(made.errors)")
    defer {
      try? Data(contentsOf: URL(fileURLWithPath: tls + "/old.crt")).write(to: URL(fileURLWithPath: tls + "/proxy.crt"))
      try? deployment.proxy.reload()
    }
    try deployment.proxy.reload()
    try eventually("the new certificate") { try serial() == "serial=1267" }
    #expect(try session.query("SELECT 1").single()[0] == "1", "a session from before")
    #expect(try deployment.psql(try deployment.grant(.alice, "support-read"), "SELECT 1").output == "1\n", "one from after")
    // What cannot be loaded changes nothing, and the log says why.
    try "no certificate".write(toFile: tls + "/proxy.crt", atomically: false, encoding: .utf8)
    #expect(files.fileExists(atPath: tls + "/proxy.crt"))
    try deployment.proxy.reload()
    try eventually("the log to tell") { deployment.proxy.log.contains("the old ones stay") }
    #expect(try serial() == "serial=1267")
    #expect(try session.query("SELECT 2").single()[0] == "2")
  }

  @Test func `a CancelRequest that a balancer sends to the proxy beside the session's cancels, too`() throws {
    let (port, metricsPort, directory) = (try PostgresServer.freePort(), try PostgresServer.freePort(), deployment.directory)
    let first = try String(contentsOfFile: directory + "/issuer/proxy.yaml", encoding: .utf8)
    let second = first.replacing("name: proxy-1", with: "name: proxy-2").replacing(
      "/log/issuer-proxy", with: "/log/issuer-proxy-2"
    )
    .replacing(":\(deployment.proxyPort)", with: ":\(port)").replacing(":\(deployment.metricsPort)", with: ":\(metricsPort)")
    try second.write(toFile: directory + "/issuer/proxy-2.yaml", atomically: true, encoding: .utf8)
    let log = directory + "/log/issuer-proxy-2"
    try FileManager.default.createDirectory(atPath: log, withIntermediateDirectories: true)
    if let uid = Deployment.daemonUIDs?.proxy {
      let given = try ChildProcess.run(
        "sh", ["-c", "chown \(uid):\(uid) \"$1\" && chmod a+r \"$2\"", "sh", log, directory + "/issuer/proxy-2.yaml"])
      #expect(given.status == 0, "\(given.errors)")
    }
    let beside = try Daemon(
      [deployment.place.binary("issuer-proxy"), "--config", directory + "/issuer/proxy-2.yaml"],
      logPath: directory + "/proxy-2.log", uid: Deployment.daemonUIDs?.proxy)
    defer { beside.release() }
    try beside.start()
    try eventually("the second proxy\n\(beside.log.suffix(2000))", seconds: 60) {
      try deployment.client(.dba).status().proxies.contains { $0.name == "proxy-2" && $0.connected }
    }
    let run = try deployment.python(
      "two_proxies.py", [String(deployment.proxyPort), String(port)], grant: try deployment.grant(.alice, "support-read"))
    #expect(run.status == 0 && run.output == "ok\n", "\(run.output)\(run.errors)")
    let said = try ChildProcess.run("curl", ["-fsS", "-m", "5", "http://127.0.0.1:\(metricsPort)/metrics"]).output
    #expect(said.contains("issuer_proxy_cancels_passed_on_total 1") && said.contains("issuer_proxy_cancels_total 1"), "\(said)")
  }

  @Test func `direct TLS works with its protocol's name, and only with that`() throws {
    let run = try deployment.python("direct_tls.py", grant: try deployment.grant(.alice, "support-read"))
    #expect(run.status == 0 && run.output == "ok\n", "\(run.output)\(run.errors)")
  }
}
