/* Preloaded into a process, it fails one call that changes files below $FAULT_ROOT: the one whose
 * number fault_arm was told, counted from 0, with the errno it was told. fault_seen says how many
 * calls there were since, fault_last which one failed, fault_path at which place.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_int at = -1, seen = 0, error = 0;
static const char *last = "";
static char place[PATH_MAX];

void fault_arm(int number, int code) {
    last = "";
    place[0] = 0;
    seen = 0;
    error = code;
    at = number;
}

int fault_seen(void) { return seen; }

const char *fault_last(void) { return last; }

const char *fault_path(void) { return place; }

static int fails(const char *call, const char *path) {
    const char *root = getenv("FAULT_ROOT");
    if (at < 0 || !root || !path || strncmp(path, root, strlen(root))) return 0;
    if (atomic_fetch_add(&seen, 1) != at) return 0;
    last = call;
    snprintf(place, sizeof place, "%s", path);
    errno = error;
    return 1;
}

static int fails_open(const char *call, int handle) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return fails(call, path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define BY_HANDLE(of, name, parameters, arguments)            \
    of name parameters {                                      \
        if (fails_open(#name, handle)) return -1;             \
        return REAL(name) arguments;                          \
    }

#define BY_PATH(of, name, parameters, arguments)              \
    of name parameters {                                      \
        if (fails(#name, path)) return -1;                    \
        return REAL(name) arguments;                          \
    }

BY_HANDLE(ssize_t, write, (int handle, const void *from, size_t size), (handle, from, size))
BY_HANDLE(ssize_t, pwrite, (int handle, const void *from, size_t size, off_t place),
          (handle, from, size, place))
BY_HANDLE(ssize_t, pwrite64, (int handle, const void *from, size_t size, off64_t place),
          (handle, from, size, place))
BY_HANDLE(ssize_t, writev, (int handle, const struct iovec *from, int count),
          (handle, from, count))
BY_HANDLE(int, fsync, (int handle), (handle))
BY_HANDLE(int, fdatasync, (int handle), (handle))
BY_HANDLE(int, ftruncate, (int handle, off_t size), (handle, size))
BY_HANDLE(int, ftruncate64, (int handle, off64_t size), (handle, size))
BY_PATH(int, mkdir, (const char *path, mode_t mode), (path, mode))
BY_PATH(int, rename, (const char *from, const char *path), (from, path))
BY_PATH(int, link, (const char *from, const char *path), (from, path))

#define OPENS(name)                                                                    \
    int name(const char *path, int flags, ...) {                                       \
        va_list more;                                                                  \
        va_start(more, flags);                                                         \
        mode_t mode = va_arg(more, mode_t);                                            \
        va_end(more);                                                                  \
        if ((flags & (O_CREAT | O_WRONLY | O_RDWR)) && fails(#name, path)) return -1;  \
        return REAL(name)(path, flags, mode);                                          \
    }

OPENS(open)
OPENS(open64)

int linkat(int here, const char *from, int there, const char *path, int flags) {
    if (fails("linkat", path)) return -1;
    return REAL(linkat)(here, from, there, path, flags);
}

int renameat(int here, const char *from, int there, const char *path) {
    if (fails("renameat", path)) return -1;
    return REAL(renameat)(here, from, there, path);
}
