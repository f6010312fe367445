import IssuerAPI
import Policy

/// Somebody whose name is proved: by the kernel, or by an API token.
struct Caller: Sendable, Equatable {
  /// The identity's name in policy.
  var person: String
  var groups: [String]
  var proof: WhoAmI.Proof
  var tokenExpiresAt: String?

  var asPerson: Person { Person(name: person, groups: groups) }
}
