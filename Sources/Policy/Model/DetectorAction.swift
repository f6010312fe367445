import Detectors

/// What becomes of a value in which a detector recognises something. Raw values are the words of the policy file.
public enum DetectorAction: String, Sendable, Hashable, Codable, CaseIterable {
  /// The bytes recognised are masked, and the rest of the value is shown.
  case maskMatch = "mask-match"
  /// The whole value is masked.
  case maskValue = "mask-value"
  /// The value is shown; the audit log has a record.
  case alarm
}

/// What is looked for in what the server sends to a session, and what becomes of it; empty without detectors.
public typealias DetectorRules = [DetectorKind: DetectorAction]
