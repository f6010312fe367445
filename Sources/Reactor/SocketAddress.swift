import CLinux
import Glibc

/// A resolved address: IPv4, IPv6 or a Unix path, as the kernel takes it.
@safe public struct SocketAddress: Sendable, Equatable, CustomStringConvertible {
  /// The bytes of a `sockaddr` of `family`.
  let bytes: [UInt8]
  public let family: Int32
  /// `127.0.0.1:5432`, `[::1]:5432`, or the path.
  public let description: String

  init(bytes: [UInt8], family: Int32, description: String) {
    self.bytes = bytes
    self.family = family
    self.description = description
  }

  /// The address of a Unix socket. Throws where the path does not fit `sun_path`.
  public init(unixPath path: String) throws(SocketError) {
    var address = sockaddr_un()
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    let text = Array(path.utf8)
    guard !text.isEmpty, text.count < capacity, !text.contains(0) else {
      throw SocketError(
        .configuration, message: "socket path of \(text.count) bytes, allowed are 1 to \(capacity - 1) without NUL",
        next: "choose a shorter path")
    }
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: text) }
    let length = MemoryLayout.offset(of: \sockaddr_un.sun_path)! + text.count + 1
    bytes = unsafe withUnsafeBytes(of: &address) { unsafe Array($0.prefix(length)) }
    family = AF_UNIX
    description = path
  }

  /// Whether only this machine can reach it.
  public var isLocal: Bool {
    switch family {
    case AF_UNIX: true
    case AF_INET: bytes.count > 4 && bytes[4] == 127
    case AF_INET6: bytes.count >= 24 && bytes[8..<23].allSatisfy { $0 == 0 } && bytes[23] == 1
    default: false
    }
  }

  /// The host without the port, for counting peers; empty for Unix sockets.
  public var host: String {
    family == AF_UNIX ? "" : String(description[..<(description.lastIndex(of: ":") ?? description.endIndex)])
  }

  /// The bytes of the IP address in network order; empty for Unix sockets.
  var hostBytes: [UInt8] {
    switch family {
    case AF_INET: bytes.count >= 8 ? Array(bytes[4..<8]) : []
    case AF_INET6: bytes.count >= 24 ? Array(bytes[8..<24]) : []
    default: []
    }
  }

  /// The TCP port, 0 for Unix sockets.
  public var port: Int { family == AF_UNIX || bytes.count < 4 ? 0 : Int(bytes[2]) << 8 | Int(bytes[3]) }

  /// The address that a literal such as `127.0.0.1`, `::1` or a path (`/run/postgresql/.s.PGSQL.5432`) names; nil for a name. Does
  /// not block.
  public static func literal(host: String, port: Int) -> SocketAddress? {
    if host.hasPrefix("/") { return try? SocketAddress(unixPath: host) }
    guard host.contains(":") || host.allSatisfy({ $0.isNumber || $0 == "." }) else { return nil }
    return try? resolve(host: host, port: port).first
  }

  /// Resolves a host name or literal with getaddrinfo(3). Blocks: never call it on a loop.
  public static func resolve(host: String, port: Int, passive: Bool = false) throws(SocketError) -> [SocketAddress] {
    guard (0...65535).contains(port) else {
      throw SocketError(.configuration, message: "port \(port) is outside 0...65535", next: "correct the port")
    }
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    unsafe hints.ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : 0)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = unsafe getaddrinfo(host.isEmpty || host == "*" ? nil : host, String(port), &hints, &list)
    guard status == 0 else {
      let why = unsafe gai_strerror(status).map { unsafe String(cString: $0) } ?? "error \(status)"
      throw SocketError(.resolution, message: "cannot resolve host '\(host)': \(why)", next: "check the name and the resolver")
    }
    defer { unsafe freeaddrinfo(list) }
    var found: [SocketAddress] = []
    var entry = unsafe list
    while let current = unsafe entry {
      if let address = unsafe current.pointee.ai_addr,
        let parsed = unsafe SocketAddress(address, length: current.pointee.ai_addrlen)
      {
        found.append(parsed)
      }
      unsafe entry = current.pointee.ai_next
    }
    guard !found.isEmpty else {
      throw SocketError(.resolution, message: "host '\(host)' has no address", next: "check the name and the resolver")
    }
    return found
  }

  /// Nil for a family that we do not speak.
  init?(_ address: UnsafePointer<sockaddr>, length: socklen_t) {
    let family = unsafe Int32(address.pointee.sa_family)
    let bytes = unsafe Array(UnsafeRawBufferPointer(start: UnsafeRawPointer(address), count: Int(length)))
    guard family == AF_INET || family == AF_INET6 else {
      guard family == AF_UNIX else { return nil }
      self.init(bytes: bytes, family: family, description: "local")
      return
    }
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    guard unsafe getnameinfo(address, length, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) == 0, bytes.count >= 4 else {
      return nil
    }
    let text = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let port = Int(bytes[2]) << 8 | Int(bytes[3])
    self.init(bytes: bytes, family: family, description: family == AF_INET6 ? "[\(text)]:\(port)" : "\(text):\(port)")
  }

  func withSockaddr<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    var storage = sockaddr_storage()
    unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.copyBytes(from: bytes) }
    return unsafe withUnsafePointer(to: &storage) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, socklen_t(bytes.count)) }
    }
  }

  static func ofSocket(_ descriptor: Int32, peer: Bool) -> SocketAddress? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return unsafe withUnsafeMutablePointer(to: &storage) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        let status = unsafe peer ? getpeername(descriptor, address, &length) : getsockname(descriptor, address, &length)
        return status == 0 ? unsafe SocketAddress(address, length: length) : nil
      }
    }
  }
}
