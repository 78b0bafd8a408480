// The loops of 3 × 3 convolutions by Winograd's method, on 32-bit floats with channels last.
//
// Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015, https://arxiv.org/abs/1509.09308, section
// 4.1, F(2 × 2, 3 × 3): a tile of 2 × 2 outputs comes from 4 × 4 inputs with 16 multiplications for each pair of
// channels instead of 36. With d the inputs, g the filter, in matrices:
//
//     V = Bᵀ d B,  U = G g Gᵀ,  M = Σ over input channels of U ⊙ V,  y = Aᵀ M A,
//
// and the sums are sixteen products of matrices, [tiles, inputs] · [inputs, outputs]. All four steps are linear, so the
// gradient of the filters goes the same way back: dM = A dy Aᵀ, dU = Σ over tiles of V ⊙ dM, dg = Gᵀ dU G.
// Its numbers are small (1, 1/2), so rounding is no worse than that of the direct sum.
#pragma once

#include <cstdint>

namespace ctorch {

/// Positions in a 4 × 4 tile.
constexpr int64_t positions = 16;

/// Images [count, rows, columns, channels] in tiles of 2 × 2, which hang over the edge where a size is odd.
struct Tiles {
    int64_t count, rows, columns;

    int64_t down() const { return (rows + 1) / 2; }
    int64_t across() const { return (columns + 1) / 2; }
    int64_t total() const { return count * down() * across(); }
};

/// Sixteen matrices, one for each position: row r of matrix p begins at data + p * plane + r * stride.
struct Planes {
    float *data;
    int64_t plane, stride;
};

/// The loops for one set of vector instructions. Channels come in multiples of 16.
struct WinogradLoops {
    /// Tiles that `multiply` takes at once, outputs that it makes at once.
    int64_t rows_together, outputs_together;

    /// U for outputs `begin` ..< `end` of filters [outputs, 3, 3, inputs]: [16, outputs / together, inputs, together].
    ///
    /// `begin` and `end` are multiples of `outputs_together`, or the last `end` is `outputs`; the rest is zeros.
    void (*filters)(const float *w, float *u, int64_t inputs, int64_t outputs, int64_t begin, int64_t end);
    /// The same for the convolution that carries gradients from outputs to inputs, whose filters are turned by 180°:
    /// [16, inputs / together, outputs, together], for inputs `begin` ..< `end`.
    void (*turned_filters)(const float *w, float *u, int64_t inputs, int64_t outputs, int64_t begin, int64_t end);
    /// V of tiles `begin` ..< `end`, of which the first is row 0 of `v`.
    void (*from_images)(const float *x, Planes v, Tiles, int64_t channels, int64_t begin, int64_t end);
    /// M = V · U for `rows` tiles, rounded up to `rows_together`.
    void (*multiply)(Planes v, const float *u, Planes m, int64_t rows, int64_t inputs, int64_t outputs);
    /// y = Aᵀ M A + bias for tiles `begin` ..< `end`; `bias` may be null.
    void (*to_images)(Planes m, const float *bias, float *y, Tiles, int64_t channels, int64_t begin, int64_t end);
    /// dM of tiles `begin` ..< `end` of the gradient `dy`.
    void (*from_gradients)(const float *dy, Planes dm, Tiles, int64_t channels, int64_t begin, int64_t end);
    /// Adds dMᵀ · V to dU [outputs, inputs] of one position, for outputs `begin` ..< `end`, multiples of 16.
    void (*add_products)(const float *v, int64_t v_stride, const float *dm, int64_t dm_stride, float *du, int64_t rows,
                         int64_t inputs, int64_t begin, int64_t end);
    /// dg [outputs, 3, 3, inputs] of dU [16, outputs, inputs], for outputs `begin` ..< `end`.
    void (*filter_gradients)(const float *du, float *dw, int64_t inputs, int64_t outputs, int64_t begin, int64_t end);
};

/// The loops for this processor; null if it has no vectors wide enough to be worth it.
const WinogradLoops *winograd_loops();

} // namespace ctorch
