import Foundation
import IssuerAPI
import Reactor
import Synchronization
import TestSupport
import Testing

@testable import Proxy

@Suite struct LoopCallsTests {
  /// A loop with calls of its own; each call waits for its answer.
  private final class Caller: @unchecked Sendable {
    let loop: EventLoop
    private let calls: LoopBound<LoopCalls>

    init(_ path: String) throws {
      loop = try EventLoop()
      calls = LoopBound(LoopCalls(path: path, loop: loop), loop: loop)
      try loop.start()
    }
    deinit { loop.stop() }

    func post(_ body: String, times: Int = 1) throws -> [Result<HTTPClient.Answer, HTTPFailure>] {
      let answers = Mutex<[Result<HTTPClient.Answer, HTTPFailure>]>([])
      let done = DispatchSemaphore(value: 0)
      let box = Box { result in
        answers.withLock { $0.append(result) }
        done.signal()
      }
      loop.execute { [calls] in
        for _ in 0..<times { calls.value.post("/v1/x", Array(body.utf8)) { box.receive($0) } }
      }
      for _ in 0..<times { try #require(done.wait(timeout: .now() + 20) == .success) }
      return answers.withLock { $0 }
    }
  }

  private struct Box: Sendable {
    var receive: @Sendable (Result<HTTPClient.Answer, HTTPFailure>) -> Void
    init(_ receive: @escaping @Sendable (Result<HTTPClient.Answer, HTTPFailure>) -> Void) { self.receive = receive }
  }

  private static func body(_ result: Result<HTTPClient.Answer, HTTPFailure>?) -> String? {
    guard case .success(let answer)? = result else { return nil }
    return String(decoding: answer.body, as: UTF8.self)
  }

  @Test func `calls go over a connection that stays`() throws {
    let server = try ScriptedHTTPServer { _ in ScriptedHTTPServer.json(200, "{}") }
    defer { server.stop() }
    let caller = try Caller(server.path)
    for _ in 0..<5 { #expect(Self.body(try caller.post("{\"n\":1}").first) == "{}") }
    #expect(server.connectionCount == 1 && server.asked.count == 5)
    #expect(server.asked.allSatisfy { $0.hasPrefix("POST /v1/x HTTP/1.1\r\n") && $0.hasSuffix("{\"n\":1}") })
  }

  @Test func `calls of one moment share a few connections, and each gets an answer`() throws {
    let server = try ScriptedHTTPServer { _ in ScriptedHTTPServer.json(200, "{}") }
    defer { server.stop() }
    let answers = try Caller(server.path).post("{}", times: 200)
    #expect(answers.count == 200 && answers.allSatisfy { Self.body($0) == "{}" })
    #expect(server.connectionCount <= 16)
  }

  @Test func `a call that meets a connection closed in between is sent again`() throws {
    let server = try ScriptedHTTPServer { _ in
      var step = ScriptedHTTPServer.json(200, "{}")
      step.closes = true
      return step
    }
    defer { server.stop() }
    let caller = try Caller(server.path)
    for _ in 0..<20 { #expect(Self.body(try caller.post("{}").first) == "{}") }
    #expect(server.connectionCount == 20)
  }

  @Test func `a connection that ends in the middle of an answer is a failure, and the call is not sent again`() throws {
    let server = try ScriptedHTTPServer { _ in
      ScriptedHTTPServer.Step(bytes: Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}".utf8), closes: true)
    }
    defer { server.stop() }
    guard case .failure(.lost)? = try Caller(server.path).post("{}").first else {
      Issue.record("half an answer was taken for one")
      return
    }
    #expect(server.asked.count == 1)
  }

  @Test func `where nobody listens it says so`() throws {
    let path = "/tmp/issuer-nobody-\(getpid()).sock"
    for _ in 0..<2 {
      guard case .failure(.unreachable)? = try Caller(path).post("{}").first else {
        Issue.record("something answered")
        return
      }
    }
  }

  @Test func `when the issuer goes away, all that wait are told, however many they are`() throws {
    let isOver = DispatchSemaphore(value: 0)
    let server = try ScriptedHTTPServer { _ in
      isOver.wait()
      return ScriptedHTTPServer.Step(bytes: [], closes: true)
    }
    let caller = try Caller(server.path)
    Thread.detachNewThread {
      try? eventually("all connections are busy") { server.asked.count == 16 }
      server.stop()
      for _ in 0..<16 { isOver.signal() }
    }
    let answers = try caller.post("{}", times: 1000)
    #expect(answers.count == 1000 && answers.allSatisfy { Self.body($0) == nil })
  }

  @Test func `what is no answer is a failure`() throws {
    let server = try ScriptedHTTPServer { _ in ScriptedHTTPServer.Step(bytes: Array("220 smtp ready\r\n\r\n".utf8)) }
    defer { server.stop() }
    guard case .failure(.stopped)? = try Caller(server.path).post("{}").first else {
      Issue.record("something else was taken for an answer")
      return
    }
  }
}
