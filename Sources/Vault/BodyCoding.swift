import Sodium

/// Collects the body's fields; secrets stay where they are until everything is copied into one piece of locked memory.
struct BodyWriter {
  private enum Piece {
    case clear([UInt8])
    case secret(SecretBytes)
  }
  private var pieces: [Piece] = []
  private var count = 0

  mutating func put(_ number: some FixedWidthInteger & UnsignedInteger) {
    var bytes = [UInt8]()
    bytes.put(number)
    append(clear: bytes)
  }

  mutating func put<Length: FixedWidthInteger & UnsignedInteger>(
    _ text: String, length: Length.Type
  ) {
    put(Length(text.utf8.count))
    append(clear: Array(text.utf8))
  }

  /// Without a length, for keys of a known one.
  mutating func put(raw secret: SecretBytes) {
    pieces.append(.secret(secret))
    count += secret.count
  }

  mutating func put(_ secret: SecretBytes) {
    put(UInt16(secret.count))
    put(raw: secret)
  }

  private mutating func append(clear bytes: [UInt8]) {
    pieces.append(.clear(bytes))
    count += bytes.count
  }

  /// Everything, padded with zero bytes to whole blocks.
  func finish() throws -> SecretBytes {
    let block = VaultLimits.paddingBlockBytes
    return try unsafe SecretBytes(count: (count + block - 1) / block * block) { memory in
      var offset = 0
      for piece in pieces {
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[offset...])
        switch piece {
        case .clear(let bytes):
          unsafe target.copyBytes(from: bytes)
          offset += bytes.count
        case .secret(let secret):
          unsafe secret.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
          offset += secret.count
        }
      }
    }
  }
}

/// Reads the body's fields out of locked memory; secrets go from there to locked memory of their own.
struct BodyReader {
  private let body: SecretBytes
  private var offset = 0

  init(_ body: SecretBytes) { self.body = body }

  private mutating func advance(_ count: Int) throws -> Range<Int> {
    guard count <= body.count - offset else {
      throw VaultFormatError.corrupted("a field runs over the end of the body")
    }
    defer { offset += count }
    return offset..<offset + count
  }

  mutating func number<Number: FixedWidthInteger & UnsignedInteger>(
    _ type: Number.Type = Number.self
  ) throws -> Number {
    let range = try advance(Number.bitWidth / 8)
    return body.withBytes { bytes in range.reduce(0) { $0 << 8 | Number(bytes[$1]) } }
  }

  mutating func count(_ limits: ClosedRange<Int>, _ what: String) throws -> Int {
    let count = Int(try number(UInt16.self))
    guard limits.contains(count) else {
      throw VaultFormatError.corrupted("the body has \(count) \(what)")
    }
    return count
  }

  mutating func text<Length: FixedWidthInteger & UnsignedInteger>(
    _ limits: ClosedRange<Int>, length: Length.Type
  ) throws -> String {
    let count = Int(try number(Length.self))
    guard limits.contains(count) else {
      throw VaultFormatError.corrupted("a name in the body has \(count) bytes")
    }
    let range = try advance(count)
    let bytes = body.withBytes { bytes in range.map { bytes[$0] } }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw VaultFormatError.corrupted("a name in the body is not UTF-8")
    }
    return text
  }

  mutating func secret(raw count: Int) throws -> SecretBytes { try body.slice(advance(count)) }

  mutating func secret() throws -> SecretBytes {
    let count = Int(try number(UInt16.self))
    guard VaultLimits.secretBytes.contains(count) else {
      throw VaultFormatError.corrupted("a secret in the body has \(count) bytes")
    }
    return try secret(raw: count)
  }

  /// Only padding may be left.
  mutating func finish() throws {
    let padding = try advance(body.count - offset)
    guard padding.count < VaultLimits.paddingBlockBytes,
      body.count % VaultLimits.paddingBlockBytes == 0,
      body.withBytes({ bytes in padding.allSatisfy { bytes[$0] == 0 } })
    else { throw VaultFormatError.corrupted("the body's padding is wrong") }
  }
}
