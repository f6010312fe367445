import SQLAnalysis

/// Looks up each equality that may be one. The code of a constant is the column's name; those of parameters stand behind the client's.
struct EveryLookup: LookupSource {
  var codes: Int
  var prepared: [String: Int] = [:]

  mutating func call(for lookup: EqualityLookup) -> LookupCall? {
    guard lookup.isText else { return nil }
    var code = LookupCall.Code.constant(lookup.column)
    if case .parameter(let number) = lookup.value {
      if let preparation = lookup.preparation {
        if prepared.updateValue(number, forKey: preparation.name) != nil { return nil }
        code = .parameter(preparation.parameterCount + 1)
      } else {
        codes += 1
        code = .parameter(codes)
      }
    }
    let table = shopShadows.tables[lookup.table]
    return LookupCall(
      schema: table.shadowSchema, function: "lookup_\(lookup.column)", key: table.primaryKey,
      type: lookup.column == "iban" ? "public.iban" : nil, code: code)
  }

  func hiddenArguments(of call: ExecuteCall) -> [String]? {
    guard let number = prepared[call.name], call.arguments.indices.contains(number - 1) else { return nil }
    switch call.arguments[number - 1] {
    case .constant(let text): return ["'\\x\(text.replacing("'", with: "''"))'"]
    case .null: return ["NULL"]
    case .other: return nil
    }
  }
}

extension ParsedText {
  func translatedWithLookups(_ path: SearchPath) -> Translation {
    var lookups = EveryLookup(codes: parameterMax)
    return translated(by: shopShadows, path: path, lookups: &lookups)
  }
}
