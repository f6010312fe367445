/// Every floor and ceiling of docs/vault-format.md.
enum VaultLimits {
  static let magic = Array("ISSVAULT".utf8)
  static let version: UInt16 = 1
  static let envelopeBytes = 18
  static let hashBytes = 32
  static let fileBytesMax = 1 << 24
  static let slots = 1...16
  static let labelBytesMax = 64
  static let sealedBodyBytes = 272...(1 << 23)
  static let passes: ClosedRange<UInt32> = 1...16
  static let memoryBytes: ClosedRange<UInt64> = 8192...(1 << 31)
  static let passphraseBytes = 8...1024
  static let keyFileBytes = 32...4096
  static let clustersMax = 64
  static let clusterNameBytes = 1...63
  static let hostBytes = 1...1024
  static let identifierBytes = 1...63
  static let derivationKeys = 1...256
  static let derivationKeyBytes = 32
  static let signingSeedBytes = 32
  static let staticRolesMax = 4096
  static let staticRoleNameBytes = 1...127
  static let otherSecretsMax = 256
  static let secretBytes = 1...4096
  static let paddingBlockBytes = 256
}
