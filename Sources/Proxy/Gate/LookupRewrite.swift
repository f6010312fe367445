import Foundation
import IssuerAPI
import OpenSSL
import Policy
import PostgresWire
import SQLAnalysis
import Sodium

/// Look-ups by parameters in a prepared statement.
struct LookupParameters: Sendable {
  struct Parameter: Sendable {
    /// `$n`, counted from 1.
    var number: Int
    var target: LookupTarget
  }
  /// How many parameters the client knows of; the codes stand behind them.
  var clientCount: Int
  var parameters: [Parameter] = []
}

/// A text with its look-ups.
struct LookupTranslation {
  /// A name that the text prepares or deallocates.
  struct Preparing: Sendable {
    var name: String
    /// Nil for none.
    var lookups: [LookupParameters.Parameter]?
    /// Those of the statement that had the name before.
    var replaced: [LookupParameters.Parameter]?
  }

  var translation: Translation
  /// Look-ups by parameters that Bind brings; nil for none.
  var parameters: LookupParameters?
  var prepares: [Preparing] = []
  /// The error in place of the statement.
  var refusal: ErrorResponse?
  /// Whether it holds nothing of this session's own: no code, and no name that SQL prepares.
  var isReusable = true
}

/// A masked column that may be looked up.
struct LookupTarget: Sendable {
  /// `schema.table.column`, for people.
  var name: String
  var table: UInt32
  var number: Int16
  var form: ColumnLookup.Form
}

/// The equality look-ups of one session: makes the codes without which the database answers none, counts them, and puts each on record
/// before it leaves the proxy (sql/shadows/lookup.sql).
final class SessionLookups {
  struct Refusal: Error {
    var error: ErrorResponse
  }

  private let lease: String
  private let key: WipedBytes
  fileprivate let tables: [MaskedTable]
  private let perMinuteMax: Int
  private let recorder: SessionRecorder
  private let counter: LookupCounter
  /// What SQL prepared, by name.
  private var prepared: [String: [LookupParameters.Parameter]] = [:]
  private static let preparedMax = 10_000

  /// Nil where policy lets no masked column be looked up.
  init?(_ session: ProxySession, recorder: SessionRecorder, counter: LookupCounter) {
    let policy = session.policy
    guard policy.maskedTables.contains(where: { $0.columns.contains { $0.lookup != nil } }),
      let key = session.lookupKey.flatMap({ Data(base64Encoded: $0) }), key.count == SHA256.byteCount
    else { return nil }
    lease = session.lease
    self.key = WipedBytes(key)
    tables = policy.maskedTables
    perMinuteMax = policy.limits.lookupsPerMinuteMax ?? SessionLimits.lookupsPerMinuteDefault
    self.recorder = recorder
    self.counter = counter
  }

  // MARK: Texts

  /// Translates with look-ups where policy allows them.
  ///
  /// - Parameter declaredParameters: of a Parse, how many types it gives; nil for a simple Query, which has no parameters.
  func translate(
    _ parsed: ParsedText, by map: ShadowMap, path: SearchPath, declaredParameters: Int?, nowMilliseconds: UInt64
  ) throws -> LookupTranslation {
    var rewriting = Rewriting(
      session: self, parameters: LookupParameters(clientCount: max(parsed.parameterMax, declaredParameters ?? 0)),
      bringsParameters: declaredParameters != nil, nowMilliseconds: nowMilliseconds,
      isReusable: !parsed.executesPrepared && parsed.preparedNames.isEmpty)
    let translation = parsed.translated(by: map, path: path, lookups: &rewriting)
    if let failure = rewriting.failure { throw failure }
    return LookupTranslation(
      translation: translation, parameters: rewriting.parameters.parameters.isEmpty ? nil : rewriting.parameters,
      prepares: parsed.preparedNames.map { .init(name: $0, lookups: rewriting.prepares[$0], replaced: prepared[$0]) },
      refusal: rewriting.refusal, isReusable: rewriting.isReusable)
  }

  /// One text on its way: asks for codes, and puts those of parameters behind the client's.
  private struct Rewriting: LookupSource {
    let session: SessionLookups
    var parameters: LookupParameters
    /// A Bind will bring values; SQL's own EXECUTE does for what it prepared.
    let bringsParameters: Bool
    let nowMilliseconds: UInt64
    var prepares: [String: [LookupParameters.Parameter]] = [:]
    var isReusable: Bool
    var refusal: ErrorResponse?
    var failure: (any Error)?

    mutating func call(for lookup: EqualityLookup) -> LookupCall? {
      guard refusal == nil, failure == nil, lookup.isText, let (target, how) = session.target(lookup) else { return nil }
      let code: LookupCall.Code
      switch lookup.value {
      case .constant(let text):
        guard let digits = self.code(target, text) else { return nil }
        code = .constant(digits)
      case .parameter(let number):
        let parameter = LookupParameters.Parameter(number: number, target: target)
        if let preparation = lookup.preparation {
          let hidden = prepares[preparation.name] ?? []
          guard preparation.parameterCount + hidden.count < Int(UInt16.max) else { return nil }
          prepares[preparation.name] = hidden + [parameter]
          code = .parameter(preparation.parameterCount + hidden.count + 1)
        } else {
          guard bringsParameters, parameters.clientCount + parameters.parameters.count < Int(UInt16.max) else { return nil }
          parameters.parameters.append(parameter)
          code = .parameter(parameters.clientCount + parameters.parameters.count)
        }
      }
      return LookupCall(
        schema: session.tables[lookup.table].shadowSchema, function: how.function, key: how.key, type: how.type, code: code)
    }

    mutating func hiddenArguments(of call: ExecuteCall) -> [String]? {
      guard let hidden = prepares[call.name] ?? session.prepared[call.name] else { return nil }
      var codes: [String] = []
      for parameter in hidden where call.arguments.indices.contains(parameter.number - 1) {
        switch call.arguments[parameter.number - 1] {
        case .null: codes.append("NULL")
        case .constant(let text):
          guard let digits = code(parameter.target, text) else { return nil }
          codes.append("'\\x\(digits)'")
        case .other:
          refusal = refusal ?? ErrorReplies.computedLookup(of: parameter.target.name, number: parameter.number, in: call.name)
          return nil
        }
      }
      return codes
    }

    private mutating func code(_ target: LookupTarget, _ text: String) -> String? {
      guard refusal == nil, failure == nil else { return nil }
      isReusable = false
      do {
        return Hex.encode(try session.code(target, Array(text.utf8), nowMilliseconds))
      } catch let refused as Refusal {
        refusal = refused.error
      } catch {
        failure = error
      }
      return nil
    }
  }

  // MARK: What SQL prepares

  /// Whether the text runs a statement that brings hidden parameters.
  func concerns(_ parsed: ParsedText) -> Bool { !prepared.isEmpty && parsed.executesPrepared }

  /// A text is on its way.
  func willRun(_ prepares: [LookupTranslation.Preparing]) {
    if prepared.count + prepares.count > Self.preparedMax { prepared.removeAll() }
    for statement in prepares { prepared[statement.name] = statement.lookups }
  }

  /// The text failed: its names mean what they meant before. What SQL prepared outlives a rollback.
  func failed(_ prepares: [LookupTranslation.Preparing]) {
    for statement in prepares { prepared[statement.name] = statement.replaced }
  }

  fileprivate func target(_ lookup: EqualityLookup) -> (LookupTarget, ColumnLookup)? {
    guard tables.indices.contains(lookup.table) else { return nil }
    let table = tables[lookup.table]
    guard let column = table.columns.first(where: { $0.name == lookup.column }), column.mask != nil, let how = column.lookup
    else {
      return nil
    }
    let name = "\(table.schema).\(table.table).\(column.name)"
    return (LookupTarget(name: name, table: table.tableOID, number: column.number, form: how.form), how)
  }

  // MARK: Binds

  /// The body of the client's Bind with the codes behind its parameters; nil forwards what came, for PostgreSQL to refuse.
  func bind(_ bind: Bind, _ lookups: LookupParameters, nowMilliseconds: UInt64) throws -> Result<[UInt8]?, Refusal> {
    let formats = bind.parameterFormats
    if formats.count > 1, formats.count != bind.parameters.count { return .success(nil) }
    guard bind.parameters.count == lookups.clientCount else {
      return .failure(Refusal(error: ErrorReplies.parameterCount(bind, expected: lookups.clientCount)))
    }
    var changed = bind
    for lookup in lookups.parameters {
      let format = formats.count == 1 ? formats[0] : formats.isEmpty ? 0 : formats[lookup.number - 1]
      var code: [UInt8]?
      if let value = bind.parameters[lookup.number - 1] {
        do {
          code = try self.code(
            lookup.target, format == 1 ? Self.text(ofBinary: value, lookup.target.form) : value, nowMilliseconds)
        } catch let refusal as Refusal {
          return .failure(refusal)
        }
      }
      // One format, or none, is that of all.
      if formats.count > 1 { changed.parameterFormats.append(1) }
      let isBinary = formats.count > 1 || formats.first == 1
      changed.parameters.append(code.map { isBinary ? $0 : Array("\\x\(Hex.encode($0))".utf8) })
    }
    var writer = WireWriter()
    changed.encode(into: &writer)
    return .success(Array(writer.bytes.dropFirst(FrameLimits.headerBytes)))
  }

  /// Texts are the same in both formats; a UUID is 16 bytes.
  private static func text(ofBinary value: [UInt8], _ form: ColumnLookup.Form) -> [UInt8] {
    form == .uuid ? Array(Hex.encode(value).utf8) : value
  }

  // MARK: Codes

  /// Counts a question, puts it on record, and makes its code.
  fileprivate func code(_ target: LookupTarget, _ value: [UInt8], _ nowMilliseconds: UInt64) throws -> [UInt8] {
    let canonical = Self.canonical(value, target.form)
    let wait = counter.take(
      .init(lease: lease, table: target.table, number: target.number), perMinuteMax: perMinuteMax,
      nowMilliseconds: nowMilliseconds)
    try recorder.lookup(target.name, value: canonical, isRefused: wait != nil)
    if let wait {
      throw Refusal(error: ErrorReplies.tooManyLookups(of: target.name, perMinute: perMinuteMax, waitSeconds: wait))
    }
    return SHA256.authenticate(Array("\(target.table) \(target.number) ".utf8) + canonical, key: key)
  }

  /// The value as the database's function has it when it casts it to text.
  static func canonical(_ value: [UInt8], _ form: ColumnLookup.Form) -> [UInt8] {
    switch form {
    case .text: return value
    case .padded: return Array(value[..<((value.lastIndex { $0 != UInt8(ascii: " ") } ?? -1) + 1)])
    case .uuid:
      // PostgreSQL reads braces, either case, and hyphens behind any four digits; it refuses the rest.
      let ignored = [UInt8(ascii: "-"), UInt8(ascii: "{"), UInt8(ascii: "}")]
      guard let bytes = Hex.decode(String(decoding: value.filter { !ignored.contains($0) }, as: UTF8.self)), bytes.count == 16
      else { return value }
      let digits = Hex.encode(bytes).utf8
      var text: [UInt8] = []
      for (index, digit) in digits.enumerated() {
        if [8, 12, 16, 20].contains(index) { text.append(UInt8(ascii: "-")) }
        text.append(digit)
      }
      return text
    }
  }
}

extension ErrorReplies {
  static func tooManyLookups(of column: String, perMinute: Int, waitSeconds: Int) -> ErrorResponse {
    ErrorResponse(
      .error, .configurationLimitExceeded,
      "more than \(perMinute) look-ups of the masked column \(column) a minute, the limit of this scope",
      hint: "Wait \(waitSeconds) s, find rows by a column that is not masked, or ask for a scope with a higher limit.")
  }

  static func computedLookup(of column: String, number: Int, in name: String) -> ErrorResponse {
    ErrorResponse(
      .error, .featureNotSupported,
      "argument \(number) of EXECUTE \(name) is looked up in the masked column \(column) and is not written as a constant",
      hint: "Write its value, or use a parameter of the protocol instead of PREPARE.")
  }

  static func lookupTooLong() -> ErrorResponse {
    ErrorResponse(
      .error, .programLimitExceeded, "the parameters of this look-up of a masked column are longer than the proxy reads",
      hint: "Look the row up by a statement of its own.")
  }

  /// As PostgreSQL says it (exec_bind_message), but for the parameters that the client knows nothing of.
  static func parameterCount(_ bind: Bind, expected: Int) -> ErrorResponse {
    ErrorResponse(
      .error, .protocolViolation,
      "bind message supplies \(bind.parameters.count) parameters, but prepared statement \"\(bind.statement)\" requires \(expected)"
    )
  }
}
