import CLinux
import Glibc

/// Which user of this machine is at the other end of a local connection, as the kernel says.
public enum PeerUser {
  /// We ourselves.
  public static var own: UInt32 { geteuid() }

  /// The peer's user id: of a Unix socket by `SO_PEERCRED` (unix(7)), of a loopback connection by the kernel's table of sockets
  /// (proc(5)). Nil where it cannot be known: the caller then refuses.
  public static func id(of descriptor: Int32) -> UInt32? {
    guard let peer = SocketAddress.ofSocket(descriptor, peer: true), let here = SocketAddress.ofSocket(descriptor, peer: false)
    else { return nil }
    if peer.family == AF_UNIX { return credentials(descriptor) }
    guard peer.isLocal, here.isLocal else { return nil }
    // The table is read in parts, between which it may change.
    for _ in 1...3 {
      for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        if let id = SocketTable.userID(of: peer, connectedTo: here, in: contents(table)) { return id }
      }
    }
    return nil
  }

  private static func credentials(_ descriptor: Int32) -> UInt32? {
    var credentials = iss_ucred()
    var length = socklen_t(MemoryLayout<iss_ucred>.size)
    guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0,
      length == socklen_t(MemoryLayout<iss_ucred>.size)
    else { return nil }
    return credentials.uid
  }

  private static func contents(_ path: String) -> String {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { _ = Glibc.close(descriptor) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe read(descriptor, &part, part.count)
      if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += part[..<count]
    }
  }
}

/// The kernel's table of TCP sockets, as /proc/net/tcp and tcp6 print it (net/ipv4/tcp_ipv4.c, get_tcp4_sock).
enum SocketTable {
  private static let established = "01"

  /// The owner of the socket that has the first address and is connected to the second. A socket that its process has closed shows
  /// root as its owner, so only connections that stand count.
  static func userID(of address: SocketAddress, connectedTo other: SocketAddress, in table: String) -> UInt32? {
    let mine = entries(address)
    let others = entries(other)
    for line in table.split(separator: "\n") {
      let fields = line.split(separator: " ", maxSplits: 8)
      guard fields.count > 7, mine.contains(String(fields[1])), others.contains(String(fields[2])), fields[3] == established
      else { continue }
      return UInt32(fields[7])
    }
    return nil
  }

  /// An address as the tables write it: each 32-bit word of it as a number of this machine, then the port. A program may speak IPv4
  /// through an IPv6 socket (Java does), which shows its address mapped.
  static func entries(_ address: SocketAddress) -> [String] {
    let words = address.hostBytes.count / 4
    let text = (0..<words).map { word in
      let bytes = address.hostBytes[(4 * word)..<(4 * word + 4)]
      return hexadecimal(bytes.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }.littleEndian, digits: 8)
    }
    .joined()
    let port = ":" + hexadecimal(UInt32(address.port), digits: 4)
    let mapped = "0000000000000000" + hexadecimal(UInt32(0xffff_0000).littleEndian, digits: 8)
    return words == 1 ? [text + port, mapped + text + port] : [text + port]
  }

  private static func hexadecimal(_ number: UInt32, digits: Int) -> String {
    let text = String(number, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
