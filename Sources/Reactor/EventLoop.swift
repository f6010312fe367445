import CLinux
import Glibc
import Synchronization

/// One epoll instance and the thread that serves it. Sockets, timers and their handlers live on the loop's thread only; other
/// threads speak to it by `execute`. epoll(7), level-triggered: a source that was not read empty is reported again.
@safe public final class EventLoop: @unchecked Sendable {
  /// Bytes read from a socket in one go.
  public static let readBufferBytes = 256 * 1024

  private let epoll: Int32
  private let wakeUp: WakeUp
  private let mailbox = Mutex<Mailbox>(Mailbox())
  private var timers = TimerHeap()
  /// pthread_t of the loop's thread, 0 before it runs.
  private let thread = Atomic<UInt>(0)
  private let isJoined = Atomic<Bool>(false)
  private var isStopping = false
  // What each batch looks at is a word of its own beside what it speaks of: the run-time checks of exclusive access to whole lists cost
  // more than the looking.
  /// When the first timer is due; `.max` without one.
  private var nextDueMilliseconds = UInt64.max
  /// Sources closed while a batch of events is served: an event of the same batch may still name them.
  private var graveyard: [EventSource] = []
  private var hasGraves = false
  /// Streams with bytes gathered during the current batch, each naming the next; one write each when it is done.
  private var firstUnflushed: SocketStream?
  private var lastUnflushed: SocketStream?
  /// Streams that have decrypted bytes waiting although their socket is quiet.
  private var ready: [SocketStream] = []
  private var hasReady = false
  private var barrier: (() -> Void)?
  private var isBarrierDue = false
  let readBuffer: UnsafeMutableRawBufferPointer
  let queues = QueuePool()
  private var now: UInt64

  /// The monotonic clock when the current batch began.
  public var nowMilliseconds: UInt64 { now }

  private struct Mailbox {
    var isNotified = false
    var bodies: [@Sendable () -> Void] = []
  }

  public init() throws(SocketError) {
    // A peer that is gone is an error of the write, never a signal; OpenSSL writes without MSG_NOSIGNAL.
    signal(SIGPIPE, SIG_IGN)
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard epoll >= 0 else { throw .system("epoll_create1") }
    let event = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
    guard event >= 0 else {
      let error = SocketError.system("eventfd")
      _ = Glibc.close(epoll)
      throw error
    }
    unsafe readBuffer = .allocate(byteCount: Self.readBufferBytes, alignment: 4096)
    wakeUp = WakeUp(descriptor: event)
    now = Self.monotonicMilliseconds()
    try add(wakeUp, events: SocketStream.readEvents)
  }

  deinit {
    _ = Glibc.close(wakeUp.descriptor)
    _ = Glibc.close(epoll)
    unsafe readBuffer.deallocate()
  }

  /// Starts the loop's thread. Call it once.
  public func start() throws(SocketError) {
    thread.store(UInt(try Thread.spawn { [self] in run() }), ordering: .releasing)
  }

  /// Ends the loop when the current batch is done and waits for its thread. Sockets that are still registered are left to their owners.
  public func stop() {
    execute { [self] in isStopping = true }
    guard !isJoined.exchange(true, ordering: .acquiringAndReleasing) else { return }
    // Bodies that wait before this one still run on the loop, and ask whose thread it is: it stays itself until it has ended.
    let running = thread.load(ordering: .acquiring)
    if running != 0 { pthread_join(running, nil) }
    thread.store(0, ordering: .releasing)
  }

  /// Whether the caller runs on the loop's thread.
  public var isCurrent: Bool { thread.load(ordering: .acquiring) == UInt(pthread_self()) }

  /// Runs the body on the loop, in the order of calls. From any thread.
  public func execute(_ body: @escaping @Sendable () -> Void) {
    let mustNotify = mailbox.withLock { mailbox in
      mailbox.bodies.append(body)
      defer { mailbox.isNotified = true }
      return !mailbox.isNotified
    }
    if mustNotify { wakeUp.notify() }
  }

  /// Runs the body once after the time, on the loop. Only from the loop's thread.
  public func schedule(afterMilliseconds delay: Int, _ body: @escaping () -> Void) -> TimerToken {
    let due = now &+ UInt64(max(0, delay))
    nextDueMilliseconds = min(nextDueMilliseconds, due)
    return timers.add(dueMilliseconds: due, body)
  }

  /// The body will not run.
  public func cancel(_ token: TimerToken) {
    timers.cancel(token)
    nextDueMilliseconds = timers.nextDueMilliseconds() ?? .max
  }

  // MARK: Before output

  /// What `expectBarrier` asks for. Set it before the loop starts.
  public func setBarrier(_ body: @escaping () -> Void) { barrier = body }

  /// Has the barrier run before any stream of the loop sends another byte, and at the end of the current batch at the latest. For
  /// what must be kept before the world hears of it.
  public func expectBarrier() { isBarrierDue = true }

  @inline(__always) func passBarrier() { if isBarrierDue { runBarrier() } }

  private func runBarrier() {
    isBarrierDue = false
    barrier?()
  }

  /// CLOCK_MONOTONIC in milliseconds.
  public static func monotonicMilliseconds() -> UInt64 { monotonicNanoseconds() / 1_000_000 }

  /// CLOCK_MONOTONIC in nanoseconds.
  public static func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }

  private func run() {
    let batch = 256
    let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: batch)
    defer { unsafe events.deallocate() }
    // `start` writes `thread` from its own thread; the loop must know itself before the first body asks.
    thread.store(UInt(pthread_self()), ordering: .releasing)
    while !isStopping {
      let count = unsafe epoll_wait(epoll, events, Int32(batch), waitMilliseconds())
      now = Self.monotonicMilliseconds()
      for index in 0..<Int(max(0, count)) {
        let pointer = unsafe UnsafeRawPointer(bitPattern: UInt(events[index].data.u64))!
        let source = unsafe Unmanaged<EventSource>.fromOpaque(pointer).takeUnretainedValue()
        if source.isRegistered { unsafe source.handle(events: events[index].events) }
      }
      flush()
      if wakeUp.wasNotified {
        wakeUp.wasNotified = false
        runMailbox()
      }
      if hasReady { serveReady() }
      if nextDueMilliseconds <= now { runTimers() }
      if hasGraves { bury() }
    }
  }

  private func waitMilliseconds() -> Int32 {
    if hasReady { return 0 }
    let due = nextDueMilliseconds
    if due == .max { return -1 }
    // A timer that is far off does not need to know how long this batch took.
    let now = due &- now < 100 ? Self.monotonicMilliseconds() : now
    return due <= now ? 0 : Int32(min(due - now, 60_000))
  }

  private func runTimers() {
    while let body = timers.popDue(nowMilliseconds: now) { body() }
    nextDueMilliseconds = timers.nextDueMilliseconds() ?? .max
    flush()
  }

  private func bury() {
    hasGraves = false
    graveyard.removeAll(keepingCapacity: true)
  }

  private func runMailbox() {
    let bodies = mailbox.withLock { mailbox in
      mailbox.isNotified = false
      defer { mailbox.bodies = [] }
      return mailbox.bodies
    }
    for body in bodies { body() }
    flush()
  }

  private func serveReady() {
    hasReady = false
    let streams = ready
    ready.removeAll(keepingCapacity: true)
    for stream in streams where stream.isRegistered {
      stream.isReadyListed = false
      stream.handle(events: SocketStream.readEvents)
    }
    flush()
  }

  private func flush() {
    passBarrier()
    // A flush may tell an owner, who writes to another stream: the list grows while it is worked off.
    while let stream = firstUnflushed {
      firstUnflushed = stream.nextUnflushed
      if firstUnflushed == nil { lastUnflushed = nil }
      stream.nextUnflushed = nil
      stream.isUnflushedListed = false
      stream.flush()
    }
  }

  func flushLater(_ stream: SocketStream) {
    guard !stream.isUnflushedListed else { return }
    stream.isUnflushedListed = true
    if let last = lastUnflushed { last.nextUnflushed = stream } else { firstUnflushed = stream }
    lastUnflushed = stream
  }

  func serveLater(_ stream: SocketStream) {
    guard !stream.isReadyListed else { return }
    stream.isReadyListed = true
    hasReady = true
    ready.append(stream)
  }

  func add(_ source: EventSource, events: UInt32) throws(SocketError) {
    var event = unsafe epoll_event()
    unsafe event.events = events
    unsafe event.data.u64 = UInt64(UInt(bitPattern: Unmanaged.passRetained(source).toOpaque()))
    guard unsafe epoll_ctl(epoll, EPOLL_CTL_ADD, source.descriptor, &event) == 0 else {
      let error = SocketError.system("epoll_ctl")
      unsafe Unmanaged.passUnretained(source).release()
      throw error
    }
    source.isRegistered = true
  }

  func modify(_ source: EventSource, events: UInt32) {
    var event = unsafe epoll_event()
    unsafe event.events = events
    unsafe event.data.u64 = UInt64(UInt(bitPattern: Unmanaged.passUnretained(source).toOpaque()))
    unsafe epoll_ctl(epoll, EPOLL_CTL_MOD, source.descriptor, &event)
  }

  /// Forgets the source; its descriptor is closed by the caller right after.
  func remove(_ source: EventSource) {
    guard source.isRegistered else { return }
    source.isRegistered = false
    var event = unsafe epoll_event()
    unsafe epoll_ctl(epoll, EPOLL_CTL_DEL, source.descriptor, &event)
    graveyard.append(source)
    hasGraves = true
    unsafe Unmanaged.passUnretained(source).release()
  }
}

/// Something with a descriptor that epoll watches.
public class EventSource {
  let descriptor: Int32
  final var isRegistered = false

  init(descriptor: Int32) { self.descriptor = descriptor }

  func handle(events: UInt32) { preconditionFailure("every source handles its events") }
}

/// The eventfd by which other threads wake the loop.
final class WakeUp: EventSource {
  var wasNotified = false

  func notify() {
    var one: UInt64 = 1
    _ = unsafe Glibc.write(descriptor, &one, 8)
  }

  override func handle(events: UInt32) {
    var count: UInt64 = 0
    _ = unsafe Glibc.read(descriptor, &count, 8)
    wasNotified = true
  }
}
