// Tells the thread sanitizer of the slow ways through Swift's Mutex, for `make sanitize`.
//
// Mutex takes and leaves an unclaimed lock by an atomic operation in the caller's code, which is built with the sanitizer. A contended one goes
// through these two functions of libswiftSynchronization (a futex with a hand-over in the kernel), which is not: without this, everything that
// a contended Mutex guards is reported as a race. To suppress those reports by name would hide real ones as well. Linked into the
// program under test, these stand before the library's own. The lock's address is Swift's self.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// Tools that are built with the same flags, but without the sanitizer, have neither.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

typedef __attribute__((swiftcall)) void Lock(uint32_t thread, __attribute__((swift_context)) void *lock);
typedef __attribute__((swiftcall)) void Unlock(__attribute__((swift_context)) void *lock);

Lock tsan_lock __asm__(LOCK);
Unlock tsan_unlock __asm__(UNLOCK);

__attribute__((swiftcall)) void tsan_lock(uint32_t thread, __attribute__((swift_context)) void *lock) {
  ((Lock *)dlsym(RTLD_NEXT, LOCK))(thread, lock);
  if (__tsan_acquire) __tsan_acquire(lock);
}

__attribute__((swiftcall)) void tsan_unlock(__attribute__((swift_context)) void *lock) {
  if (__tsan_release) __tsan_release(lock);
  ((Unlock *)dlsym(RTLD_NEXT, UNLOCK))(lock);
}
