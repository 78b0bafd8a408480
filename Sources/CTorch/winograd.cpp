// Divides the work of Winograd's method among threads, in parts that do not depend on how many there are.
#include "winograd.h"
#include "parallel.h"
#include "winograd_kernels.h"

using namespace ctorch;

namespace {

constexpr auto channels_last = at::MemoryFormat::ChannelsLast;

/// Tiles that are transformed and multiplied before the next: few enough for the second cache and the third.
constexpr int64_t tiles_at_once = 48;
/// Bytes of the transformed images and gradients that are held for the gradient of the filters.
constexpr int64_t bytes_at_once = 16 << 20;
/// Pairs of channels up to which every part may have sums of its own.
constexpr int64_t most_products = 128 * 128;

int64_t rounded_up(int64_t count, int64_t step) { return (count + step - 1) / step * step; }

/// Room for sixteen matrices of `rows` rows. A row is longer than its channels, because rows at multiples of a power of
/// two would share a few places of the cache.
struct Room {
    Room(int64_t rows, int64_t channels)
        : memory(at::empty({positions * rows * (channels + 16)}, at::kFloat)),
          planes{memory.mutable_data_ptr<float>(), rows * (channels + 16), channels + 16} {}

    at::Tensor memory;
    Planes planes;
};

at::Tensor empty_images(const at::Tensor &like, int64_t channels) {
    return at::empty({like.size(0), channels, like.size(2), like.size(3)}, like.options(), channels_last);
}

Tiles tiles_of(const at::Tensor &x) { return {x.size(0), x.size(2), x.size(3)}; }

/// Calls `body` with the first and the last, of 0 ..< count, of each part, where parts begin at multiples of `step`.
void divide(int64_t count, int64_t step, c10::function_ref<void(int64_t, int64_t)> body) {
    const int64_t steps = (count + step - 1) / step;
    const int64_t parts = parts_of(steps, 1);
    parallel(parts, [&](int64_t part) {
        const int64_t begin = steps * part / parts * step;
        const int64_t end = std::min(count, steps * (part + 1) / parts * step);
        if (begin < end) body(begin, end);
    });
}

/// The sums over `inputs` channels of `x`, for `outputs` channels, with filters that are already transformed.
at::Tensor convolve(const WinogradLoops &loops, const at::Tensor &x, const at::Tensor &filters, const at::Tensor &bias,
                    int64_t inputs, int64_t outputs) {
    auto y = empty_images(x, outputs);
    const auto tiles = tiles_of(x);
    const float *in = x.const_data_ptr<float>(), *u = filters.const_data_ptr<float>();
    const float *added = bias.defined() ? bias.const_data_ptr<float>() : nullptr;
    float *out = y.mutable_data_ptr<float>();
    // Evenly: no last part that is nearly empty.
    const int64_t blocks = std::max<int64_t>(1, (tiles.total() + tiles_at_once - 1) / tiles_at_once);
    const int64_t length = rounded_up((tiles.total() + blocks - 1) / blocks, 8);
    divide(tiles.total(), length, [&](int64_t begin, int64_t end) {
        const int64_t most = rounded_up(length, loops.rows_together);
        const Room v(most, inputs), m(most, rounded_up(outputs, loops.outputs_together));
        for (int64_t first = begin; first < end; first += length) {
            const int64_t last = std::min(end, first + length);
            loops.from_images(in, v.planes, tiles, inputs, first, last);
            loops.multiply(v.planes, u, m.planes, last - first, inputs, outputs);
            loops.to_images(m.planes, added, out, tiles, outputs, first, last);
        }
    });
    return y;
}

at::Tensor empty_filters(const WinogradLoops &loops, int64_t inputs, int64_t outputs) {
    return at::empty({positions * inputs * rounded_up(outputs, loops.outputs_together)}, at::kFloat);
}

/// dU [16, outputs, inputs], for few channels: each part has tiles of its own, and sums of its own, which are then
/// added.
at::Tensor products_by_tiles(const WinogradLoops &loops, const at::Tensor &x, const at::Tensor &gradient) {
    const auto tiles = tiles_of(x);
    const int64_t inputs = x.size(1), outputs = gradient.size(1);
    const float *in = x.const_data_ptr<float>(), *dy = gradient.const_data_ptr<float>();
    const int64_t length = tiles_at_once, blocks = (tiles.total() + length - 1) / length;
    const int64_t parts = std::min<int64_t>(parts_of(blocks, 8), 16);
    auto sums = at::zeros({parts, positions, outputs, inputs}, x.options());
    float *du = sums.mutable_data_ptr<float>();
    parallel(parts, [&](int64_t part) {
        const Room v(length, inputs), dm(length, outputs);
        float *own = du + part * positions * outputs * inputs;
        for (int64_t block = blocks * part / parts; block < blocks * (part + 1) / parts; ++block) {
            const int64_t first = block * length, last = std::min(tiles.total(), first + length);
            loops.from_images(in, v.planes, tiles, inputs, first, last);
            loops.from_gradients(dy, dm.planes, tiles, outputs, first, last);
            for (int64_t p = 0; p < positions; ++p) {
                loops.add_products(v.planes.data + p * v.planes.plane, v.planes.stride,
                                   dm.planes.data + p * dm.planes.plane, dm.planes.stride, own + p * outputs * inputs,
                                   last - first, inputs, 0, outputs);
            }
        }
    });
    return sums.sum(0);
}

/// dU [16, outputs, inputs], for many channels: each part has some outputs of one position, and all tiles.
at::Tensor products_by_positions(const WinogradLoops &loops, const at::Tensor &x, const at::Tensor &gradient) {
    const auto tiles = tiles_of(x);
    const int64_t inputs = x.size(1), outputs = gradient.size(1);
    const float *in = x.const_data_ptr<float>(), *dy = gradient.const_data_ptr<float>();
    const int64_t row = positions * (inputs + outputs + 32) * int64_t(sizeof(float));
    const int64_t length = std::min(tiles.total(), std::max<int64_t>(128, bytes_at_once / row / 128 * 128));
    const Room v(length, inputs), dm(length, outputs);
    auto products = at::zeros({positions, outputs, inputs}, x.options());
    float *du = products.mutable_data_ptr<float>();
    const int64_t strips = std::min<int64_t>(most_parts / positions, outputs / 16);
    for (int64_t first = 0; first < tiles.total(); first += length) {
        const int64_t count = std::min(length, tiles.total() - first);
        divide(count, 16, [&](int64_t begin, int64_t end) {
            const Planes to_v{v.planes.data + begin * v.planes.stride, v.planes.plane, v.planes.stride};
            const Planes to_dm{dm.planes.data + begin * dm.planes.stride, dm.planes.plane, dm.planes.stride};
            loops.from_images(in, to_v, tiles, inputs, first + begin, first + end);
            loops.from_gradients(dy, to_dm, tiles, outputs, first + begin, first + end);
        });
        parallel(positions * strips, [&](int64_t part) {
            const int64_t p = part / strips, strip = part % strips;
            loops.add_products(v.planes.data + p * v.planes.plane, v.planes.stride,
                               dm.planes.data + p * dm.planes.plane, dm.planes.stride, du + p * outputs * inputs, count,
                               inputs, outputs / 16 * strip / strips * 16, outputs / 16 * (strip + 1) / strips * 16);
        });
    }
    return products;
}

} // namespace

namespace ctorch {

bool winograd_suits(const at::Tensor &x, const at::Tensor &weight) {
    // Transforming the filters takes as long as some hundred tiles gain.
    constexpr int64_t least_tiles = 128;
    return winograd_loops() && weight.size(0) % 16 == 0 && weight.size(1) % 16 == 0 &&
           tiles_of(x).total() >= least_tiles;
}

at::Tensor winograd(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias) {
    const auto &loops = *winograd_loops();
    const int64_t outputs = weight.size(0), inputs = weight.size(1);
    const auto filters = empty_filters(loops, inputs, outputs);
    const float *w = weight.const_data_ptr<float>();
    float *u = filters.mutable_data_ptr<float>();
    divide(outputs, loops.outputs_together,
           [&](int64_t begin, int64_t end) { loops.filters(w, u, inputs, outputs, begin, end); });
    return convolve(loops, x, filters, bias, inputs, outputs);
}

at::Tensor winograd_input_gradient(const at::Tensor &gradient, const at::Tensor &weight) {
    const auto &loops = *winograd_loops();
    const int64_t outputs = weight.size(0), inputs = weight.size(1);
    const auto filters = empty_filters(loops, outputs, inputs);
    const float *w = weight.const_data_ptr<float>();
    float *u = filters.mutable_data_ptr<float>();
    divide(inputs, loops.outputs_together,
           [&](int64_t begin, int64_t end) { loops.turned_filters(w, u, inputs, outputs, begin, end); });
    return convolve(loops, gradient, filters, {}, outputs, inputs);
}

at::Tensor winograd_weight_gradient(const at::Tensor &x, const at::Tensor &gradient) {
    const auto &loops = *winograd_loops();
    const int64_t inputs = x.size(1), outputs = gradient.size(1);
    const auto products = inputs * outputs <= most_products ? products_by_tiles(loops, x, gradient)
                                                            : products_by_positions(loops, x, gradient);
    const float *du = products.const_data_ptr<float>();
    auto result = at::empty({outputs, inputs, 3, 3}, x.options(), channels_last);
    float *dw = result.mutable_data_ptr<float>();
    divide(outputs, 16, [&](int64_t begin, int64_t end) {
        loops.filter_gradients(du, dw, inputs, outputs, begin, end);
    });
    return result;
}

} // namespace ctorch
