import Foundation
import Synchronization
import TestSupport
import Testing

extension KillTests {
  @Suite(.serialized) struct VaultWrites {
    private let directory = "/tmp/issuer-kill-\(UUID().uuidString.prefix(8).lowercased())"
    private var vault: String { directory + "/vault" }
    private var key: String { directory + "/key" }

    private struct Status: Decodable {
      var id: String
      var generation: Int
      var slots: [Slot]
      var contents: Contents?
      struct Slot: Decodable { var id: Int }
      struct Contents: Decodable { var auditPublicKey: String }
    }

    @Test func `a vault whose writer was killed opens, old or new, and can be written again`() throws {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      defer { try? FileManager.default.removeItem(atPath: directory) }
      try ctl(["vault", "create", "--vault", vault, "--new-key-file", key])
      var before = try status()
      let begun = ContinuousClock.now
      try ctl(["vault", "rekey", "--vault", vault, "--key-file", key])
      let whole = UInt32((ContinuousClock.now - begun) / .microseconds(1))
      before = try status()
      for number in KillTests.kills(20, soak: 400) {
        var generator = KillTests.generator("vault", number)
        let writer = try ChildProcess(Binaries.path("issuerctl"), try arguments(before, &generator))
        if generator.chance(70) {
          // In the middle of the write, as near as can be told from outside.
          while writer.isRunning, !FileManager.default.fileExists(atPath: vault + ".new") { usleep(20) }
          usleep(UInt32.random(in: 0...3_000, using: &generator))
        } else {
          usleep(UInt32.random(in: whole / 2...whole, using: &generator))
        }
        writer.signal(SIGKILL)
        try writer.wait()
        let after = try status()
        #expect(after.id == before.id, KillTests.replay(number))
        #expect(after.contents?.auditPublicKey == before.contents?.auditPublicKey, KillTests.replay(number))
        #expect((before.generation...before.generation + 1).contains(after.generation), KillTests.replay(number))
        before = after
      }
      try ctl(["vault", "rekey", "--vault", vault, "--key-file", key])
      #expect(try status().generation == before.generation + 1, KillTests.replay())
    }

    /// A write at random.
    private func arguments(_ status: Status, _ generator: inout SeededGenerator) throws -> [String] {
      let place = ["--vault", vault, "--key-file", key]
      if status.slots.count > 8, let last = status.slots.last { return ["vault", "remove-slot", String(last.id)] + place }
      guard generator.chance(50) else { return ["vault", "rekey"] + place }
      let recipient = Data((0..<32).map { _ in UInt8.random(in: 1...127, using: &generator) }).base64EncodedString()
        .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
      return ["vault", "add-slot", "--recipient", recipient, "--label", "kill"] + place
    }

    private func status() throws -> Status {
      let output = try ctl(["vault", "status", "--format", "json", "--vault", vault, "--key-file", key])
      return try JSONDecoder().decode(Status.self, from: Data(output.utf8))
    }

    @discardableResult
    private func ctl(_ arguments: [String]) throws -> String {
      let result = try ChildProcess.run(Binaries.path("issuerctl"), arguments)
      guard result.status == 0 else {
        throw ServerUnavailable(reason: "\(arguments.prefix(2)): \(result.errors); \(KillTests.replay())")
      }
      return result.output
    }
  }
}
