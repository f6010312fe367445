import CLinux
import Glibc

/// A few threads for calls that block (HTTP by libcurl, getaddrinfo, files), so that no loop ever does.
@safe public final class BlockingPool: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  private let waitingMax: Int
  private var waiting: [@Sendable () -> Void] = []
  private var head = 0
  private var isStopping = false
  private var threads: [pthread_t] = []

  /// `waitingMax`: how many calls may wait for a thread before `submit` refuses.
  public init(threadCount: Int, waitingMax: Int) throws(SocketError) {
    precondition(threadCount > 0)
    self.waitingMax = waitingMax
    unsafe mutex = .allocate(capacity: 1)
    unsafe condition = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(condition, nil)
    for _ in 0..<threadCount { threads.append(try Thread.spawn { [unowned self] in work() }) }
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  /// Runs the body on one of the threads; false when too many wait already (the caller refuses its own peer).
  public func submit(_ body: @escaping @Sendable () -> Void) -> Bool {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    guard !isStopping, waiting.count - head < waitingMax else { return false }
    waiting.append(body)
    unsafe pthread_cond_signal(condition)
    return true
  }

  /// Lets what waits run to its end, then ends the threads. Call it before the last reference goes.
  public func stop() {
    unsafe pthread_mutex_lock(mutex)
    isStopping = true
    unsafe pthread_cond_broadcast(condition)
    unsafe pthread_mutex_unlock(mutex)
    for thread in threads { pthread_join(thread, nil) }
    threads = []
  }

  private func work() {
    while let body = next() { body() }
  }

  private func next() -> (@Sendable () -> Void)? {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    while head == waiting.count {
      if isStopping { return nil }
      unsafe pthread_cond_wait(condition, mutex)
    }
    let body = waiting[head]
    head += 1
    if head == waiting.count || head > 1024 {
      waiting.removeFirst(head)
      head = 0
    }
    return body
  }
}
