import Foundation
import IssuerAPI
import PostgresClient
import TestSupport
import Testing

extension KillTests {
  @Suite(.serialized) struct Postgres {
    private enum Outage: CaseIterable { case stopped, crashed, withTheIssuer }

    @Test func `a PostgreSQL that stops or crashes under load loses no lease, and issuerd recovers by itself`() throws {
      let deployment = try KillTests.deployment()
      for number in KillTests.kills(3, soak: 30) {
        var generator = KillTests.generator("postgres", number)
        let outage = Outage.allCases[number % Outage.allCases.count]
        let load = try KillLoad(deployment, endurance: .goesOn, generator: SeededGenerator(seed: generator.next()))
        try KillTests.run(load, number) {
          try load.await(completed: Int.random(in: 5...40, using: &generator))
          usleep(UInt32.random(in: 0...30_000, using: &generator))
          if outage == .stopped { try deployment.server.shutDown() } else { try deployment.server.crash() }
          if outage == .withTheIssuer {
            try KillTests.killIssuer(deployment)
            // It starts before its database, as after a reboot, and waits.
            try deployment.issuer.start()
          }
          usleep(UInt32.random(in: 0...300_000, using: &generator))
          #expect((try? deployment.client(.dba).checkReadiness()) == nil, "ready without a database; \(KillTests.replay(number))")
          try deployment.server.start()
          try deployment.awaitIssuer()
          // The very clients that met the outage get on.
          try load.await(completed: load.read.completed + 20)
        }
        try KillTests.judge(load, number)
      }
      try KillTests.verifyTheIssuersRecord(deployment)
    }
  }
}
