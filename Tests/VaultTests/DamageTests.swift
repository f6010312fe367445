import Glibc
import Sodium
import Testing

@testable import Vault

@Suite struct DamageTests {
  let folder: Folder
  let unlock: Unlock
  let whole: [UInt8]
  init() throws {
    folder = try Folder()
    unlock = .keyFile(try folder.write(vector("key-file"), to: "key"))
    whole = try vector("least.vault")
  }

  private func codeOfOpening(_ bytes: [UInt8]) throws -> VaultError.Code? {
    let path = try folder.write(bytes, to: "damaged.vault")
    return code { _ = try Vault.open(at: path, with: unlock) }
  }

  @Test func `the undamaged file opens`() throws {
    #expect(try codeOfOpening(whole) == nil)
  }

  @Test func `every single flipped bit is refused, and none is taken for a wrong key`() throws {
    for index in whole.indices {
      for bit in 0..<8 {
        var bytes = whole
        bytes[index] ^= 1 << UInt8(bit)
        let code = try codeOfOpening(bytes)
        switch index {
        case ..<8: #expect(code == .notAVault, "byte \(index) bit \(bit)")
        case 10..<18: #expect(code == .truncated || code == .corrupted, "byte \(index) bit \(bit)")
        default: #expect(code == .corrupted, "byte \(index) bit \(bit)")
        }
      }
    }
  }

  @Test func `a file cut at any length is truncated`() throws {
    for count in 0..<whole.count {
      #expect(try codeOfOpening(Array(whole[..<count])) == .truncated, "cut at \(count)")
    }
  }

  @Test func `a byte too many is corrupted`() throws {
    #expect(try codeOfOpening(whole + [0]) == .corrupted)
  }

  @Test func `a change whose hash was made to fit is still refused`() throws {
    var seen: Set<VaultError.Code> = []
    for index in 18..<whole.count - 32 {
      var bytes = whole
      bytes[index] ^= 1
      bytes.replaceSubrange(
        (whole.count - 32)..., with: Digest.blake2b(Array(bytes[..<(whole.count - 32)])))
      let code = try codeOfOpening(bytes)
      #expect(code == .corrupted || code == .wrongKey, "byte \(index)")
      if let code { seen.insert(code) }
    }
    #expect(seen == [.corrupted, .wrongKey])
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `random garbage never opens and never stops the process`(seed: UInt64) throws {
    var generator = SplitMix(state: seed)
    for round in 0..<600 {
      var bytes = (0..<Int.random(in: 0...600, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      // Two of three rounds get past the first checks, so that the layout is what is tried.
      if round % 3 > 0 {
        bytes = Array("ISSVAULT".utf8) + [0, 1] + bytes
        while bytes.count < 18 { bytes.append(0) }
        var length = [UInt8]()
        length.put(UInt64(bytes.count + 32))
        bytes.replaceSubrange(10..<18, with: length)
        if round % 3 == 2, bytes.count > 54 {
          bytes[54] = UInt8.random(in: 1...4, using: &generator)
        }
        bytes += Digest.blake2b(bytes)
      }
      #expect(try codeOfOpening(bytes) != nil)
    }
  }

  @Test func `a wrong key of each kind is a wrong key`() throws {
    let path = try folder.write(vector("full.vault"), to: "full.vault")
    let other = try folder.write(Random.bytes(32), to: "other-key")
    let unlocks = [
      .passphrase(try secret("wrong horse")), .keyFile(other),
      Unlock.recipientKey(try .random(count: 32)),
    ]
    for unlock in unlocks {
      #expect(code { _ = try Vault.open(at: path, with: unlock) } == .wrongKey)
    }
  }

  @Test func `another file is not a vault`() throws {
    #expect(try codeOfOpening(Array("#!/bin/sh\nexit 0\n".utf8)) == .notAVault)
    #expect(try codeOfOpening([UInt8](repeating: 0, count: 20 << 20)) == .notAVault)
  }

  @Test func `a missing file is missing`() {
    #expect(code { _ = try Vault.open(at: folder.file("none"), with: unlock) } == .missing)
    #expect(code { _ = try Vault.open(at: folder.file("none/none"), with: unlock) } == .missing)
  }

  @Test(arguments: [0o644, 0o640, 0o700, 0o660, 0o200, 0o4600] as [mode_t])
  func `a mode other than 0600 and 0400 is refused`(mode: mode_t) throws {
    let path = try folder.write(whole, to: "open.vault", mode: mode)
    #expect(code { _ = try Vault.open(at: path, with: unlock) } == .wrongPermissions)
  }

  @Test func `a mode of 0400 is taken and kept`() throws {
    let path = try folder.write(whole, to: "v", mode: 0o400)
    try Vault.open(at: path, with: unlock).update { _ in }
    #expect(try VaultFile(path).read().mode == 0o400)
  }

  @Test(.enabled(if: geteuid() == 0, "needs root to give a file away"))
  func `root may look after a vault of the daemon's user, and what it writes stays that user's`() throws {
    let path = try folder.write(whole, to: "daemon.vault")
    #expect(unsafe chown(path, 12345, 12346) == 0)
    try Vault.open(at: path, with: unlock).update { _ in }
    for name in [path, path + ".lock"] {
      var status = stat()
      #expect(unsafe stat(name, &status) == 0)
      #expect(status.st_uid == 12345 && status.st_gid == 12346)
    }
  }

  @Test func `a symbolic link and a directory are refused`() throws {
    let path = try folder.write(whole, to: "v")
    #expect(unsafe symlink(path, folder.file("link")) == 0)
    #expect(code { _ = try Vault.open(at: folder.file("link"), with: unlock) } == .wrongPermissions)
    #expect(code { _ = try Vault.open(at: folder.path, with: unlock) } == .wrongPermissions)
  }

  @Test func `a key file that everybody may read is refused`() throws {
    let key = try folder.write(vector("key-file"), to: "loose-key", mode: 0o644)
    let path = try folder.write(whole, to: "v")
    #expect(code { _ = try Vault.open(at: path, with: .keyFile(key)) } == .wrongPermissions)
  }
}

/// Sebastiano Vigna's SplitMix64: one seed replays a run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }
}
