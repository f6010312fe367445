import Audit
import SQLAnalysis
import Synchronization

/// What one text was turned into before, or one of the texts that are alike, for the search paths of the sessions that sent it: shared by
/// all sessions of a worker. Codes of look-ups are a session's own, so a text with one is translated each time.
final class TranslationMemory: Sendable {
  /// What a translation depends on besides the text and the policy.
  struct Key: Sendable, Equatable {
    var path: SearchPath
    var unmaskedSameNames: Set<ShadowMap.Name>
    /// Of a Parse, how many types it gives: codes stand behind the client's parameters. Nil for a simple Query.
    var declaredParameters: Int?
  }

  struct Known: Sendable {
    var translation: Translation
    var lookups: LookupParameters?
    var written: [PlaceholderCheck.Written]
    var members: StatementMembers
    /// Of the text that was translated, where it is one of many alike.
    var constants: [TextConstants.Constant]?
  }

  /// Most texts come from sessions of one path.
  static let keysMax = 4
  private let known = Mutex<[(key: Key, translation: Known)]>([])

  func find(_ key: Key) -> Known? {
    known.withLock { known in known.first { $0.key == key }?.translation }
  }

  func keep(_ translation: Known, for key: Key) {
    known.withLock { known in
      known.removeAll { $0.key == key }
      if known.count >= Self.keysMax { known.removeFirst() }
      known.append((key, translation))
    }
  }
}
