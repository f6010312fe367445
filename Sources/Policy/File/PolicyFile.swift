import Yams

/// A policy file that was read and found whole.
public struct PolicyFile: Sendable, Equatable {
  /// A file longer than this is refused unread.
  public static let bytesMax = 1 << 20

  public let policy: Policy
  /// The `tests:` section, for `issuerctl policy test`.
  public let expectations: [PolicyExpectation]
  /// What is allowed but looks like a mistake, such as a scope that nobody may ask for.
  public let warnings: [PolicyError]

  /// Reads and validates a policy file, the whole of it, and tells all that is wrong at once.
  ///
  /// - Throws: `PolicyErrors`, each with its line and column.
  public static func parse(_ text: String) throws(PolicyErrors) -> PolicyFile {
    let root = try compose(text)
    let problems = Problems()
    let file = PolicyReader(problems).read(root)
    guard problems.errors.isEmpty, let file else { throw PolicyErrors(Problems.inOrder(problems.errors)) }
    return file
  }

  /// Reads a file of expectations alone (`policy.tests.yaml`): a mapping with the one key `tests`.
  public static func expectations(_ text: String, for policy: Policy) throws(PolicyErrors) -> [PolicyExpectation] {
    let root = try compose(text)
    let problems = Problems()
    var expectations: [PolicyExpectation] = []
    if let section = Section(root, "the file of tests", problems) {
      expectations = PolicyReader(problems).expectations(section, policy)
      section.finish()
    }
    guard problems.errors.isEmpty else { throw PolicyErrors(Problems.inOrder(problems.errors)) }
    return expectations
  }

  private static func compose(_ text: String) throws(PolicyErrors) -> Node {
    func refusal(_ mark: Mark?, _ message: String, _ next: String) -> PolicyErrors {
      PolicyErrors([PolicyError(line: mark?.line ?? 1, column: mark?.column ?? 1, message: message, next: next)])
    }
    guard text.utf8.count <= bytesMax else {
      throw refusal(nil, "the file is longer than \(bytesMax) bytes", "split the cluster's policy, or remove what is generated")
    }
    let yaml = "see the line before it as well: indentation, a missing colon or quote"
    do {
      guard let root = try Parser(yaml: text, encoding: .utf8).singleRoot() else {
        throw refusal(nil, "the file is empty", "`issuerctl policy starter` prints one to begin with")
      }
      return root
    } catch let error as PolicyErrors {
      throw error
    } catch YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _) {
      throw refusal(mark, "this is not YAML: \(problem)", yaml)
    } catch YamlError.composer(_, let problem, let mark, _) {
      throw refusal(mark, "this is not YAML: \(problem)", "a policy is one document without references to what is not there")
    } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
      throw refusal(context.mark, "the key `\(keys.first ?? "")` stands twice in one mapping", "keep one of them")
    } catch {
      throw refusal(nil, "this is not YAML that can be read", "save the file as UTF-8 text without control characters")
    }
  }
}
