import Sodium
import Testing

@Suite struct SecretBytesTests {
  @Test func `a secret prints as a placeholder in every way of printing`() throws {
    let secret = try SecretBytes(utf8: "hunter2-hunter2")
    var dumped = ""
    dump(secret, to: &dumped)
    for text in [
      "\(secret)", String(describing: secret), String(reflecting: secret), dumped, "\([secret])", "\(Optional(secret) as Any)",
    ] {
      #expect(!text.contains("hunter2"))
      #expect(text.contains("secret"))
    }
  }

  @Test func `secrets are equal when their bytes are`() throws {
    #expect(try SecretBytes(hex: "00ff") == SecretBytes(copying: [0, 255]))
    #expect(try SecretBytes(hex: "00ff") != SecretBytes(copying: [0, 254]))
    #expect(try SecretBytes(hex: "00ff") != SecretBytes(copying: [0]))
    #expect(try SecretBytes(copying: []) == SecretBytes(hex: ""))
  }

  @Test func `making a secret from an array wipes the array`() throws {
    var bytes: [UInt8] = [1, 2, 3]
    let secret = try SecretBytes(wiping: &bytes)
    #expect(bytes == [0, 0, 0])
    #expect(try secret == SecretBytes(copying: [1, 2, 3]))
  }

  @Test func `random secrets differ`() throws {
    #expect(try SecretBytes.random(count: 32) != SecretBytes.random(count: 32))
  }

  @Test func `a slice holds the bytes of its range`() throws {
    #expect(try SecretBytes(copying: [1, 2, 3, 4]).slice(1..<3) == SecretBytes(copying: [2, 3]))
  }

  @Test func `base64url goes there and back at every length`() throws {
    for count in 0...70 {
      let bytes = Random.bytes(count)
      let text = Base64URL.encode(bytes)
      #expect(Base64URL.decode(text) == bytes)
      #expect(try SecretBytes(base64URL: text).revealedBase64URL() == text)
    }
    #expect(Base64URL.encode([0xfb, 0xff]) == "-_8")
  }

  @Test(arguments: ["A", "AB", "AAA=", "A A", "AA+A", "AAAAA"])
  func `text that is not canonical base64url is refused`(text: String) {
    #expect(Base64URL.decode(text) == nil)
    #expect(throws: SodiumError.self) { try SecretBytes(base64URL: text) }
  }

  @Test func `hexadecimal goes there and back and refuses the rest`() {
    #expect(Hex.encode([0, 0xab, 0xff]) == "00abff")
    #expect(Hex.decode("00ABff") == [0, 0xab, 0xff])
    #expect(Hex.decode("0") == nil)
    #expect(Hex.decode("0g") == nil)
  }

  @Test func `memory comes back zeroed, whoever had it before`() throws {
    for length in [0, 1, 32, 43, 64, 65] {
      for _ in 0..<40 {
        let secret = try unsafe SecretBytes(count: length) { memory in
          #expect(unsafe memory.allSatisfy { $0 == 0 })
          for index in 0..<length { unsafe memory[index] = 0xA5 }
        }
        #expect(unsafe secret.withUnsafeBytes { unsafe $0.count == length && $0.allSatisfy { $0 == 0xA5 } })
      }
    }
  }
}
