import FoundationEssentials
import Sodium
import Testing

@Suite struct PrimitivesTests {
  let key: SecretBytes
  init() throws { key = try SecretBytes(copying: 0..<32) }

  // draft-irtf-cfrg-xchacha-03, appendix A.3.1.
  @Test func `the box agrees with the draft's vector`() throws {
    let text =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
    let key = try SecretBytes(copying: 0x80...0x9f)
    let nonce = [UInt8](0x40...0x57)
    let data = try #require(Hex.decode("50515253c0c1c2c3c4c5c6c7"))
    let box = try AuthenticatedBox.seal(SecretBytes(utf8: text), nonce: nonce, associatedData: data, key: key)
    #expect(Hex.encode(Array(box.suffix(16))) == "c0875924c1c7987947deafd8780acf49")
    #expect(Hex.encode(Array(box.prefix(16))) == "bd6d179d3e83d43b9576579493c0e939")
    #expect(try AuthenticatedBox.open(box, nonce: nonce, associatedData: data, key: key).revealedUTF8() == text)
  }

  @Test func `a box opens with nothing but its own key, nonce and data`() throws {
    let nonce = Random.bytes(24)
    let box = try AuthenticatedBox.seal(SecretBytes(utf8: "x"), nonce: nonce, associatedData: [1], key: key)
    #expect(throws: SodiumError.self) { try AuthenticatedBox.open(box, nonce: nonce, associatedData: [2], key: key) }
    #expect(throws: SodiumError.self) { try AuthenticatedBox.open(box, nonce: Random.bytes(24), associatedData: [1], key: key) }
    #expect(throws: SodiumError.self) {
      try AuthenticatedBox.open(box, nonce: nonce, associatedData: [1], key: .random(count: 32))
    }
    #expect(throws: SodiumError.self) { try AuthenticatedBox.open([1], nonce: nonce, associatedData: [1], key: key) }
    #expect(throws: SodiumError.self) { try AuthenticatedBox.seal(key, nonce: [1], associatedData: [], key: key) }
  }

  // BLAKE2b-512 of "abc", RFC 7693 appendix A.
  @Test func `the digest agrees with the RFC's vector, whole or in pieces`() {
    let expected =
      "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"
    #expect(Hex.encode(Digest.blake2b(Array("abc".utf8), count: 64)) == expected)
    var digest = Digest(count: 64)
    for byte in "abc".utf8 { digest.update([byte]) }
    #expect(Hex.encode(digest.finalize()) == expected)
  }

  @Test func `a keyed digest depends on the key`() throws {
    #expect(Digest.blake2b([1], key: key) != Digest.blake2b([1]))
    #expect(try Digest.blake2b([1], key: key) == Digest.blake2b([1], key: SecretBytes(copying: 0..<32)))
  }

  @Test func `the lent digest equals the other`() {
    let bytes = Random.bytes(1000)
    var output = [UInt8](repeating: 0, count: 32)
    var span = output.mutableSpan
    Digest.blake2b256(bytes.span, into: &span)
    #expect(output == Digest.blake2b(bytes))
  }

  // RFC 8032, section 7.1, test 2.
  @Test func `signatures agree with the RFC's vector`() throws {
    let signer = try SigningKey(seed: SecretBytes(hex: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    #expect(Hex.encode(signer.verificationKey.bytes) == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    let signature = signer.signature(of: [0x72])
    #expect(
      Hex.encode(signature)
        == "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    #expect(signer.verificationKey.isValid(signature: signature, of: [0x72]))
    #expect(!signer.verificationKey.isValid(signature: signature, of: [0x73]))
    #expect(!signer.verificationKey.isValid(signature: [], of: [0x72]))
  }

  @Test func `only the recipient opens a sealed box`() throws {
    let keys = try RecipientKeyPair.generate()
    let box = try SealedBox.seal(key, to: keys.publicKey)
    #expect(box.count == 32 + SealedBox.overheadBytes)
    #expect(try SealedBox.open(box, with: keys) == key)
    #expect(try SealedBox.open(box, with: RecipientKeyPair(secretKey: keys.secretKey)) == key)
    #expect(throws: SodiumError.self) { try SealedBox.open(box, with: .generate()) }
    #expect(throws: SodiumError.self) { try SealedBox.seal(key, to: [UInt8](repeating: 0, count: 32)) }
  }

  @Test func `a passphrase and its salt give one key`() throws {
    let salt = [UInt8](0..<16)
    let one = try PasswordHash.key(from: SecretBytes(utf8: "a"), salt: salt, cost: .least)
    #expect(try one == PasswordHash.key(from: SecretBytes(utf8: "a"), salt: salt, cost: .least))
    #expect(try one != PasswordHash.key(from: SecretBytes(utf8: "b"), salt: salt, cost: .least))
    #expect(throws: SodiumError.self) {
      try PasswordHash.key(from: SecretBytes(utf8: "a"), salt: salt, cost: .init(operations: 0, memoryBytes: 1))
    }
  }

  @Test func `derived secrets differ by key, context and identifier, and by nothing else`() throws {
    let uuid = try #require(UUID(uuidString: "00112233-4455-6677-8899-aabbccddeeff"))
    let one = try KeyDerivation.derive(from: key, context: "iss-role", uuid: uuid)
    #expect(try one == KeyDerivation.derive(from: key, context: "iss-role", id: Hex.decode("00112233445566778899aabbccddeeff")!))
    let lent = try KeyDerivation.withDerived(from: key, context: "iss-role", uuid: uuid) { Base64URL.encode($0) }
    #expect(lent == one.revealedBase64URL())
    #expect(try one != KeyDerivation.derive(from: key, context: "iss-conn", uuid: uuid))
    #expect(try one != KeyDerivation.derive(from: key, context: "iss-role", uuid: UUID()))
    #expect(try one != KeyDerivation.derive(from: .random(count: 32), context: "iss-role", uuid: uuid))
    #expect(
      try KeyDerivation.subkey(of: key, id: 1, context: "issuer..") != KeyDerivation.subkey(of: key, id: 2, context: "issuer.."))
  }

  @Test func `hardening leaves no core dumps`() throws {
    try ProcessHardening.apply()
    let limits = try String(contentsOfFile: "/proc/self/limits", encoding: .utf8)
    let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
    #expect(core.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"])
  }
}
