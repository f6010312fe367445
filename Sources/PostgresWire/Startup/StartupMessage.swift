/// StartupMessage: version and parameters.
public struct StartupMessage: Sendable, Equatable {
  public struct Version: Sendable, Hashable, Comparable {
    public var major: UInt16
    public var minor: UInt16
    public init(major: UInt16, minor: UInt16) {
      self.major = major
      self.minor = minor
    }
    /// 3.0, which every server and client speaks.
    public static let oldest = Version(major: 3, minor: 0)
    /// 3.2, of PostgreSQL 18: longer cancel keys.
    public static let newest = Version(major: 3, minor: 2)
    public static func < (left: Self, right: Self) -> Bool { (left.major, left.minor) < (right.major, right.minor) }
    var code: UInt32 { UInt32(major) << 16 | UInt32(minor) }
  }

  public struct Parameter: Sendable, Equatable {
    public var name: String
    public var value: String
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  public var version: Version
  /// In the order of the packet; no name twice.
  public var parameters: [Parameter]

  public init(version: Version = .oldest, parameters: [Parameter]) {
    self.version = version
    self.parameters = parameters
  }

  public subscript(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

  /// Names of protocol extensions (`_pq_.*`) asked for.
  public var protocolExtensions: [String] { parameters.lazy.map(\.name).filter { $0.hasPrefix("_pq_.") } }

  /// Reads what follows the version. A name twice is refused: PostgreSQL takes the last, others the first, and a proxy must not
  /// let in one role and log in another. NULs end strings, so a value cannot hold one; the packet ends with an empty name.
  static func decode(version code: UInt32, _ reader: inout WireReader) throws(WireError) -> StartupMessage {
    let version = Version(major: UInt16(truncatingIfNeeded: code >> 16), minor: UInt16(truncatingIfNeeded: code))
    guard version.major == 3 else {
      throw WireError(
        .value, sqlState: .featureNotSupported,
        "protocol \(version.major).\(version.minor) is not supported; this proxy speaks 3.0 to 3.2")
    }
    var parameters: [Parameter] = []
    while true {
      let name = try reader.string()
      if name.isEmpty { break }
      let value = try reader.string()
      guard !parameters.contains(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
        throw WireError(.value, "the startup packet names the parameter \"\(name)\" twice")
      }
      parameters.append(Parameter(name, value))
    }
    return StartupMessage(version: version, parameters: parameters)
  }

  public func encode(into writer: inout WireWriter) {
    writer.untypedMessage {
      $0.uint32(version.code)
      for parameter in parameters {
        $0.string(parameter.name)
        $0.string(parameter.value)
      }
      $0.uint8(0)
    }
  }
}
