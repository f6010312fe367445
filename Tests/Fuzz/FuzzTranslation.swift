import SQLAnalysis

/// libFuzzer's entry for the translation of SQL: no text may break what it promises.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTranslation(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let text = unsafe [UInt8](UnsafeBufferPointer(start: bytes, count: count))
  if let broken = promises.broken(by: text), !broken.isEmpty { fatalError(broken.joined(separator: "; ")) }
  return 0
}

private let promises: TranslationPromises = {
  guard let analyser = try? SQLAnalyser() else { fatalError("no analyser") }
  return TranslationPromises(analyser: analyser)
}()
