// Main memory as the operating system gives it: what differs between systems stands here, and nowhere else.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>

#include <unistd.h>
#if defined(__linux__)
#include <malloc.h>
#include <sys/mman.h>
#endif

namespace ctorch {

/// The size of a large page, which a processor finds in its tables with one entry instead of 512.
constexpr size_t large_page = size_t(2) << 20;

/// Memory from the system, aligned for vectors, or for large pages if it is large enough for one; null if there is
/// none.
inline void *system_allocate(size_t bytes) {
    const bool is_large = bytes >= large_page;
    void *result = nullptr;
    if (posix_memalign(&result, is_large ? large_page : 64, bytes) != 0) return nullptr;
#if defined(__linux__)
    // Without large pages, a gigabyte costs 262,144 faults. The kernel may refuse, which does no harm.
    if (is_large) madvise(result, bytes, MADV_HUGEPAGE);
#endif
    return result;
}

inline void system_free(void *memory) { free(memory); }

/// Gives back what the C library keeps of freed memory for itself.
inline void system_trim() {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}

/// What this process may use at most: the machine's memory, or less where a container sets a limit.
inline int64_t system_memory() {
    int64_t bytes = int64_t(sysconf(_SC_PHYS_PAGES)) * int64_t(sysconf(_SC_PAGE_SIZE));
#if defined(__linux__)
    int64_t limit = 0; // The file says "max" where there is none, and then nothing is read.
    if (std::ifstream("/sys/fs/cgroup/memory.max") >> limit && limit > 0) bytes = std::min(bytes, limit);
#endif
    return bytes;
}

} // namespace ctorch
