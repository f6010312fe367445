// swift-tools-version: 6.2
import PackageDescription

// Dependencies point downward only; what a target may not know, it does not import (ARCHITECTURE.md).

let strict: [SwiftSetting] = [.strictMemorySafety(), .treatAllWarnings(as: .error)]

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
  name: "issuer",
  products: [
    .executable(name: "issuerd", targets: ["issuerd"]),
    .executable(name: "issuer-proxy", targets: ["issuer-proxy"]),
    .executable(name: "issuerctl", targets: ["issuerctl"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CPgQuery", providers: [.apt(["libpg-query-dev"])]),  // Debian ships no .pc file
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .systemLibrary(name: "CLinux"),

    module("PostgresClient", ["CPostgres"]),
    module("Sodium", ["CSodium", "CLinux"]),
    module("OpenSSL", ["COpenSSL"]),
    module("Reactor", ["COpenSSL", "CLinux"]),
    module("PostgresWire", ["OpenSSL"]),
    module("SQLAnalysis", ["CPgQuery", "CLinux"]),
    module("Detectors", []),
    module("Policy", ["SQLAnalysis", "Detectors", .product(name: "Yams", package: "Yams")]),
    module("Audit", ["Sodium", "CLinux"]),
    module("Vault", ["Sodium", "CLinux"]),
    module("IssuerAPI", ["CCurl", "CLinux", "Policy"]),
    module(
      "Issuer",
      [
        "PostgresClient", "CLinux", "Sodium", "OpenSSL", "PostgresWire", "Policy", "Detectors", "Audit", "Vault", "IssuerAPI",
        logging,
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Yams", package: "Yams"),
      ]),
    module(
      "Proxy",
      [
        "CLinux", "Sodium", "OpenSSL", "Reactor", "PostgresWire", "SQLAnalysis", "Policy", "Detectors", "Audit", "IssuerAPI",
        logging,
        .product(name: "Yams", package: "Yams"),
      ]),

    module("Tunnel", ["CLinux", "OpenSSL", "Reactor", "PostgresWire"]),

    executable("issuerd", ["Issuer", arguments]),
    executable("issuer-proxy", ["Proxy", arguments]),
    executable(
      "issuerctl",
      [
        "IssuerAPI", "Issuer", "Policy", "Audit", "Vault", "Sodium", "PostgresClient", "SQLAnalysis", "CLinux",
        "Tunnel", "Reactor", "PostgresWire", "OpenSSL", arguments,
        .product(name: "Yams", package: "Yams"),
      ]),

    // Load for the scripts in benchmarks/; not installed.
    .executableTarget(
      name: "issuer-load", dependencies: ["IssuerAPI", "PostgresClient"], path: "benchmarks/IssuerLoad", swiftSettings: strict),
    .executableTarget(
      name: "translation-speed", dependencies: ["SQLAnalysis", "Proxy", "Policy", "Audit", "Reactor"],
      path: "benchmarks/TranslationSpeed", swiftSettings: strict),
    .executableTarget(
      name: "detector-speed", dependencies: ["Detectors"], path: "benchmarks/DetectorSpeed", swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["PostgresClient", "CLinux"], path: "Tests/TestSupport",
      exclude: ["daemon-keeper.sh", "postgres-server.sh", "postgres-version.sh"], swiftSettings: strict),
    tests("SodiumTests", ["Sodium"]),
    tests("ReactorTests", ["Reactor"]),
    tests("PostgresClientTests", ["PostgresClient", "TestSupport"]),
    tests("PostgresWireTests", ["PostgresWire", "OpenSSL"]),
    tests("SQLAnalysisTests", ["SQLAnalysis"]),
    tests("DetectorsTests", ["Detectors"]),
    tests("PolicyTests", ["Policy", "SQLAnalysis", "Detectors"]),
    tests("AuditTests", ["Audit", "Sodium"]),
    tests("VaultTests", ["Vault", "Sodium"], exclude: ["Vectors"]),
    tests("IssuerAPITests", ["IssuerAPI", "Policy", "TestSupport", .product(name: "Yams", package: "Yams")]),
    tests("IssuerctlTests", ["IssuerAPI", "Audit", "Sodium", "TestSupport"]),
    tests("TunnelTests", ["Tunnel", "Reactor", "PostgresWire", "OpenSSL", "TestSupport"]),
    tests("IssuerTests", ["Issuer", "TestSupport"]),
    tests(
      "ProxyTests",
      [
        "Proxy", "PostgresWire", "Policy", "Detectors", "SQLAnalysis", "TestSupport", "PostgresClient", "OpenSSL", "IssuerAPI",
        logging,
      ]),
    tests("SQLTests", ["PostgresClient", "TestSupport"]),
    tests(
      "EndToEndTests",
      ["TestSupport", "PostgresClient", "IssuerAPI", "Vault", "Sodium", .product(name: "Yams", package: "Yams")],
      exclude: ["Clients"]),
  ],
  swiftLanguageModes: [.v6]
)
