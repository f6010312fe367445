import Foundation
import IssuerAPI
import Synchronization
import TestSupport
import Testing

@Suite struct IssuerClientTests {
  static let whoAmI = #"{"person":"alice","groups":["support"],"proof":"unixPeer","operates":false,"audits":false,"new":1}"#

  func failure(_ body: () throws(IssuerFailure) -> Void) -> IssuerFailure? {
    do {
      try body()
      return nil
    } catch { return error }
  }

  @Test func `an answer is decoded, fields that are newer than this client are left out, and the connection is kept`() throws {
    let server = try ScriptedHTTPServer { _ in ScriptedHTTPServer.json(200, Self.whoAmI) }
    defer { server.stop() }
    let client = IssuerClient(.unixSocket(server.path))
    for _ in 0..<5 { #expect(try client.whoAmI().person == "alice") }
    #expect(server.connectionCount == 1)
    #expect(server.asked[0].hasPrefix("GET /v1/whoami HTTP/1.1\r\n"))
  }

  @Test func `a connection that the server closed between requests is made anew`() throws {
    let server = try ScriptedHTTPServer { _ in
      var step = ScriptedHTTPServer.json(200, Self.whoAmI)
      step.closes = true
      return step
    }
    defer { server.stop() }
    let client = IssuerClient(.unixSocket(server.path))
    for _ in 0..<3 { #expect(try client.whoAmI().person == "alice") }
  }

  @Test func `nobody listening is told apart from everything else`() {
    let client = IssuerClient(.unixSocket("/nonexistent/issuer.sock"))
    let failure = failure { () throws(IssuerFailure) in _ = try client.whoAmI() }
    #expect(failure?.kind == .unreachable)
    #expect(failure?.message.contains("/nonexistent/issuer.sock") == true)
  }

  @Test(arguments: [
    (400, IssuerFailure.Kind.invalid), (401, .unauthorized), (403, .denied), (404, .notFound), (409, .conflict), (413, .invalid),
    (429, .unavailable), (500, .failed), (503, .unavailable), (302, .failed),
  ])
  func `a status becomes a kind, with the issuer's own words`(_ status: Int, _ kind: IssuerFailure.Kind) throws {
    let server = try ScriptedHTTPServer { _ in ScriptedHTTPServer.json(status, #"{"code":"c","message":"m","next":"n"}"#) }
    defer { server.stop() }
    let failure = failure { () throws(IssuerFailure) in _ = try IssuerClient(.unixSocket(server.path)).whoAmI() }
    #expect(failure == IssuerFailure(kind: kind, code: "c", message: "m", next: "n"))
  }

  @Test(arguments: ["", "<html>", "[]", #"{"person":1}"#, "{"])
  func `an answer that is not the API's is an error that does not quote it`(_ body: String) throws {
    let server = try ScriptedHTTPServer { _ in ScriptedHTTPServer.json(200, body) }
    defer { server.stop() }
    let failure = failure { () throws(IssuerFailure) in _ = try IssuerClient(.unixSocket(server.path)).whoAmI() }
    #expect(failure?.code == "malformed")
  }

  @Test func `an answer above the ceiling is refused`() throws {
    let server = try ScriptedHTTPServer { _ in
      ScriptedHTTPServer.json(200, String(repeating: " ", count: HTTPClient.answerBytesMax + 1))
    }
    defer { server.stop() }
    let failure = failure { () throws(IssuerFailure) in _ = try IssuerClient(.unixSocket(server.path)).whoAmI() }
    #expect(failure?.kind == .failed)
  }

  @Test func `an answer cut short is lost, not taken`() throws {
    let server = try ScriptedHTTPServer { _ in
      .init(bytes: Array("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{".utf8), closes: true)
    }
    defer { server.stop() }
    let failure = failure { () throws(IssuerFailure) in _ = try IssuerClient(.unixSocket(server.path)).whoAmI() }
    #expect(failure?.kind == .lost)
  }

  @Test func `ids are encoded, so that none reaches another route`() throws {
    let server = try ScriptedHTTPServer { _ in ScriptedHTTPServer.json(404, #"{"code":"not_found","message":"m","next":"n"}"#) }
    defer { server.stop() }
    let client = IssuerClient(.unixSocket(server.path))
    _ = failure { () throws(IssuerFailure) in _ = try client.lease("../tokens?x=1 ä") }
    #expect(server.asked.first?.hasPrefix("GET /v1/leases/..%2Ftokens%3Fx%3D1%20%C3%A4 ") == true)
  }

  @Test func `a request carries its body and key`() throws {
    let server = try ScriptedHTTPServer { _ in ScriptedHTTPServer.json(403, #"{"code":"x","message":"m","next":"n"}"#) }
    defer { server.stop() }
    let request = AccessRequestCreate(scope: "read", lifetimeSeconds: 60, reason: "why", idempotencyKey: "k")
    _ = failure { () throws(IssuerFailure) in _ = try IssuerClient(.unixSocket(server.path)).createRequest(request) }
    let asked = try #require(server.asked.first)
    #expect(asked.hasPrefix("POST /v1/requests "))
    let body = try #require(asked.components(separatedBy: "\r\n\r\n").last)
    #expect(try JSONDecoder().decode(AccessRequestCreate.self, from: Data(body.utf8)) == request)
  }

  @Test func `a token is sent as a bearer's`() throws {
    let server = try ScriptedHTTPServer { _ in ScriptedHTTPServer.json(200, Self.whoAmI) }
    defer { server.stop() }
    _ = try IssuerClient(.unixSocket(server.path), token: "iss_x").whoAmI()
    #expect(server.asked[0].contains("\r\nAuthorization: Bearer iss_x\r\n"))
  }

  @Test func `eight callers at once each get their own answer`() async throws {
    let server = try ScriptedHTTPServer { request in
      let id = request.split(separator: " ")[1].split(separator: "/").last.map(String.init) ?? ""
      return ScriptedHTTPServer.json(404, #"{"code":"\#(id)","message":"m","next":"n"}"#)
    }
    defer { server.stop() }
    let client = IssuerClient(.unixSocket(server.path))
    let wrong = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: 8) { caller in
      for call in 0..<20 {
        let id = "\(caller)-\(call)"
        do throws(IssuerFailure) {
          _ = try client.lease(id)
          wrong.add(1, ordering: .relaxed)
        } catch {
          if error.code != id { wrong.add(1, ordering: .relaxed) }
        }
      }
    }
    #expect(wrong.load(ordering: .relaxed) == 0)
  }
}

@Suite struct EventStreamTests {
  static let head = "HTTP/1.1 200 OK\r\nContent-Type: application/jsonl\r\nConnection: close\r\n\r\n"

  func line(_ event: ProxyEvent) throws -> String { String(decoding: try JSONEncoder().encode(event), as: UTF8.self) + "\n" }

  func stream(_ text: String, until stop: Int = .max) throws -> (events: [ProxyEvent], failure: IssuerFailure?) {
    let server = try ScriptedHTTPServer { _ in .init(bytes: Array(text.utf8), closes: true) }
    defer { server.stop() }
    var events: [ProxyEvent] = []
    do throws(IssuerFailure) {
      try IssuerClient(.unixSocket(server.path)).proxyEvents(ProxyEventsOpen(proxy: "p", leases: [])) { event in
        events.append(event)
        return events.count < stop
      }
      return (events, nil)
    } catch { return (events, error) }
  }

  @Test func `events come in their order, and the end of the stream is an error`() throws {
    let events: [ProxyEvent] = [
      .heartbeat, .leaseEnded(lease: "l", reason: "expired\nnow"), .deadlineMoved(lease: "l", remainingMilliseconds: 5),
      .sessionKilled(session: "s", reason: "r"),
    ]
    let result = try stream(Self.head + events.map(line).joined() + "\n")
    #expect(result.events == events)
    #expect(result.failure?.kind == .lost)
  }

  @Test func `a receiver that has enough ends the stream without an error`() throws {
    let result = try stream(Self.head + line(.heartbeat) + line(.heartbeat) + line(.heartbeat), until: 2)
    #expect(result.events.count == 2)
    #expect(result.failure == nil)
  }

  @Test func `a refusal is told as one`() throws {
    let body = #"{"code":"forbidden","message":"m","next":"n"}"#
    let result = try stream("HTTP/1.1 403 No\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body)
    #expect(result.failure?.kind == .denied)
    #expect(result.failure?.code == "forbidden")
  }

  @Test func `a line that is no event ends the stream with an error`() throws {
    let result = try stream(Self.head + line(.heartbeat) + "{\"surprise\":{}}\n" + line(.heartbeat))
    #expect(result.events == [.heartbeat])
    #expect(result.failure != nil)
  }

  @Test func `a line without an end is not gathered for ever`() throws {
    let result = try stream(Self.head + String(repeating: "x", count: HTTPClient.lineBytesMax * 2))
    #expect(result.failure != nil)
  }
}
