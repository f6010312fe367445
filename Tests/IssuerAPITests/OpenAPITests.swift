import Foundation
import IssuerAPI
import Policy
import Testing
import Yams

/// docs/openapi.yaml, the Swift types and the routes say the same.
@Suite struct OpenAPITests {
  static let types: [String: any (Codable & Sendable).Type] = [
    "APIError": APIError.self, "AccessRequestCreate": AccessRequestCreate.self, "Approval": AccessRequest.Approval.self,
    "AccessRequest": AccessRequest.self, "ApprovalDecision": ApprovalDecision.self, "LeaseStuck": Lease.Stuck.self,
    "Lease": Lease.self, "LeaseRenewal": LeaseRenewal.self, "LeaseRevocation": LeaseRevocation.self,
    "Connection": Connection.self, "SessionInfo": SessionInfo.self, "SessionKill": SessionKill.self, "WhoAmI": WhoAmI.self,
    "ScopeInfo": ScopeInfo.self, "ScopeMasks": ScopeMasks.self, "TokenCreate": TokenCreate.self, "Token": Token.self,
    "TokenCreated": TokenCreated.self,
    "SweepReport": SweepReport.self, "RotationReport": RotationReport.self, "StatusReport": StatusReport.self,
    "ScopeFinding": ScopeFinding.self, "PolicyLive": PolicyLive.self, "PolicyReloaded": PolicyReloaded.self,
    "AuditCheckpoint": AuditCheckpoint.self, "AuditPublicKey": AuditPublicKey.self, "Done": Done.self,
    "ProxyLoginBegin": ProxyLoginBegin.self, "ProxyLoginChallenge": ProxyLoginChallenge.self,
    "ProxyLoginProof": ProxyLoginProof.self, "ProxyBackend": ProxyBackend.self, "Guardrail": Guardrail.self,
    "SessionLimits": SessionLimits.self, "MaskedTable": MaskedTable.self, "SessionPolicy": SessionPolicy.self,
    "ProxySession": ProxySession.self, "ProxySessionEnd": ProxySessionEnd.self, "ProxyEventsOpen": ProxyEventsOpen.self,
    "ProxyCancel": ProxyCancel.self,
    "ProxyEvent": ProxyEvent.self, "ProxyCheckpoint": ProxyCheckpoint.self, "ProxyCheckpointSigned": ProxyCheckpointSigned.self,
    "PageOfAccessRequest": Page<AccessRequest>.self, "PageOfLease": Page<Lease>.self, "PageOfSessionInfo": Page<SessionInfo>.self,
    "PageOfScopeInfo": Page<ScopeInfo>.self, "PageOfToken": Page<Token>.self, "PageOfAuditCheckpoint": Page<AuditCheckpoint>.self,
    "Delivery": Delivery.self, "RequestState": AccessRequest.State.self, "LeaseState": Lease.State.self,
    "ScopeState": ScopeInfo.State.self, "MaskKind": MaskKind.self, "DetectorAction": DetectorAction.self,
    "ScanCreate": ScanCreate.self, "ScanReport": ScanReport.self, "ScanKind": ScanKind.self,
    "ScanConfidence": ScanConfidence.self,
    "ScanProposal": ScanProposal.self, "ScanSkipped": ScanSkipped.self,
  ]

  @Test func `every schema has its type, and every type of the interface its schema`() throws {
    let schemas = try Set(OpenAPIDocument().schemas.keys)
    #expect(schemas == Set(Self.types.keys))
    let declared = try OpenAPIDocument.sources("Sources/IssuerAPI").flatMap { text in
      text.matches(of: /(?m)^public (?:struct|enum) (\w+)[^\n{]*\bCodable\b/).map { String($0.1) }
    }
    try #require(declared.count > 25)
    // Page is generic: each of its kinds has a schema.
    #expect(Set(declared).subtracting(["Page"]).subtracting(schemas) == [])
  }

  @Test(arguments: Self.types.keys.sorted())
  func `a value as the document has it is one of the Swift type, with the same properties`(name: String) throws {
    let document = try OpenAPIDocument()
    let schema = try #require(document.schemas[name])
    let type = try #require(Self.types[name])
    for sample in document.samples(schema) {
      let data = try JSONSerialization.data(withJSONObject: [sample], options: [.sortedKeys])
      let value = try decode(type, data)
      try document.compare(value, schema, at: name)
      let encoded = try JSONSerialization.data(
        withJSONObject: JSONSerialization.jsonObject(with: JSONEncoder().encode([AnyCodable(value)])), options: [.sortedKeys])
      #expect(String(decoding: encoded, as: UTF8.self) == String(decoding: data, as: UTF8.self))
    }
  }

  @Test func `every route is in the document, and the reverse`() throws {
    let written = try OpenAPIDocument.routes()
    try #require(written.count > 30)
    #expect(written == (try OpenAPIDocument().operations))
  }

  @Test func `the parameters behind a question mark are those that the routes take`() throws {
    let taken = try OpenAPIDocument.sources("Sources/Issuer/HTTP").flatMap { text in
      text.matches(of: /Query\(request, allowed: ([^)]*)\)/).flatMap { match in
        match.1.split(separator: ",").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " \"")) }
      }
    }
    #expect(Set(taken) == (try OpenAPIDocument().queryParameters))
  }

  private func decode<Value: Codable>(_ type: Value.Type, _ data: Data) throws -> any Codable {
    // In an array, since a plain text is no whole document for some decoders.
    try JSONDecoder().decode([Value].self, from: data)[0]
  }

  private struct AnyCodable: Encodable {
    let value: any Encodable
    init(_ value: any Encodable) { self.value = value }
    func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
  }
}
