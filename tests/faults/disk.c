// A disk that fails, and one that remembers: loaded into the server by LD_PRELOAD, it stands between the program and the
// system for the files of the store (their path holds "carve.sqlite3").
//
// CARVE_DISK_FAULT names a file of four words: KIND FROM COUNT ERROR. KIND is write, sync or any; calls of that kind are
// counted since the file was last changed, and the calls FROM to FROM + COUNT - 1 fail with this errno. Without the file none do.
// CARVE_DISK_TRACE names a file to which every write, truncation and sync is appended, in the order in which they were done:
// kind (1 byte: w, t, s, u for a file that is removed), the name's length (4 bytes) and name, offset (8), length (8), then the bytes of a write.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct timespec changed;
static long counted[3];

// The name of the store's file behind a descriptor, or 0. The index of the log in shared memory is no file of its own.
static const char *stored(int fd, char *path, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    if (!strstr(path, "carve.sqlite3") || strstr(path, "-shm")) return 0;
    return strrchr(path, '/') + 1;
}

// The errno that this call is to fail with, or 0. Kinds: 0 write, 1 sync.
static int fault(int kind) {
    const char *name = getenv("CARVE_DISK_FAULT");
    struct stat status;
    if (!name || stat(name, &status)) return 0;
    pthread_mutex_lock(&lock);
    if (memcmp(&status.st_mtim, &changed, sizeof changed)) {
        changed = status.st_mtim;
        counted[0] = counted[1] = counted[2] = 0;
    }
    counted[kind]++;
    counted[2]++;
    char word[16] = "";
    long from = 0, count = 0;
    int error = 0;
    FILE *file = fopen(name, "re");
    int read = file ? fscanf(file, "%15s %ld %ld %d", word, &from, &count, &error) : 0;
    if (file) fclose(file);
    int of = !strcmp(word, "write") ? 0 : !strcmp(word, "sync") ? 1 : 2;
    int hit = read == 4 && (of == 2 || of == kind) && counted[of] >= from && counted[of] < from + count;
    pthread_mutex_unlock(&lock);
    return hit ? error : 0;
}

static void trace(char kind, const char *name, int64_t offset, const void *bytes, int64_t length) {
    static int out = -1;
    const char *path = getenv("CARVE_DISK_TRACE");
    if (!path) return;
    int (*real_open)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    ssize_t (*real_write)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    int32_t name_length = (int32_t)strlen(name);
    size_t size = 1 + 4 + (size_t)name_length + 16 + (bytes ? (size_t)length : 0);
    char *record = malloc(size), *at = record;
    *at++ = kind;
    memcpy(at, &name_length, 4), at += 4;
    memcpy(at, name, (size_t)name_length), at += name_length;
    memcpy(at, &offset, 8), at += 8;
    memcpy(at, &length, 8), at += 8;
    if (bytes) memcpy(at, bytes, (size_t)length);
    pthread_mutex_lock(&lock);
    if (out < 0) out = real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ssize_t written = real_write(out, record, size);
    (void)written;
    pthread_mutex_unlock(&lock);
    free(record);
}

#define REAL(type, name, ...)                                    \
    static type (*real)(__VA_ARGS__);                            \
    if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#define FAIL(kind)                     \
    do {                               \
        int error = fault(kind);       \
        if (error) {                   \
            errno = error;             \
            return -1;                 \
        }                              \
    } while (0)

static ssize_t written_at(const char *name, int fd, const void *bytes, size_t length, off_t offset) {
    char path[4096];
    ssize_t (*real)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, name);
    const char *file = stored(fd, path, sizeof path);
    if (!file) return real(fd, bytes, length, offset);
    FAIL(0);
    ssize_t done = real(fd, bytes, length, offset);
    if (done > 0) trace('w', file, offset, bytes, done);
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    return written_at("pwrite", fd, bytes, length, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    return written_at("pwrite64", fd, bytes, length, offset);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    REAL(ssize_t, "write", int, const void *, size_t);
    char path[4096];
    const char *file = stored(fd, path, sizeof path);
    if (!file) return real(fd, bytes, length);
    FAIL(0);
    off_t offset = lseek(fd, 0, SEEK_CUR);
    ssize_t done = real(fd, bytes, length);
    if (done > 0) trace('w', file, offset, bytes, done);
    return done;
}

static int cut(const char *name, int fd, off_t length) {
    char path[4096];
    int (*real)(int, off_t) = dlsym(RTLD_NEXT, name);
    const char *file = stored(fd, path, sizeof path);
    if (!file) return real(fd, length);
    FAIL(0);
    int done = real(fd, length);
    if (!done) trace('t', file, length, 0, 0);
    return done;
}

int ftruncate(int fd, off_t length) { return cut("ftruncate", fd, length); }

int ftruncate64(int fd, off64_t length) { return cut("ftruncate64", fd, length); }

static int synced(const char *name, int fd) {
    char path[4096];
    int (*real)(int) = dlsym(RTLD_NEXT, name);
    const char *file = stored(fd, path, sizeof path);
    if (!file) return real(fd);
    FAIL(1);
    int done = real(fd);
    if (!done) trace('s', file, 0, 0, 0);
    return done;
}

int fsync(int fd) { return synced("fsync", fd); }

int fdatasync(int fd) { return synced("fdatasync", fd); }

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    int done = real(path);
    if (!done && strstr(path, "carve.sqlite3") && !strstr(path, "-shm")) trace('u', strrchr(path, '/') + 1, 0, 0, 0);
    return done;
}
