import Sodium

/// A file whose content opens a vault: a systemd credential, a Kubernetes secret.
public enum KeyFile {
  /// Reads a key file. Symbolic links are followed (Kubernetes mounts secrets by them), but nobody besides owner and group may read it.
  /// - Throws: `VaultError`: `missing`, `wrongPermissions`, `invalid` for a length outside 32 to 4,096 bytes, `system`.
  public static func read(_ path: String) throws -> SecretBytes {
    let file = try OpenFile(path: path, flags: OpenFile.read)
    let status = try file.status()
    guard status.isRegular, status.mode & 0o007 == 0 else {
      throw VaultError(
        .wrongPermissions, path: path,
        message:
          "the key file is no regular file or is open to everybody (mode \(status.modeText))",
        next: "chmod 0400 it, or use LoadCredential=")
    }
    guard VaultLimits.keyFileBytes.contains(status.bytes) else {
      throw VaultError(
        .invalid, path: path, message: "the key file has \(status.bytes) bytes",
        next: "use one of 32 to 4,096 random bytes")
    }
    return try file.readSecret(count: status.bytes)
  }

  /// Writes a new key file: 32 random bytes as base64url and a newline, mode 0400.
  /// - Throws: `VaultError.alreadyExists`, `.system`
  public static func generate(at path: String) throws {
    let text = try SecretBytes.random(count: 32).revealedBase64URL() + "\n"
    try write(SecretBytes(utf8: text), to: path)
  }

  /// Writes a secret to a new file of mode 0400 and syncs it.
  /// - Throws: `VaultError.alreadyExists`, `.system`
  public static func write(_ secret: SecretBytes, to path: String) throws {
    let file = try OpenFile(path: path, flags: OpenFile.createNew, mode: 0o400)
    try file.write(secret)
    try file.sync()
    try OpenFile.syncDirectory(of: path)
  }
}
