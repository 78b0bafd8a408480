// `at::parallel_for` is a template that needs an OpenMP compiler of its user, which Swift's clang is not; without one
// it does everything on the calling thread. A tensor iterator's `for_each` is compiled inside libtorch, and there it is
// the same loop over the same threads: so the parts are the elements of a tensor of their numbers.
#include "parallel.h"

#include <ATen/ATen.h>
#include <ATen/TensorIterator.h>

#include <numeric>

namespace ctorch {

void parallel(int64_t count, c10::function_ref<void(int64_t)> body) {
    static const auto numbers = [] {
        std::array<int64_t, most_parts> result;
        std::iota(result.begin(), result.end(), 0);
        return result;
    }();
    TORCH_INTERNAL_ASSERT(count <= most_parts);
    // Nothing writes to it: `body` has its own places for results.
    auto parts = at::from_blob(const_cast<int64_t *>(numbers.data()), {count}, at::kLong);
    auto iterator = at::TensorIterator::nullary_op(parts);
    iterator.for_each(
        [&](char **data, const int64_t *strides, int64_t length) {
            for (int64_t i = 0; i < length; ++i) body(*reinterpret_cast<int64_t *>(data[0] + i * strides[0]));
        },
        /*grain_size=*/1);
}

} // namespace ctorch
