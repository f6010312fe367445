/// What a detector recognises. Raw values are the words of the policy file and of the audit log.
public enum DetectorKind: String, Sendable, Hashable, Codable, CodingKeyRepresentable, CaseIterable {
  /// `local@domain.tld`, in ASCII or UTF-8.
  case email
  /// The international form, `+` and 8 to 15 digits (ITU-T E.164) with the separators that people write.
  case phone
  /// A payment card's number with the prefix and length of a known network and a right Luhn digit (ISO/IEC 7812-1).
  case card
  /// ISO 13616: length of the country, mod 97.
  case iban
  /// A national identity number that shows itself by its check digits, or by its shape (US social security number).
  case nationalID = "national-id"
  /// A token of a known issuer, by its prefix: AWS, GitHub, Google, issuer, npm, OpenAI, Slack, Stripe; JSON web tokens.
  case token
  /// A private key in PEM armour, from its header to its end.
  case key
}

/// Some of the kinds.
public struct DetectorKinds: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let email = DetectorKinds(rawValue: 1 << 0)
  public static let phone = DetectorKinds(rawValue: 1 << 1)
  public static let card = DetectorKinds(rawValue: 1 << 2)
  public static let iban = DetectorKinds(rawValue: 1 << 3)
  public static let nationalID = DetectorKinds(rawValue: 1 << 4)
  public static let token = DetectorKinds(rawValue: 1 << 5)
  public static let key = DetectorKinds(rawValue: 1 << 6)
  public static let all = DetectorKinds(rawValue: 0x7F)

  /// The one kind.
  public init(_ kind: DetectorKind) {
    switch kind {
    case .email: self = .email
    case .phone: self = .phone
    case .card: self = .card
    case .iban: self = .iban
    case .nationalID: self = .nationalID
    case .token: self = .token
    case .key: self = .key
    }
  }

  /// All of a list.
  public init(_ kinds: some Sequence<DetectorKind>) {
    self = kinds.reduce(into: []) { $0.formUnion(DetectorKinds($1)) }
  }
}
