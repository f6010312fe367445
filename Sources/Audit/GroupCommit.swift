import Glibc

/// Lets callers that wait for the disk at the same time share one `fdatasync`: the first one syncs for all whose records were
/// written by then; those who came too late wait for the next.
@safe
final class GroupCommit: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  // Guarded by `mutex`.
  private var syncedThrough: UInt64
  private var isSyncing = false
  private var failure: AuditError?

  init(syncedThrough: UInt64) {
    self.syncedThrough = syncedThrough
    unsafe mutex = .allocate(capacity: 1)
    unsafe condition = .allocate(capacity: 1)
    precondition(unsafe pthread_mutex_init(mutex, nil) == 0)
    precondition(unsafe pthread_cond_init(condition, nil) == 0)
  }

  deinit {
    unsafe pthread_mutex_destroy(mutex)
    unsafe pthread_cond_destroy(condition)
    unsafe mutex.deallocate()
    unsafe condition.deallocate()
  }

  /// Returns when record `sequence` is on disk.
  ///
  /// - Parameter written: the last record in the kernel and its file; earlier files are synced already.
  /// - Throws: the failure of a sync, from then on always: after a failed fsync the kernel may have dropped the pages.
  func wait(for sequence: UInt64, written: () -> (through: UInt64, file: AuditFile)) throws {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    while syncedThrough < sequence {
      if let failure { throw failure }
      if isSyncing {
        unsafe pthread_cond_wait(condition, mutex)
        continue
      }
      isSyncing = true
      unsafe pthread_mutex_unlock(mutex)
      let (through, file) = written()
      let outcome = Result { try file.sync() }
      unsafe pthread_mutex_lock(mutex)
      isSyncing = false
      switch outcome {
      case .success: syncedThrough = max(syncedThrough, through)
      case .failure(let error):
        failure = AuditError(
          .broken, path: file.path, message: "the audit log could not be synced: \(error)", next: "check the disk, then restart")
      }
      unsafe pthread_cond_broadcast(condition)
    }
  }
}
