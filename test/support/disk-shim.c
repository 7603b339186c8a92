/*
 * Preloaded into a child process of a test or benchmark, makes its disk slow or faulty:
 *   DISK_SYNC_US=1000          each fsync and fdatasync takes that much longer
 *   DISK_FAIL=sync:-wal:3:5    the 3rd sync (or write) of a file whose name ends so fails with that errno, once
 *   DISK_LOG=path              one line for each sync, and for the failure, in the order of the calls
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static char fail_call[8] = "", fail_suffix[64] = "";
static long fail_nth = 0, fail_errno = 0, seen = 0, sync_us = 0;
static int log_fd = -1;

__attribute__((constructor)) static void read_settings(void) {
  const char *fail = getenv("DISK_FAIL"), *us = getenv("DISK_SYNC_US"), *log = getenv("DISK_LOG");
  if (fail) sscanf(fail, "%7[^:]:%63[^:]:%ld:%ld", fail_call, fail_suffix, &fail_nth, &fail_errno);
  if (us) sync_us = atol(us);
  if (log) log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void path_of(int fd, char *path, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, size - 1);
  path[length < 0 ? 0 : length] = 0;
}

static void note(const char *call, const char *path, const char *result) {
  char line[4200];
  if (log_fd < 0) return;
  int length = snprintf(line, sizeof line, "%s %s %s\n", call, result, path);
  if (write(log_fd, line, length) < 0) return;
}

static int fails(const char *call, int fd) {
  char path[4096];
  int is_sync = strcmp(call, "sync") == 0;
  if (fail_nth == 0 && !(is_sync && log_fd >= 0)) return 0;
  path_of(fd, path, sizeof path);
  size_t length = strlen(path), suffix = strlen(fail_suffix);
  int hit = fail_nth != 0 && strcmp(call, fail_call) == 0 && length >= suffix &&
            strcmp(path + length - suffix, fail_suffix) == 0 && __atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST) == fail_nth;
  if (hit || is_sync) note(call, path, hit ? "failed" : "done");
  if (hit) errno = (int)fail_errno;
  return hit;
}

static long now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* A sleep is never shorter than some 60 us; less than that is waited for awake. */
static void take_time(void) {
  struct timespec time = {sync_us / 1000000, (sync_us % 1000000) * 1000};
  if (sync_us >= 200) nanosleep(&time, NULL);
  else for (long until = now_us() + sync_us; sync_us > 0 && now_us() < until;);
}

#define SYNC(name)                                                    \
  int name(int fd) {                                                  \
    static int (*real)(int);                                          \
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, #name);          \
    take_time();                                                      \
    return fails("sync", fd) ? -1 : real(fd);                         \
  }
#define PWRITE(name, offset_type)                                                               \
  ssize_t name(int fd, const void *bytes, size_t count, offset_type offset) {                   \
    static ssize_t (*real)(int, const void *, size_t, offset_type);                             \
    if (!real) real = (ssize_t (*)(int, const void *, size_t, offset_type))dlsym(RTLD_NEXT, #name); \
    return fails("write", fd) ? -1 : real(fd, bytes, count, offset);                            \
  }
SYNC(fsync)
SYNC(fdatasync)
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)
