// Compiles the loops of batch normalisation for each set of vector instructions, and chooses among them.
#include "norm_kernels.h"
#include "ctorch.h"
#include "vectors.h"

#include <algorithm>
#include <vector>

#define INLINED static inline __attribute__((always_inline))
#define INLINED_LAMBDA __attribute__((always_inline))

// Vectors are passed only between functions that become one, so it does not matter how calls would pass them.
#pragma clang diagnostic ignored "-Wpsabi"

namespace ctorch {

namespace baseline {
#include "norm_loops.h"
}

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
namespace avx2 {
#include "norm_loops.h"
}
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx2,fma,avx512f"))), apply_to = function)
namespace avx512 {
#include "norm_loops.h"
}
#pragma clang attribute pop

const NormLoops &norm_loops() {
    switch (vectors()) {
    case Vectors::avx512: return avx512::loops;
    case Vectors::avx2: return avx2::loops;
    case Vectors::baseline: return baseline::loops;
    }
    return baseline::loops;
}
#else
const NormLoops &norm_loops() { return baseline::loops; }
#endif

} // namespace ctorch

void ct_use_vectors(int32_t widest) { ctorch::widest_vectors = widest; }
