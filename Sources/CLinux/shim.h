#pragma once
/* Without _GNU_SOURCE: Swift's own Glibc module is built without it, and two views of one header do not go together. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/// prctl is variadic, which Swift cannot call.
static inline int linux_set_dumpable(int dumpable) { return prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0); }

/* What the headers show under _GNU_SOURCE only. */
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
/* What SO_PEERCRED fills in. */
struct iss_ucred {
  pid_t pid;
  uid_t uid;
  gid_t gid;
};
