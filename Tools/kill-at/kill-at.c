// Kills its process at the N-th file operation in a folder: a library to be loaded before the C library's own functions.
//
//   cc -shared -fPIC -O1 -o kill-at.so kill-at.c
//   LD_PRELOAD=./kill-at.so KILL_AT_FOLDER=/checkpoints/ KILL_AT_LOG=list.txt [KILL_AT=N] command
//
// An operation counts if it can change what is on the disk, and a path that it names, or the path of the file that it
// writes to, contains KILL_AT_FOLDER. Each is written to KILL_AT_LOG before it is carried out, with its number from 1 on. The
// N-th is not carried out: the process is killed (kill -9) in its place. Unlike the counters of strace, which are of one
// thread each, this one is of the process, so that the same job has the same numbers each time.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_int operations;

// The function of the C library that has this name.
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void count(const char *call, const char *path) {
    const char *folder = getenv("KILL_AT_FOLDER");
    if (!folder || !path || !strstr(path, folder)) return;
    int number = atomic_fetch_add(&operations, 1) + 1;
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%d %s %s\n", number, call, path);
    const char *log = getenv("KILL_AT_LOG");
    if (log && length > 0) {
        // Straight to the kernel: what this library does itself does not count.
        int file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (file >= 0) {
            (void)!syscall(SYS_write, file, line, (size_t)length);
            syscall(SYS_close, file);
        }
    }
    const char *at = getenv("KILL_AT");
    if (at && atoi(at) == number) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
}

static void count_file(const char *call, int file) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return;
    path[length] = 0;
    count(call, path);
}

static int writes(int flags) { return (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT); }

#define OPEN(name)                                                                                                             \
    int name(const char *path, int flags, ...) {                                                                               \
        va_list list;                                                                                                          \
        va_start(list, flags);                                                                                                 \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(list, mode_t) : 0;                                              \
        va_end(list);                                                                                                          \
        if (writes(flags)) count(#name, path);                                                                                 \
        return REAL(name)(path, flags, mode);                                                                                  \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                                                           \
    int name(int folder, const char *path, int flags, ...) {                                                                   \
        va_list list;                                                                                                          \
        va_start(list, flags);                                                                                                 \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(list, mode_t) : 0;                                              \
        va_end(list);                                                                                                          \
        if (writes(flags)) count(#name, path);                                                                                 \
        return REAL(name)(folder, path, flags, mode);                                                                          \
    }
OPENAT(openat)
OPENAT(openat64)

// A call on an open file, and one on a path.
#define ON_FILE(result, name, parameters, ...)                                                                                 \
    result name parameters {                                                                                                   \
        count_file(#name, file);                                                                                               \
        return REAL(name)(__VA_ARGS__);                                                                                        \
    }
#define ON_PATH(result, name, parameters, ...)                                                                                 \
    result name parameters {                                                                                                   \
        count(#name, path);                                                                                                    \
        return REAL(name)(__VA_ARGS__);                                                                                        \
    }
ON_FILE(ssize_t, write, (int file, const void *bytes, size_t size), file, bytes, size)
ON_FILE(ssize_t, writev, (int file, const struct iovec *parts, int size), file, parts, size)
ON_FILE(ssize_t, pwrite, (int file, const void *bytes, size_t size, off_t at), file, bytes, size, at)
ON_FILE(ssize_t, pwrite64, (int file, const void *bytes, size_t size, off64_t at), file, bytes, size, at)
ON_FILE(int, ftruncate, (int file, off_t size), file, size)
ON_FILE(int, ftruncate64, (int file, off64_t size), file, size)
ON_FILE(int, fsync, (int file), file)
ON_FILE(int, fdatasync, (int file), file)
ON_FILE(int, fchmod, (int file, mode_t mode), file, mode)
ON_FILE(int, close, (int file), file)
ON_PATH(int, creat, (const char *path, mode_t mode), path, mode)
ON_PATH(int, mkstemp, (char *path), path)
ON_PATH(int, mkstemp64, (char *path), path)
ON_PATH(int, mkostemp, (char *path, int flags), path, flags)
ON_PATH(int, unlink, (const char *path), path)
ON_PATH(int, unlinkat, (int folder, const char *path, int flags), folder, path, flags)
ON_PATH(int, remove, (const char *path), path)
ON_PATH(int, rmdir, (const char *path), path)
ON_PATH(int, mkdir, (const char *path, mode_t mode), path, mode)
ON_PATH(int, mkdirat, (int folder, const char *path, mode_t mode), folder, path, mode)
ON_PATH(int, chmod, (const char *path, mode_t mode), path, mode)

// What a rename or a link makes is what counts.
ON_PATH(int, rename, (const char *from, const char *path), from, path)
ON_PATH(int, link, (const char *from, const char *path), from, path)
ON_PATH(int, renameat, (int a, const char *from, int b, const char *path), a, from, b, path)
ON_PATH(int, linkat, (int a, const char *from, int b, const char *path, int flags), a, from, b, path, flags)
ON_PATH(
    int, renameat2, (int a, const char *from, int b, const char *path, unsigned flags), a, from, b, path, flags)
