import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle

/// The sockets that issuerd answers on, as services that run until they are told to stop.
struct Listeners {
  /// Two connections a person would be ample; this bounds memory against a flood.
  private static let connectionsMax = 4096

  let service: IssuerService
  let logger: Logger

  func all() throws -> [any Service] {
    let configuration = service.configuration
    let people = PeerRegistry()
    let proxies = PeerRegistry()
    var listeners: [any Service] = [
      unixSocket(configuration.peopleSocket, registry: people, way: .unixPeer(people)) { router in
        PeopleRoutes(service: service).add(to: router)
        OperatorRoutes(service: service).add(to: router)
      },
      unixSocket(configuration.proxySocket, registry: proxies, way: .proxy(proxies, uids: configuration.proxyUIDs)) { router in
        ProxyRoutes(service: service).add(to: router)
      },
    ]
    if let tls = configuration.tls {
      let router = self.router(.bearer) { router in
        PeopleRoutes(service: service).add(to: router)
        OperatorRoutes(service: service).add(to: router)
      }
      listeners.append(
        Application(
          router: router, server: try .tls(Self.http([]), tlsConfiguration: Self.tlsConfiguration(tls)),
          configuration: Self.configuration(.hostname(tls.host, port: tls.port)), logger: logger))
    }
    return listeners
  }

  private func unixSocket(
    _ place: IssuerConfiguration.SocketPlace, registry: PeerRegistry, way: Authentication.Way,
    routes: (Router<APIContext>) -> Void
  ) -> some Service {
    Application(
      router: router(way, routes),
      server: Self.http([{ PeerCredentialsHandler(registry: registry) }]),
      configuration: Self.configuration(.unixDomainSocket(path: place.path)),
      onServerRunning: { [logger] _ in SocketPermissions.apply(place, logger) }, logger: logger)
  }

  private func router(_ way: Authentication.Way, _ routes: (Router<APIContext>) -> Void) -> Router<APIContext> {
    let router = Router(context: APIContext.self)
    router.add(middleware: ErrorAnswers())
    HealthRoutes(service: service).add(to: router)
    router.add(middleware: Authentication(way: way, service: service))
    routes(router)
    return router
  }

  private static func http(_ handlers: [@Sendable () -> any RemovableChannelHandler]) -> HTTPServerBuilder {
    HTTPServerBuilder { responder in
      OnEventLoop(
        base: HTTP1Channel(
          responder: responder,
          configuration: .init(
            additionalChannelHandlers: handlers.map { $0() }, idleTimeout: .seconds(120),
            httpDecoderConfiguration: .init(
              maxHeaderFieldSize: 16 * 1024, maxHeaderListSize: 32 * 1024, maxHeaderFieldCount: 100))))
    }
  }

  private static func configuration(_ address: BindAddress) -> ApplicationConfiguration {
    ApplicationConfiguration(
      address: address, serverName: nil, availableConnectionsDelegate: MaximumAvailableConnections(connectionsMax))
  }

  private static func tlsConfiguration(_ listener: IssuerConfiguration.TLSListener) throws -> TLSConfiguration {
    do {
      let chain = try NIOSSLCertificate.fromPEMFile(listener.certificateFile)
      let key = try NIOSSLPrivateKey(file: listener.keyFile, format: .pem)
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
      configuration.minimumTLSVersion = .tlsv12
      return configuration
    } catch {
      throw ConfigurationError(
        file: listener.certificateFile, message: "the TLS certificate or key cannot be used: \(error)",
        next: "give a PEM chain and its PEM key, readable by issuerd")
    }
  }
}

/// Opens a socket to those whom the configuration names. Until then the process's umask keeps it to its owner.
enum SocketPermissions {
  static func apply(_ place: IssuerConfiguration.SocketPlace, _ logger: Logger) {
    if let group = place.group {
      guard let gid = UnixUser.gid(groupNamed: group), unsafe chown(place.path, uid_t.max, gid) == 0 else {
        logger.critical("the socket cannot be given to its group", metadata: ["path": "\(place.path)", "group": "\(group)"])
        return
      }
    }
    if unsafe chmod(place.path, mode_t(place.mode)) != 0 {
      logger.critical("the socket's mode cannot be set", metadata: ["path": "\(place.path)", "errno": "\(errno)"])
    }
  }
}
