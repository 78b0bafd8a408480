// Included by winograd_kernels.cpp, once for each set of vector instructions; see vectors.h.
//
// `width`: floats in a vector. `rows_at_once` × 2 vectors are the sums that `multiply` holds in registers.

typedef float V __attribute__((ext_vector_type(width)));

INLINED V load(const float *from) {
    V result;
    __builtin_memcpy(&result, from, sizeof(V));
    return result;
}

INLINED void store(float *to, V value) { __builtin_memcpy(to, &value, sizeof(V)); }

// One row or column through Bᵀ, Aᵀ, A, G and Gᵀ.

INLINED void by_b(V *d, int step) {
    const V a = d[0], b = d[step], c = d[2 * step], e = d[3 * step];
    d[0] = a - c, d[step] = b + c, d[2 * step] = c - b, d[3 * step] = b - e;
}

INLINED void by_a_transposed(const V *m, int step, V *y, int to) {
    y[0] = m[0] + m[step] + m[2 * step];
    y[to] = m[step] - m[2 * step] - m[3 * step];
}

INLINED void by_a(const V *y, int step, V *m, int to) {
    const V a = y[0], b = y[step];
    m[0] = a, m[to] = a + b, m[2 * to] = a - b, m[3 * to] = -b;
}

INLINED void by_g(const V *g, int step, V *u, int to) {
    const V ends = g[0] + g[2 * step];
    u[0] = g[0], u[to] = (ends + g[step]) * V(0.5f), u[2 * to] = (ends - g[step]) * V(0.5f), u[3 * to] = g[2 * step];
}

INLINED void by_g_transposed(const V *u, int step, V *g, int to) {
    const V even = (u[step] + u[2 * step]) * V(0.5f);
    g[0] = u[0] + even, g[to] = (u[step] - u[2 * step]) * V(0.5f), g[2 * to] = even + u[3 * step];
}

/// U = G g Gᵀ of the filters of `width` inputs.
INLINED void transform_filter(const float *w, int64_t inputs, bool is_turned, V *u) {
    V g[9], half[12];
    for (int i = 0; i < 9; ++i) g[i] = load(w + (is_turned ? 8 - i : i) * inputs);
    for (int j = 0; j < 3; ++j) by_g(g + j, 3, half + j, 3);
    for (int i = 0; i < 4; ++i) by_g(half + 3 * i, 1, u + 4 * i, 1);
}

static void filters(const float *w, float *u, int64_t inputs, int64_t outputs, int64_t begin, int64_t end) {
    const int64_t panels = (outputs + outputs_at_once - 1) / outputs_at_once;
    for (int64_t panel = begin / outputs_at_once; panel * outputs_at_once < end; ++panel) {
        for (int64_t c = 0; c < inputs; c += width) {
            for (int64_t i = 0; i < outputs_at_once; ++i) {
                const int64_t k = panel * outputs_at_once + i;
                V all[positions];
                if (k < outputs) transform_filter(w + k * 9 * inputs + c, inputs, false, all);
                else for (auto &one : all) one = V(0);
                for (int64_t p = 0; p < positions; ++p) {
                    float *to = u + ((p * panels + panel) * inputs + c) * outputs_at_once + i;
                    for (int lane = 0; lane < width; ++lane) to[lane * outputs_at_once] = all[p][lane];
                }
            }
        }
    }
}

static void turned_filters(const float *w, float *u, int64_t inputs, int64_t outputs, int64_t begin, int64_t end) {
    const int64_t panels = (inputs + outputs_at_once - 1) / outputs_at_once;
    for (int64_t panel = begin / outputs_at_once; panel * outputs_at_once < end; ++panel) {
        for (int64_t k = 0; k < outputs; ++k) {
            for (int64_t i = 0; i < outputs_at_once; i += width) {
                const int64_t c = panel * outputs_at_once + i;
                V all[positions];
                if (c < inputs) transform_filter(w + k * 9 * inputs + c, inputs, true, all);
                else for (auto &one : all) one = V(0);
                for (int64_t p = 0; p < positions; ++p) {
                    store(u + ((p * panels + panel) * outputs + k) * outputs_at_once + i, all[p]);
                }
            }
        }
    }
}

/// Where a tile is: the image, and its place in it.
struct Place {
    int64_t image, down, across;

    INLINED_MEMBER Place(Tiles tiles, int64_t index)
        : image(index / (tiles.down() * tiles.across())), down(index / tiles.across() % tiles.down()),
          across(index % tiles.across()) {}

    INLINED_MEMBER void advance(Tiles tiles) {
        if (++across < tiles.across()) return;
        across = 0;
        if (++down < tiles.down()) return;
        down = 0;
        ++image;
    }

    /// Which pixel of all images (`row`, `column`) of this one is; -1 if it is outside.
    INLINED_MEMBER int64_t pixel(Tiles tiles, int64_t row, int64_t column) const {
        const bool is_inside = 0 <= row && row < tiles.rows && 0 <= column && column < tiles.columns;
        return is_inside ? (image * tiles.rows + row) * tiles.columns + column : -1;
    }
};

static void from_images(const float *x, Planes v, Tiles tiles, int64_t channels, int64_t begin, int64_t end) {
    const std::vector<float> zeros(channels);
    Place place(tiles, begin);
    for (int64_t tile = begin; tile < end; ++tile, place.advance(tiles)) {
        const float *from[positions];
        for (int64_t i = 0; i < positions; ++i) {
            const int64_t at = place.pixel(tiles, 2 * place.down - 1 + i / 4, 2 * place.across - 1 + i % 4);
            from[i] = at >= 0 ? x + at * channels : zeros.data();
        }
        float *to = v.data + (tile - begin) * v.stride;
        for (int64_t c = 0; c < channels; c += width) {
            V d[positions];
            for (int i = 0; i < positions; ++i) d[i] = load(from[i] + c);
            for (int j = 0; j < 4; ++j) by_b(d + j, 4);
            for (int i = 0; i < 4; ++i) by_b(d + 4 * i, 1);
            for (int i = 0; i < positions; ++i) store(to + i * v.plane + c, d[i]);
        }
    }
}

static void to_images(Planes m, const float *bias, float *y, Tiles tiles, int64_t channels, int64_t begin,
                      int64_t end) {
    std::vector<float> unwanted(channels);
    const std::vector<float> zeros(bias ? 0 : channels);
    const float *added = bias ? bias : zeros.data();
    Place place(tiles, begin);
    for (int64_t tile = begin; tile < end; ++tile, place.advance(tiles)) {
        float *to[4];
        for (int64_t i = 0; i < 4; ++i) {
            const int64_t at = place.pixel(tiles, 2 * place.down + i / 2, 2 * place.across + i % 2);
            to[i] = at >= 0 ? y + at * channels : unwanted.data();
        }
        const float *from = m.data + (tile - begin) * m.stride;
        for (int64_t c = 0; c < channels; c += width) {
            V all[positions], half[8], out[4];
            for (int i = 0; i < positions; ++i) all[i] = load(from + i * m.plane + c);
            for (int j = 0; j < 4; ++j) by_a_transposed(all + j, 4, half + j, 4);
            for (int i = 0; i < 2; ++i) by_a_transposed(half + 4 * i, 1, out + 2 * i, 1);
            const V shift = load(added + c);
            for (int i = 0; i < 4; ++i) store(to[i] + c, out[i] + shift);
        }
    }
}

static void from_gradients(const float *dy, Planes dm, Tiles tiles, int64_t channels, int64_t begin, int64_t end) {
    const std::vector<float> zeros(channels);
    Place place(tiles, begin);
    for (int64_t tile = begin; tile < end; ++tile, place.advance(tiles)) {
        const float *from[4];
        for (int64_t i = 0; i < 4; ++i) {
            const int64_t at = place.pixel(tiles, 2 * place.down + i / 2, 2 * place.across + i % 2);
            from[i] = at >= 0 ? dy + at * channels : zeros.data();
        }
        float *to = dm.data + (tile - begin) * dm.stride;
        for (int64_t c = 0; c < channels; c += width) {
            V in[4], half[8], all[positions];
            for (int i = 0; i < 4; ++i) in[i] = load(from[i] + c);
            for (int j = 0; j < 2; ++j) by_a(in + j, 2, half + j, 2);
            for (int i = 0; i < 4; ++i) by_a(half + 2 * i, 1, all + 4 * i, 1);
            for (int i = 0; i < positions; ++i) store(to + i * dm.plane + c, all[i]);
        }
    }
}

static void multiply(Planes v, const float *u, Planes m, int64_t rows, int64_t inputs, int64_t outputs) {
    const int64_t panels = (outputs + outputs_at_once - 1) / outputs_at_once;
    for (int64_t p = 0; p < positions; ++p) {
        for (int64_t panel = 0; panel < panels; ++panel) {
            const float *factors = u + (p * panels + panel) * inputs * outputs_at_once;
            for (int64_t row = 0; row < rows; row += rows_at_once) {
                const float *in = v.data + p * v.plane + row * v.stride;
                V sums[rows_at_once][2];
                for (auto &pair : sums) pair[0] = V(0), pair[1] = V(0);
                for (int64_t c = 0; c < inputs; ++c) {
                    const V left = load(factors + c * outputs_at_once);
                    const V right = load(factors + c * outputs_at_once + width);
                    for (int r = 0; r < rows_at_once; ++r) {
                        const V factor = V(in[r * v.stride + c]);
                        sums[r][0] += factor * left;
                        sums[r][1] += factor * right;
                    }
                }
                float *out = m.data + p * m.plane + row * m.stride + panel * outputs_at_once;
                for (int r = 0; r < rows_at_once; ++r) {
                    store(out + r * m.stride, sums[r][0]);
                    store(out + r * m.stride + width, sums[r][1]);
                }
            }
        }
    }
}

/// Adds the products for `outputs_here` outputs from `k` and `vectors` vectors of inputs from `c`.
template <int outputs_here, int vectors>
INLINED void add_product(const float *v, int64_t v_stride, const float *dm, int64_t dm_stride, float *du, int64_t rows,
                         int64_t inputs) {
    V sums[outputs_here][vectors];
    for (auto &some : sums) for (auto &sum : some) sum = V(0);
    for (int64_t row = 0; row < rows; ++row) {
        V in[vectors];
        for (int i = 0; i < vectors; ++i) in[i] = load(v + row * v_stride + i * width);
        for (int r = 0; r < outputs_here; ++r) {
            const V factor = V(dm[row * dm_stride + r]);
            for (int i = 0; i < vectors; ++i) sums[r][i] += factor * in[i];
        }
    }
    for (int r = 0; r < outputs_here; ++r) {
        for (int i = 0; i < vectors; ++i) {
            float *to = du + r * inputs + i * width;
            store(to, load(to) + sums[r][i]);
        }
    }
}

static void add_products(const float *v, int64_t v_stride, const float *dm, int64_t dm_stride, float *du, int64_t rows,
                         int64_t inputs, int64_t begin, int64_t end) {
    // So many that their part of both matrices stays in the nearest cache.
    constexpr int64_t most_rows = 128;
    for (int64_t first = 0; first < rows; first += most_rows) {
        const int64_t some = std::min(most_rows, rows - first);
        const float *left = v + first * v_stride, *right = dm + first * dm_stride;
        for (int64_t k = begin; k < end; k += products_at_once) {
            constexpr int n = products_at_once;
            float *to = du + k * inputs;
            int64_t c = 0;
            for (; c + 2 * width <= inputs; c += 2 * width) {
                add_product<n, 2>(left + c, v_stride, right + k, dm_stride, to + c, some, inputs);
            }
            for (; c < inputs; c += width) {
                add_product<n, 1>(left + c, v_stride, right + k, dm_stride, to + c, some, inputs);
            }
        }
    }
}

static void filter_gradients(const float *du, float *dw, int64_t inputs, int64_t outputs, int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
        for (int64_t c = 0; c < inputs; c += width) {
            V u[positions], half[12], g[9];
            for (int64_t p = 0; p < positions; ++p) u[p] = load(du + (p * outputs + k) * inputs + c);
            for (int j = 0; j < 4; ++j) by_g_transposed(u + j, 4, half + j, 4);
            for (int i = 0; i < 3; ++i) by_g_transposed(half + 4 * i, 1, g + 3 * i, 1);
            for (int i = 0; i < 9; ++i) store(dw + (k * 9 + i) * inputs + c, g[i]);
        }
    }
}

static constexpr WinogradLoops loops{rows_at_once, outputs_at_once, filters,        turned_filters, from_images,
                                     multiply,     to_images,       from_gradients, add_products,   filter_gradients};
