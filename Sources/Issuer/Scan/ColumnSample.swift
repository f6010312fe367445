import Detectors
import IssuerAPI

/// Counts over the sampled values of one column. Values are looked at and forgotten.
struct ColumnSample {
  /// Values that are not NULL.
  private(set) var values = 0
  /// Values in which something was found, and those of which it is the most part.
  private(set) var found = 0
  private var whole: [DetectorKind: Int] = [:]
  private var isPhone = 0
  private var isWords = 0

  private static let scanner = DetectorScanner(.all)

  mutating func add(_ value: String) {
    values += 1
    let bytes = Array(value.utf8)
    let hits = Self.scanner.scan(bytes)
    if !hits.isEmpty { found += 1 }
    for kind in Set(hits.map(\.kind)) {
      let covered = hits.filter { $0.kind == kind }.reduce(0) { $0 + $1.range.count }
      if covered * 5 >= bytes.count * 4 { whole[kind, default: 0] += 1 }
    }
    let digits = value.utf8.count { (48...57).contains($0) }
    if (7...15).contains(digits), value.utf8.allSatisfy({ (48...57).contains($0) || " +-./()".utf8.contains($0) }) {
      isPhone += 1
    }
    if value.contains(where: \.isLetter), value.allSatisfy({ $0.isLetter || " -'.".contains($0) }) { isWords += 1 }
  }

  /// The kind that most values are, and of how many.
  var most: (kind: ScanKind, count: Int)? {
    whole.max { $0.value < $1.value }.map { (ScanKind($0.key), $0.value) }
  }

  /// Values that are such a thing, or have its form; nil for kinds without one.
  func support(_ kind: ScanKind) -> Int? {
    switch kind {
    case .email: whole[.email] ?? 0
    case .card: whole[.card] ?? 0
    case .iban: whole[.iban] ?? 0
    case .phone: max(isPhone, whole[.phone] ?? 0)
    case .personName: isWords
    case .nationalID, .birthDate, .address, .secret, .mixed: nil
    }
  }
}

extension ScanKind {
  init(_ kind: DetectorKind) {
    switch kind {
    case .email: self = .email
    case .phone: self = .phone
    case .card: self = .card
    case .iban: self = .iban
    case .nationalID: self = .nationalID
    case .token, .key: self = .secret
    }
  }
}
