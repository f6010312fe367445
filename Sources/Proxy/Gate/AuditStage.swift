import Audit
import Reactor

/// What a session does when records of its statements could not be written, or are not on disk yet.
protocol StagingSession: AnyObject {
  /// Remembers the output as it is now: what comes later depends on records that are about to be staged.
  func noteOutput()
  /// What was remembered last.
  var notedOutput: AuditStage.Member { get }
  /// Nothing of what they allowed has left. `isAtBoundary`: what the client has got ends with a whole message.
  func recordsLost(isAtBoundary: Bool)
  /// Output is held from now on, or no longer.
  func outputHeld(_ isHeld: Bool)
}

/// The records of one loop between two flushes of its sockets: all are written with one call before any byte of the same batch
/// leaves. DESIGN's "on the record before it is in the world" rests on this and on `EventLoop.expectBarrier`.
///
/// With `strict` durability the output of the sessions concerned is held until the disk has the records; the loop goes on with others.
final class AuditStage {
  /// A session with records in a batch, and its output as it was before them.
  struct Member {
    var session: (any StagingSession)?
    var client: SocketStream?
    var clientBytes: Int
    var isAtBoundary: Bool
    var backend: SocketStream?
    var backendBytes: Int

    func lose() {
      client?.dropOutput(downTo: clientBytes)
      backend?.dropOutput(downTo: backendBytes)
      session?.recordsLost(isAtBoundary: isAtBoundary)
    }

    func hold() {
      client?.holdOutput()
      backend?.holdOutput()
      session?.outputHeld(true)
    }

    func release() {
      client?.releaseOutput()
      backend?.releaseOutput()
      session?.outputHeld(false)
    }
  }

  let log: AuditLog
  /// For the parameters of one statement at a time, whichever session runs it.
  var scratch = ParameterScratch()
  private let loop: EventLoop
  // Mostly there is one: it stands outside the list, whose every use is checked for exclusive access.
  private var member: (any StagingSession)?
  private var moreMembers: [any StagingSession] = []
  private var hasMoreMembers = false
  private var firstBatch: UInt64 = 0
  private var lastBatch: UInt64 = 0
  /// Rises with each commit: tells a session whether it is a member already.
  private(set) var number: UInt64 = 1

  init(log: AuditLog, loop: EventLoop) {
    self.log = log
    self.loop = loop
    loop.setBarrier { [unowned self] in commit() }
  }

  /// A session is about to stage its first record of this batch.
  func join(_ session: any StagingSession) {
    session.noteOutput()
    if member == nil {
      member = session
    } else {
      moreMembers.append(session)
      hasMoreMembers = true
    }
    loop.expectBarrier()
  }

  /// A record was staged by a member.
  func staged(_ record: AuditLog.Staged) {
    if firstBatch == 0 { firstBatch = record.batch }
    lastBatch = record.batch
  }

  private func commit() {
    number += 1
    let first = firstBatch
    firstBatch = 0
    if first != 0 {
      do { try log.commit(from: first, through: lastBatch) } catch {
        let members = takeMembers()
        for member in members { member.lose() }
        return
      }
      if log.durability == .strict { return awaitDisk(takeMembers()) }
    }
    forgetMembers()
  }

  private func forgetMembers() {
    member = nil
    guard hasMoreMembers else { return }
    moreMembers.removeAll(keepingCapacity: true)
    hasMoreMembers = false
  }

  private func takeMembers() -> [Member] {
    defer { forgetMembers() }
    return (member.map { [$0] } ?? []).map(\.notedOutput) + moreMembers.map(\.notedOutput)
  }

  private func awaitDisk(_ members: [Member]) {
    for member in members { member.hold() }
    let held = LoopBound(members, loop: loop)
    log.syncLater { [loop] error in
      loop.execute {
        for member in held.value {
          if error != nil { member.lose() }
          member.release()
        }
      }
    }
  }
}
