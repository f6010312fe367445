import IssuerAPI
import Testing

@testable import Issuer

@Suite struct ScanJudgementTests {
  @Test(arguments: [
    ("customerEmail", "orders", ScanKind.email), ("e_mail", "x", .email), ("PHONE_NUMBER", "x", .phone),
    ("first_name", "x", .personName),
    ("name", "customers", .personName), ("card_number", "x", .card), ("credit_card", "x", .card), ("cc", "x", .card),
    ("date_of_birth", "x", .birthDate), ("dob", "x", .birthDate), ("postal_code", "x", .address), ("address2", "x", .address),
    ("password_hash", "x", .secret), ("apiKey", "x", .secret), ("iban", "x", .iban), ("ssn", "x", .nationalID),
  ])
  func `a name says what a column holds`(column: String, table: String, kind: ScanKind) {
    #expect(ScanNames.kind(column: column, table: table, type: "text") == kind)
  }

  @Test(arguments: [
    ("name", "products"), ("status", "users"), ("discarded", "x"), ("panel", "x"), ("title", "x"),
    ("cardinality", "x"), ("mailing", "x"),
  ])
  func `a name that only sounds like it says nothing`(column: String, table: String) {
    #expect(ScanNames.kind(column: column, table: table, type: "text") == nil)
  }

  @Test func `a type of the application's own says it as well`() {
    #expect(ScanNames.kind(column: "contact", table: "x", type: "app.email_address") == .email)
  }

  private func judge(_ name: String, _ values: [String]?, _ type: ScannedColumn.Class = .text) -> ScanJudgement? {
    var sample: ColumnSample?
    if let values {
      sample = ColumnSample()
      for value in values { sample?.add(value) }
    }
    return ScanJudgement(
      ScannedColumn(name: name, type: "text", class: type, isCommented: false, isSampled: values != nil), table: "x",
      sample: sample)
  }

  @Test func `content counts for more than the name`() throws {
    let mails = (0..<20).map { "person\($0)@example.org" }
    let unnamed = try #require(judge("notes", mails))
    #expect(
      unnamed.kind == .email && unnamed.mask == .email && unnamed.confidence == .high && !unnamed.isNamedSo
        && unnamed.matches == 20)
    let wrong = try #require(judge("email", (0..<20).map { "value \($0)" }))
    #expect(wrong.confidence == .low)
    let empty = try #require(judge("email", []))
    #expect(empty.confidence == .medium && empty.isNamedSo)
    #expect(judge("notes", (0..<20).map { "value \($0)" }) == nil)
  }

  @Test func `some in free text are told as such`() throws {
    let some = try #require(judge("notes", ["write to ann@example.org, then call"] + (0..<9).map { "order \($0) was late" }))
    #expect(some.kind == .mixed && some.mask == .redact && some.confidence == .medium && some.matches == 1)
    #expect(
      try #require(judge("notes", ["write to ann@example.org"] + (0..<99).map { "order \($0) was late" })).confidence == .low)
  }

  @Test func `a column whose type has no room for it is left alone`() {
    #expect(judge("email_verified", nil, .other) == nil)
    #expect(judge("address_id", nil, .other) == nil)
    #expect(judge("birth_date", nil, .time)?.mask == .year)
    #expect(judge("phone", ["28303384290"], .number)?.confidence == .high)
  }
}
