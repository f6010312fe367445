import IssuerAPI
import Policy

/// A column as sql/scan/tables.sql tells it.
struct ScannedColumn: Decodable {
  enum Class: String, Decodable { case text, number, time, bytes, other }
  var name: String
  var type: String
  var `class`: Class
  /// A comment masks it already.
  var isCommented: Bool
  /// Has a place in the sample's rows.
  var isSampled: Bool
}

/// From name, type and content to a proposal.
struct ScanJudgement {
  /// With fewer values content alone proves little.
  private static let fewValues = 10

  var kind: ScanKind
  var mask: MaskKind
  var confidence: ScanConfidence
  var isNamedSo: Bool
  var matches: Int

  /// - Parameter sample: nil when nothing of the column was read.
  init?(_ column: ScannedColumn, table: String, sample: ColumnSample?) {
    let named = ScanNames.kind(column: column.name, table: table, type: column.type)
    let name = named.flatMap { Self.fits($0, column.class) ? $0 : nil }
    let values = sample?.values ?? 0
    let most = sample?.most
    // What most values are, they are, whatever the column is called.
    if let most, most.count * 2 >= values {
      kind = most.kind
      matches = most.count
      isNamedSo = name == most.kind
      confidence = values >= Self.fewValues || isNamedSo ? .high : .medium
    } else if let name {
      kind = name
      isNamedSo = true
      let support = sample?.support(name)
      matches = support ?? 0
      switch (name, support) {
      case (_, let support?) where values > 0 && support * 10 >= values * 6: confidence = .high
      case (.email, 0?) where values >= Self.fewValues: confidence = .low
      case (.card, 0?) where values >= Self.fewValues: confidence = .low
      case (.iban, 0?) where values >= Self.fewValues: confidence = .low
      case (.phone, 0?) where values >= Self.fewValues: confidence = .low
      case (.birthDate, _) where column.class == .time: confidence = .high
      default: confidence = .medium
      }
    } else if let sample, sample.found > 0 {
      kind = .mixed
      isNamedSo = false
      matches = sample.found
      confidence = sample.found * 20 >= values ? .medium : .low
    } else {
      return nil
    }
    mask = Self.mask(kind, column.class)
  }

  private static func fits(_ kind: ScanKind, _ type: ScannedColumn.Class) -> Bool {
    switch kind {
    case .email, .personName, .address, .iban: type == .text
    case .phone, .card, .nationalID: type == .text || type == .number
    case .birthDate: type == .time || type == .text
    case .secret: type == .text || type == .bytes
    case .mixed: false
    }
  }

  private static func mask(_ kind: ScanKind, _ type: ScannedColumn.Class) -> MaskKind {
    switch kind {
    case .email: .email
    case .phone, .card, .iban: .last4
    case .personName: .partial
    case .birthDate: type == .time ? .year : .redact
    case .nationalID, .address, .secret, .mixed: .redact
    }
  }
}
