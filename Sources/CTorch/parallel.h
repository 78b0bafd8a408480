// One computation in parts, among the threads that libtorch uses for its own.
#pragma once

#include <c10/util/FunctionRef.h>

#include <cstdint>

namespace ctorch {

/// Most parts that `parallel` takes.
constexpr int64_t most_parts = 64;

/// Calls `body` once for each of 0 ..< count, at most `most_parts`, and returns when all are done.
///
/// What a part is must not depend on the number of threads; then results do not either.
void parallel(int64_t count, c10::function_ref<void(int64_t)> body);

/// How many parts to make of `work`, in parts of at least `least`.
inline int64_t parts_of(int64_t work, int64_t least) {
    const int64_t parts = work / least;
    return parts < 1 ? 1 : parts > most_parts ? most_parts : parts;
}

} // namespace ctorch
