import Audit
import Foundation
import IssuerAPI
import Sodium
import TestSupport
import Testing

/// `audit verify`, offline and with the issuer's help.
@Suite struct AuditVerifyTests {
  /// A log of four records, its last checkpoint in a ledger that an issuer tells of.
  private final class World {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("issuerctl-audit-\(UUID().uuidString)").path
    let key: SigningKey
    let issuer: ScriptedHTTPServer

    init() throws {
      key = try SigningKey(seed: SecretBytes.random(count: 32))
      let log = try AuditLog(directory: directory, writer: "proxy-1", durability: .normal)
      for number in 1...3 { _ = try log.append(.issuer(IssuerEvent(.started, text: "record \(number)"))) }
      let signed = try #require(try log.checkpoint(by: key))
      let told = AuditCheckpoint(
        writer: "proxy-1", sequence: signed.head.sequence, head: Data(signed.head.hash).base64EncodedString(), at: signed.at,
        signature: Data(signed.signature).base64EncodedString(), publicKey: Data(signed.key.bytes).base64EncodedString())
      let page = String(decoding: try JSONEncoder().encode(Page(items: [told])), as: UTF8.self)
      let publicKey = String(
        decoding: try JSONEncoder().encode(AuditPublicKey(publicKey: told.publicKey)), as: UTF8.self)
      issuer = try ScriptedHTTPServer { request in
        ScriptedHTTPServer.json(200, request.contains("/v1/audit/public-key") ? publicKey : page)
      }
    }

    deinit {
      issuer.stop()
      try? FileManager.default.removeItem(atPath: directory)
    }

    func verify(_ arguments: String...) throws -> ChildProcess.Result {
      try Issuerctl.run(["audit", "verify"] + arguments + [directory], socket: issuer.path)
    }

    /// Leaves the first lines of the log.
    func cut(to count: Int) throws {
      let segment = try #require(
        try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".jsonl") }.sorted().first)
      let path = directory + "/" + segment
      let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").prefix(count)
      try lines.map { $0 + "\n" }.joined().write(toFile: path, atomically: true, encoding: .utf8)
    }
  }

  @Test func `the issuer tells its key and the ledger's checkpoints when asked`() throws {
    let world = try World()
    let result = try world.verify("--live")
    #expect(result.status == 0, "\(result)")
    #expect(result.output.contains("intact") && result.errors.isEmpty)
  }

  @Test func `a tail that was cut off shows by the ledger, and only by it`() throws {
    let world = try World()
    try world.cut(to: 2)
    let offline = try world.verify("--key", world.key.verificationKey.description)
    #expect(offline.status == 0)
    #expect(offline.errors.contains("a cut tail would not show (--live, or --checkpoints FILE)"))
    let live = try world.verify("--live")
    #expect(live.status == 1)
    #expect(live.output.contains("NOT INTACT") && live.output.contains("the ledger knows record"))
  }

  @Test func `a key that was written down is the only one that is trusted`() throws {
    let world = try World()
    let other = try SigningKey(seed: SecretBytes.random(count: 32)).verificationKey.description
    #expect(try world.verify("--live", "--key", other).status == 1)
    #expect(try world.verify("--live", "--key", world.key.verificationKey.description).status == 0)
  }

  @Test func `without a key it says both ways to one`() throws {
    let world = try World()
    let result = try world.verify()
    #expect(result.status == 1)
    #expect(result.errors.contains("--live") && result.errors.contains("--key"))
  }

  @Test func `an issuer that does not answer is 5, and nothing is called intact`() throws {
    let world = try World()
    let result = try Issuerctl.run(["audit", "verify", "--live", world.directory])
    #expect(result.status == 5)
    #expect(!result.output.contains("intact"))
  }
}
