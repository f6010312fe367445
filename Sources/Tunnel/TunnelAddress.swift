import CLinux
import Glibc
import Reactor

/// Where a tunnel listens: never beyond this machine.
public enum TunnelAddress: Sendable, Equatable {
  /// 127.0.0.1, and ::1 where there is one. Port 0 lets the kernel choose.
  case loopback(port: Int)
  /// The socket `.s.PGSQL.port` in a directory, which is made when it is missing and which only its owner can then enter.
  case directory(String, port: Int)

  static let portRange = 0...65535

  /// Where programs with libpq find it.
  func socketPath() throws(SocketError) -> String? {
    guard case .directory(let path, let port) = self else { return nil }
    try Self.checkDirectory(path)
    return "\(path)/.s.PGSQL.\(port)"
  }

  /// Who could replace the socket by one of their own would read what programs ask and answer as they like.
  private static func checkDirectory(_ path: String) throws(SocketError) {
    if unsafe mkdir(path, 0o700) == 0 { return }
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw SocketError(
        .configuration, message: "\(path) is no directory and cannot be made", next: "name a directory below your own")
    }
    let othersWrite = status.st_mode & 0o022 != 0 && status.st_mode & S_ISVTX == 0
    guard status.st_uid == geteuid() || status.st_uid == 0, !othersWrite else {
      throw SocketError(
        .configuration, message: "others could replace a socket in \(path)", next: "name a directory that only you can write to")
    }
  }
}
