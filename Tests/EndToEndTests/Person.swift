/// Who asks, in the tests' policies. All but the operator call from afar, with a token, over TLS.
enum Person: String, CaseIterable, Sendable {
  /// The Unix user who runs the tests.
  case dba
  case alice
  case bob
  case carol
  case ci

  static let withTokens: [Person] = [.alice, .bob, .carol, .ci]
}
