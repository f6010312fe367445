import CLinux
import Glibc
import Synchronization

/// A thread with a stack that bears the deepest tree a text of the ceiling can make; texts too large for a caller's stack are
/// analysed here, in turn.
///
/// The stack is mapped, not touched: memory is used only as far as a text makes the parser recurse.
final class ParserThread: Sendable {
  typealias Completion = @Sendable (Result<ParsedText, ParseFailure>) -> Void

  private struct Job {
    var text: [UInt8]
    var completion: Completion
  }

  /// What the thread shares with its owner; it outlives the owner until the thread has ended.
  private final class Shared: Sendable {
    let jobs = Mutex<[Job]>([])
    /// Counts the jobs, and the order to stop.
    let wake: Int32

    init(wake: Int32) { self.wake = wake }
    deinit { close(wake) }
  }

  private let shared: Shared

  /// - Throws: `ParserThreadError` when the system gives no stack or no thread.
  init(statementBytesMax: Int) throws(ParserThreadError) {
    let (needed, overflow) = statementBytesMax.multipliedReportingOverflow(by: Parser.stackBytesPerByte)
    precondition(!overflow && statementBytesMax > 0, "statementBytesMax out of range")
    let stackBytes = max(256 << 20, (needed + 0xfffff) & ~0xfffff)
    let wake = eventfd(0, Int32(EFD_SEMAPHORE | EFD_CLOEXEC))
    guard wake >= 0 else { throw ParserThreadError(step: "eventfd", errorNumber: errno) }
    shared = Shared(wake: wake)

    let map = unsafe mmap(nil, stackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let stack = unsafe map, unsafe stack != MAP_FAILED else { throw ParserThreadError(step: "mmap", errorNumber: errno) }
    // The lowest page stays out of reach: a stack that overflows after all must not run into other memory.
    _ = unsafe mprotect(stack, 4096, PROT_NONE)
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    unsafe pthread_attr_setstack(&attributes, stack, stackBytes)
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_JOINABLE))
    let start = unsafe Start(shared: shared, stack: stack, stackBytes: stackBytes)
    var thread = pthread_t()
    let made = unsafe pthread_create(
      &thread, &attributes,
      { argument in
        let start = unsafe Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
        ParserThread.run(start.shared)
        return nil
      }, unsafe Unmanaged.passRetained(start).toOpaque())
    unsafe pthread_attr_destroy(&attributes)
    guard made == 0 else { throw ParserThreadError(step: "pthread_create", errorNumber: made) }
    self.thread = thread
    self.start = start
  }

  /// The thread's argument, and its stack's owner.
  private final class Start: Sendable {
    let shared: Shared
    let stack: UInt
    let stackBytes: Int

    @unsafe init(shared: Shared, stack: UnsafeMutableRawPointer, stackBytes: Int) {
      self.shared = shared
      self.stack = UInt(bitPattern: stack)
      self.stackBytes = stackBytes
    }
  }

  private let thread: pthread_t
  private let start: Start

  deinit {
    // One signal more than there are jobs: the thread ends when it finds none.
    Self.signal(shared.wake)
    guard pthread_equal(pthread_self(), thread) == 0 else {
      // The last owner went away in a completion, on this very stack, which therefore stays mapped.
      pthread_detach(thread)
      return
    }
    _ = pthread_join(thread, nil)
    _ = unsafe munmap(UnsafeMutableRawPointer(bitPattern: start.stack), start.stackBytes)
  }

  /// Analyses `text` on the thread; `completion` runs there too and must be short.
  func submit(_ text: [UInt8], completion: @escaping Completion) {
    shared.jobs.withLock { $0.append(Job(text: text, completion: completion)) }
    Self.signal(shared.wake)
  }

  /// Analyses `text` on the thread while the caller waits.
  func analyse(_ text: [UInt8]) throws(ParseFailure) -> ParsedText {
    let done = eventfd(0, Int32(EFD_CLOEXEC))
    guard done >= 0 else { throw ParseFailure(reason: .tooComplex, message: "out of file descriptors") }
    defer { close(done) }
    let answer = Answer()
    submit(text) { result in
      answer.result.withLock { $0 = result }
      Self.signal(done)
    }
    Self.take(done)
    guard let result = answer.result.withLock({ $0 }) else { preconditionFailure("woken without an answer") }
    return try result.get()
  }

  private final class Answer: Sendable {
    let result = Mutex<Result<ParsedText, ParseFailure>?>(nil)
  }

  private static func run(_ shared: Shared) {
    while true {
      take(shared.wake)
      let job: Job? = shared.jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
      guard let job else { return }
      let result = Result { () throws(ParseFailure) in
        try TextGuard.check(job.text, statementBytesMax: .max)
        return try ParsedText.parse(job.text)
      }
      job.completion(result)
    }
  }

  private static func signal(_ descriptor: Int32) { _ = eventfd_write(descriptor, 1) }

  private static func take(_ descriptor: Int32) {
    var count: UInt64 = 0
    while unsafe eventfd_read(descriptor, &count) != 0 {
      precondition(errno == EINTR, "an event descriptor cannot be read")
    }
  }
}

/// The system gave no thread to parse on.
public struct ParserThreadError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The system call that failed.
  public var step: String
  public var errorNumber: Int32

  public var description: String { "no parser thread: \(step) failed with error \(errorNumber)" }
}
