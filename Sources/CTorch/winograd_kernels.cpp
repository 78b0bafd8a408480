// Compiles the loops of Winograd's method for each set of vector instructions that is worth it, and chooses among them.
#include "winograd_kernels.h"
#include "vectors.h"

#include <algorithm>
#include <vector>

#define INLINED static inline __attribute__((always_inline))
#define INLINED_MEMBER inline __attribute__((always_inline))

// Vectors are passed only between functions that become one, so it does not matter how calls would pass them.
#pragma clang diagnostic ignored "-Wpsabi"

namespace ctorch {

#if defined(__x86_64__)
// 6 × 2 sums of 8 floats take 12 of 16 registers; 8 × 2 sums of 16 floats, 16 of 32.
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
namespace avx2 {
constexpr int width = 8, rows_at_once = 6, outputs_at_once = 16, products_at_once = 4;
#include "winograd_loops.h"
}
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx2,fma,avx512f"))), apply_to = function)
namespace avx512 {
constexpr int width = 16, rows_at_once = 8, outputs_at_once = 32, products_at_once = 8;
#include "winograd_loops.h"
}
#pragma clang attribute pop

const WinogradLoops *winograd_loops() {
    switch (vectors()) {
    case Vectors::avx512: return &avx512::loops;
    case Vectors::avx2: return &avx2::loops;
    case Vectors::baseline: return nullptr;
    }
    return nullptr;
}
#else
const WinogradLoops *winograd_loops() { return nullptr; }
#endif

} // namespace ctorch
