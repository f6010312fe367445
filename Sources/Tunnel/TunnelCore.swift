import CLinux
import Glibc
import PostgresWire
import Reactor

/// The part of a tunnel that lives on its loop: listeners, connections, the gate.
final class TunnelCore {
  /// More than any tool opens; what is beyond waits to be accepted or is closed.
  private static let connectionsMax = 512

  let loop: EventLoop
  private let resolver: BlockingPool
  private let sessionEnded: @Sendable () -> Void
  private var listeners: [Listener] = []
  private var connections: [ObjectIdentifier: TunnelConnection] = [:]
  private(set) var gate: TunnelGate
  /// Of the proxy, while the gate is open.
  private(set) var addresses: HostAddresses?

  init(loop: EventLoop, resolver: BlockingPool, gate: TunnelGate, sessionEnded: @escaping @Sendable () -> Void) {
    self.loop = loop
    self.resolver = resolver
    self.gate = gate
    self.sessionEnded = sessionEnded
    addresses = Self.addresses(gate, resolver)
  }

  var count: Int { connections.count }

  /// - Returns: the port.
  func listen(_ address: TunnelAddress) throws(SocketError) -> Int {
    if let path = try address.socketPath() { try listen(try SocketAddress(unixPath: path)) }
    switch address {
    case .directory(_, let port): return port
    case .loopback(let wanted):
      let port = try listen(try SocketAddress.resolve(host: "127.0.0.1", port: wanted)[0])
      // Programs try it first for `localhost`: nobody else may have it. A machine without IPv6 has none.
      do throws(SocketError) { try listen(try SocketAddress.resolve(host: "::1", port: port)[0]) } catch {
        guard [EADDRNOTAVAIL, EAFNOSUPPORT].contains(error.errorNumber) else { throw error }
      }
      return port
    }
  }

  @discardableResult
  private func listen(_ address: SocketAddress) throws(SocketError) -> Int {
    let listener = try Listener(
      address, loop: loop, backlog: 128, unixMode: 0o600, accepted: { [unowned self] descriptor, _ in accept(descriptor) },
      refused: { _ in })
    listeners.append(listener)
    return listener.address.port
  }

  private func accept(_ descriptor: Int32) {
    guard connections.count < Self.connectionsMax else {
      Socket.close(descriptor)
      return
    }
    do throws(SocketError) {
      let connection = try TunnelConnection(descriptor: descriptor, core: self)
      connections[ObjectIdentifier(connection)] = connection
    } catch { Socket.close(descriptor) }
  }

  func ended(_ connection: TunnelConnection) {
    connections[ObjectIdentifier(connection)] = nil
    sessionEnded()
  }

  func set(_ gate: TunnelGate) {
    self.gate = gate
    addresses = Self.addresses(gate, resolver)
    for connection in connections.values { connection.gateChanged() }
  }

  private static func addresses(_ gate: TunnelGate, _ resolver: BlockingPool) -> HostAddresses? {
    guard case .open(let access) = gate else { return nil }
    return HostAddresses(host: access.host, port: access.port, resolver: resolver)
  }

  func stop() {
    for listener in listeners { listener.close() }
    listeners = []
    for connection in connections.values { connection.finish() }
  }
}
