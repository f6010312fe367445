/// A named set of privileges on one database. The issuer compiles it into a NOLOGIN role (DESIGN section 6).
public struct Scope: Sendable, Equatable, Codable {
  /// What keeps masked columns from a lease. Raw values are the words of the policy file, and what every tool shows.
  public enum Enforcement: String, Sendable, Equatable, Codable, CaseIterable {
    /// PostgreSQL's privileges.
    case strict
    /// The proxy alone: the lease holds an existing role's rights to raw columns (docs/masking.md, "Best effort").
    case bestEffort = "best-effort"
  }

  /// What becomes of objects that a lease still owns at its end.
  public enum OwnedObjects: String, Sendable, Equatable, Codable, CaseIterable {
    case drop
    /// Kept under the NOLOGIN role `iss_quarantine`, which has no privileges.
    case quarantine
  }

  public var name: String
  public var description: String
  public var database: String
  public var privileges: [ScopePrivilege]
  /// `proxy` unless the file says otherwise.
  public var delivery: [ScopeDelivery]
  /// Reads base tables instead of their masked shadows.
  public var unmasked: Bool
  /// `SET role = owner` for the lease, so that what a migration makes belongs to this role. Only when `unmasked`.
  public var owner: String?
  /// An existing role of the cluster, whose privileges the leases inherit; never one that reaches beyond its database's objects
  /// (sql/scopes/existing_role.sql).
  public var role: String?
  public var enforcement: Enforcement
  /// Defaults of the ephemeral role (`ALTER ROLE ... SET`); its user can change them.
  public var settings: [ScopeSetting]
  /// `CONNECTION LIMIT` of the ephemeral role; nil is without one.
  public var connectionsMax: Int?
  public var ownedObjects: OwnedObjects
  /// The presets and rules named by the scope, in its order. `DecisionEngine.sessionPolicy` adds those that always hold.
  public var guardrails: [Guardrail]
  public var limits: SessionLimits
  /// Whether bound parameters are written to the audit log.
  public var recordsParameters: Bool
  /// What is looked for in the answers of proxied sessions.
  public var detectors: DetectorRules
}

/// How leases of a scope may be delivered. Raw values are those of the API's `Delivery`.
public enum ScopeDelivery: String, Sendable, Hashable, Codable, CaseIterable { case proxy, direct }

/// A setting of the ephemeral role.
public struct ScopeSetting: Sendable, Equatable, Codable {
  public var name: String
  public var value: String
}

/// Privileges on the objects that match patterns. USAGE on the schemas of tables, sequences and functions comes by itself.
public struct ScopePrivilege: Sendable, Equatable, Codable {
  public enum Objects: String, Sendable, Equatable, Codable, CaseIterable { case tables, sequences, functions, schemas }

  /// The words of the policy file; upper-cased they are PostgreSQL's.
  public enum Privilege: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    case select, insert, update, delete, truncate, usage, execute, create

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  public var objects: Objects
  /// `schema.name` patterns; for `schemas` a schema's name alone. A function may end with `(argument types)`, else every overload
  /// is meant.
  public var patterns: [NamePattern]
  /// Objects left out again.
  public var except: [NamePattern]
  /// Sorted.
  public var privileges: [Privilege]
  /// Whether INSERT and UPDATE are for masked columns too; nil for not.
  public var writeMasked: Bool?

  /// Whether the privilege speaks of an object. `name` is `schema.name` as PostgreSQL stores it, without quotes.
  public func covers(_ name: String) -> Bool {
    patterns.contains { $0.matches(name) } && !except.contains { $0.matches(name) }
  }
}

extension ScopePrivilege.Objects {
  /// What can be granted on such objects.
  public var privileges: [ScopePrivilege.Privilege] {
    switch self {
    case .tables: [.select, .insert, .update, .delete, .truncate]
    case .sequences: [.usage, .select, .update]
    case .functions: [.execute]
    case .schemas: [.usage, .create]
    }
  }
}
