import Foundation
import TestSupport
import Testing

/// Clients as people have them, unchanged, through the proxy: a masked session first, and one on a second database.
@Suite(.serialized)
struct ClientMatrixTests {
  @Test(arguments: Matrix.clients.filter { $0.isQuick || Matrix.reports != nil })
  func `a client does through the proxy all that it can do`(client: Matrix.Client) throws {
    let deployment = try Matrix.shared.get()
    let (one, two) = (try deployment.grant(.alice, "masked"), try deployment.grant(.alice, "open"))
    let wrong = try wrongAuthority(deployment)
    let run = try ChildProcess.run(
      "\(Matrix.folder)/\(client.name)/run", environment: Matrix.environment(one, two, wrongAuthority: wrong), seconds: 600)
    let lines = run.output.split(separator: "\n").map(String.init)
    #expect(lines.first?.hasPrefix("CLIENT ") == true, "\(run.output)\(run.errors)")
    for feature in Matrix.features {
      let said = lines.filter {
        $0.split(separator: " ").dropFirst().first.map(String.init) == feature && !$0.hasPrefix("CLIENT")
      }
      #expect(said.count == 1, "\(feature) is reported \(said.count) times; \(run.errors.suffix(2000))")
      for line in said { #expect(!line.hasPrefix("FAIL "), "\(line)\n\(run.errors.suffix(2000))") }
    }
    if let reports = Matrix.reports {
      try run.output.write(toFile: "\(reports)/\(client.name).txt", atomically: true, encoding: .utf8)
    }
  }

  /// A certificate that has signed nothing of ours.
  private func wrongAuthority(_ deployment: Deployment) throws -> String {
    let path = deployment.directory + "/people/wrong.pem"
    if FileManager.default.fileExists(atPath: path) { return path }
    let made = try ChildProcess.run(
      "openssl",
      [
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=stranger", "-days", "2", "-keyout",
        deployment.directory + "/people/wrong.key", "-out", path,
      ])
    guard made.status == 0 else { throw ServerUnavailable(reason: "openssl: \(made.errors)") }
    return path
  }
}
