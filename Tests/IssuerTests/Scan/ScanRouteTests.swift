import Foundation
import IssuerAPI
import TestSupport
import Testing

@testable import Issuer

/// `POST /v1/scan` of a running issuer.
@Suite struct ScanRouteTests {
  @Test func `an operator's scan tells counts, leaves labelled columns out, and is on record`() async throws {
    let issuer = try await APITests.fixture.value
    try issuer.server.connect(database: "shop").execute(
      script: """
        SET ROLE shop_owner;
        CREATE TABLE public.scanned (note text, email text);
        INSERT INTO public.scanned SELECT 'write to person' || g || '@scan.example', 'x@scan.example' FROM generate_series(1, 30) g;
        """)
    let report = try issuer.client.scan(ScanCreate(database: "shop", sampleRows: 20))
    let found = report.proposals.filter { $0.table == "scanned" }
    #expect(found.map(\.column) == ["note"])
    #expect(found.first?.values == 20 && found.first?.matches == 20)
    #expect(report.labelled >= 2)
    let directory = try IssuerConfiguration.load(path: issuer.configurationFile).auditDirectory
    let log = try FileManager.default.contentsOfDirectory(atPath: directory).compactMap {
      try? String(contentsOfFile: directory + "/" + $0, encoding: .utf8)
    }.joined()
    let records = log.split(separator: "\n").filter { $0.contains(#""kind":"scan""#) }
    #expect(records.count == 2 && records.allSatisfy { $0.contains(#""database":"shop""#) }, "\(records)")
    #expect(!log.contains("scan.example"))
  }

  @Test func `what is not governed, and samples that are too large, are refused`() async throws {
    let issuer = try await APITests.fixture.value
    for (create, kind) in [
      (ScanCreate(database: "postgres"), IssuerFailure.Kind.notFound), (ScanCreate(database: "shop", sampleRows: 0), .invalid),
      (ScanCreate(database: "shop", sampleRows: 1_000_000), .invalid),
    ] {
      #expect { try issuer.client.scan(create) } throws: { ($0 as? IssuerFailure)?.kind == kind }
    }
  }

  @Test func `nobody but an operator scans`() async throws {
    let (_, service) = try await ApprovalTests.fixture.value
    await #expect(throws: APIError.self) { try await service.scan(ScanCreate(database: "shop"), by: ApprovalTests.lead) }
  }
}
