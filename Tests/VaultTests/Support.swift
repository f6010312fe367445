import FoundationEssentials
import Glibc
import Sodium
import Testing

@testable import Vault

/// A directory that goes with the test.
final class Folder {
  let path: String

  init() throws {
    path = "/tmp/vault-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file of mode 0600, or another.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String, mode: mode_t = 0o600) throws -> String {
    let path = file(name)
    try? FileManager.default.removeItem(atPath: path)
    let file = try OpenFile(path: path, flags: OpenFile.createNew, mode: mode)
    try file.write(bytes[...])
    return path
  }

  func read(_ name: String) throws -> [UInt8] { try bytes(of: file(name)) }
}

func bytes(of path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

/// The committed vectors, made by the second implementation.
func vector(_ name: String) throws -> [UInt8] {
  try bytes(of: String(#filePath.dropLast("Support.swift".utf8.count)) + "Vectors/" + name)
}

func secret(_ text: String) throws -> SecretBytes { try SecretBytes(utf8: text) }

let testPassphrase = "correct horse battery"

func sampleBody() throws -> VaultBody {
  var body = try VaultBody()
  body.clusters["main"] = AdminCredential(
    host: "db.example", port: 5432, user: "issuer_admin", database: "postgres",
    password: try secret("admin-password"))
  return body
}

extension NewSlot {
  /// As cheap as libsodium allows.
  static func cheap(_ text: String = testPassphrase, label: String = "") throws -> NewSlot {
    .passphrase(try secret(text), cost: .least, label: label)
  }
}

/// The code of the `VaultError` that `body` throws; an issue for anything else.
func code(of body: () throws -> Void) -> VaultError.Code? {
  do {
    try body()
    return nil
  } catch let error as VaultError {
    #expect(!error.next.isEmpty && !error.message.isEmpty)
    return error.code
  } catch {
    Issue.record("\(error) is no VaultError")
    return nil
  }
}
