// Which vector instructions the loops of this folder are compiled for, and which of them run.
//
// A file of loops (`…_loops.h`) is included once for each set of instructions, in a namespace of that name, under a
// pragma that lets the compiler use them. Its table of functions is chosen when the program runs.
#pragma once

#include <atomic>

namespace ctorch {

/// Sets of vector instructions, each wider than the one before.
enum class Vectors : int { baseline, avx2, avx512 };

/// The widest set that may be used; for tests, which want to see all of them.
inline std::atomic<int> widest_vectors{static_cast<int>(Vectors::avx512)};

/// The set that this processor has and that may be used.
inline Vectors vectors() {
#if defined(__x86_64__)
    static const int found = __builtin_cpu_supports("avx512f")                                   ? 2
                             : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 1
                                                                                                 : 0;
    const int most = widest_vectors.load(std::memory_order_relaxed);
    return static_cast<Vectors>(found < most ? found : most);
#else
    return Vectors::baseline;
#endif
}

} // namespace ctorch
