import Sodium
import Synchronization
import Testing

@testable import Vault

private struct Crash: Error {}

@Suite struct CrashTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  /// A file whose writes stop dead after `steps` steps, one byte to a step.
  private func failing(_ path: String, after steps: Int, tally: Tally) -> VaultFile {
    var file = VaultFile(path)
    file.chunkBytes = 1
    file.afterStep = { step in
      if tally.count(step) > steps { throw Crash() }
    }
    return file
  }

  private final class Tally: Sendable {
    private let seen = Mutex<[VaultFile.Step]>([])
    var steps: [VaultFile.Step] { seen.withLock { $0 } }
    func count(_ step: VaultFile.Step) -> Int {
      seen.withLock {
        $0.append(step)
        return $0.count
      }
    }
  }

  @Test
  func
    `a crash after any step of a write leaves the old or the new vault, and the next write succeeds`()
    throws
  {
    let keyPath = folder.file("key")
    try KeyFile.generate(at: keyPath)
    let unlock = Unlock.keyFile(keyPath)
    let path = folder.file("v")
    _ = try Vault.create(at: path, slots: [.keyFile(keyPath)], body: sampleBody())
    var survivors: Set<String> = []
    for crashAfter in 0... {
      try Vault.open(at: path, with: unlock).update { $0.otherSecrets["state"] = try secret("old") }
      let tally = Tally()
      let vault = try Vault.open(failing(path, after: crashAfter, tally: tally), with: unlock)
      do {
        try vault.update { $0.otherSecrets["state"] = try secret("new") }
        #expect(try Vault.open(at: path, with: unlock).body.otherSecrets["state"] == secret("new"))
        #expect(tally.steps.count > 300, "every byte was a step")
        break
      } catch is Crash {
        let named = tally.steps.contains(.named)
        let found = try #require(try Vault.open(at: path, with: unlock).body.otherSecrets["state"])
          .revealedUTF8()
        #expect(found == (named ? "new" : "old"), "crash after step \(crashAfter)")
        survivors.insert(found)
        // The process that failed may go on, too: it sees what is on disk.
        try vault.reload()
        #expect(vault.body.otherSecrets["state"]?.revealedUTF8() == found)
      }
    }
    #expect(survivors == ["old", "new"])
  }

  @Test
  func
    `a crash after any step of creation leaves no vault or a whole one, and creation can be tried again`()
    throws
  {
    var outcomes: Set<Bool> = []
    for crashAfter in 0... {
      let path = folder.file("v\(crashAfter)")
      let tally = Tally()
      do {
        _ = try Vault.create(
          failing(path, after: crashAfter, tally: tally), slots: [.cheap()], body: sampleBody())
        break
      } catch is Crash {
        let unlock = Unlock.passphrase(try secret(testPassphrase))
        let there = OpenFile.exists(path)
        outcomes.insert(there)
        if !there { _ = try Vault.create(at: path, slots: [.cheap()], body: sampleBody()) }
        try Vault.open(at: path, with: unlock).update { _ in }
      }
    }
    #expect(outcomes == [true, false])
  }

  @Test func `the file is synced before it gets its name, and the directory after`() throws {
    let tally = Tally()
    let path = folder.file("v")
    var file = failing(path, after: .max, tally: tally)
    file.chunkBytes = .max / 2
    _ = try Vault.create(file, slots: [.cheap()], body: sampleBody()).update { _ in }
    let steps = tally.steps.filter { if case .wrote = $0 { false } else { true } }
    #expect(
      steps == [
        .createdAside, .synced, .named, .directorySynced, .createdAside, .synced, .named,
        .directorySynced,
      ])
  }
}
