// Included by norm_kernels.cpp, once for each set of vector instructions; see vectors.h.
//
// Eight rows are worked on side by side: what belongs to a channel is then fetched once for eight pixels, and memory is
// read in eight runs from front to back, which the processor foresees.

/// Rows side by side.
constexpr int64_t together = 8;
/// Rows that are added up in 32 bits before they go into the 64-bit sum.
constexpr int64_t rows_of_a_sum = 64;

template <int width> using Vector = float __attribute__((ext_vector_type(width)));

template <typename V> INLINED V load(const float *from) {
    V result;
    __builtin_memcpy(&result, from, sizeof(V));
    return result;
}

template <typename V> INLINED void store(float *to, V value) { __builtin_memcpy(to, &value, sizeof(V)); }

/// Calls `body` with a type of vector, how many of them, and the channel where they begin, until all channels are done.
template <typename Body> INLINED void for_channels(int64_t channels, Body body) {
    int64_t c = 0;
    for (; c + 32 <= channels; c += 32) body.template operator()<Vector<16>, 2>(c);
    if (c + 16 <= channels) body.template operator()<Vector<16>, 1>(c), c += 16;
    if (c + 8 <= channels) body.template operator()<Vector<8>, 1>(c), c += 8;
    for (; c < channels; ++c) body.template operator()<Vector<1>, 1>(c);
}

// Both let NaN through, as PyTorch does, so that a loss that is no number is seen.

template <Activation activation, typename V> INLINED V activated(V z) {
    if constexpr (activation == Activation::none) return z;
    z = z < V(0) ? V(0) : z;
    if constexpr (activation == Activation::relu6) z = z > V(6) ? V(6) : z;
    return z;
}

template <Activation activation, typename V> INLINED V masked(V gradient, V z) {
    if constexpr (activation == Activation::none) return gradient;
    if constexpr (activation == Activation::relu6) gradient = z >= V(6) ? V(0) : gradient;
    return z <= V(0) ? V(0) : gradient;
}

static void moments(const float *x, const float *shift, Rows rows, double *sum, double *squares) {
    const int64_t channels = rows.channels;
    std::vector<float> sums(2 * channels);
    float *s = sums.data(), *q = s + channels;
    for (int64_t first = rows.begin; first < rows.end; first += rows_of_a_sum) {
        const int64_t last = std::min(first + rows_of_a_sum, rows.end);
        std::fill(sums.begin(), sums.end(), 0.0f);
        for (int64_t row = first; row < last; row += together) {
            const int64_t count = std::min(together, last - row);
            for_channels(channels, [&]<typename V, int n>(int64_t c) INLINED_LAMBDA {
                V a[n], b[n], k[n];
                for (int i = 0; i < n; ++i) {
                    const int64_t at = c + i * int64_t(sizeof(V) / 4);
                    a[i] = load<V>(s + at), b[i] = load<V>(q + at), k[i] = load<V>(shift + at);
                }
                for (int64_t r = 0; r < count; ++r) {
                    for (int i = 0; i < n; ++i) {
                        const V d = load<V>(x + (row + r) * channels + c + i * int64_t(sizeof(V) / 4)) - k[i];
                        a[i] += d;
                        b[i] += d * d;
                    }
                }
                for (int i = 0; i < n; ++i) {
                    const int64_t at = c + i * int64_t(sizeof(V) / 4);
                    store(s + at, a[i]), store(q + at, b[i]);
                }
            });
        }
        for (int64_t c = 0; c < channels; ++c) sum[c] += s[c], squares[c] += q[c];
    }
}

template <Activation activation, bool adds, bool streams>
static void normalise_as(const float *x, const float *residual, float *y, Scaling scaling, Rows rows) {
    const int64_t channels = rows.channels;
    for (int64_t row = rows.begin; row < rows.end; row += together) {
        const int64_t count = std::min(together, rows.end - row);
        for_channels(channels, [&]<typename V, int n>(int64_t c) INLINED_LAMBDA {
            V mean[n], scale[n], bias[n];
            for (int i = 0; i < n; ++i) {
                const int64_t at = c + i * int64_t(sizeof(V) / 4);
                mean[i] = load<V>(scaling.mean + at), scale[i] = load<V>(scaling.scale + at);
                bias[i] = load<V>(scaling.bias + at);
            }
            for (int64_t r = 0; r < count; ++r) {
                for (int i = 0; i < n; ++i) {
                    const int64_t at = (row + r) * channels + c + i * int64_t(sizeof(V) / 4);
                    V z = (load<V>(x + at) - mean[i]) * scale[i] + bias[i];
                    if constexpr (adds) z += load<V>(residual + at);
                    z = activated<activation>(z);
                    if constexpr (streams) __builtin_nontemporal_store(z, reinterpret_cast<V *>(y + at));
                    else store(y + at, z);
                }
            }
        });
    }
}

template <bool adds, bool streams>
static void normalise_by(const float *x, const float *residual, float *y, Scaling scaling, Activation activation,
                         Rows rows) {
    switch (activation) {
    case Activation::none: return normalise_as<Activation::none, adds, streams>(x, residual, y, scaling, rows);
    case Activation::relu: return normalise_as<Activation::relu, adds, streams>(x, residual, y, scaling, rows);
    case Activation::relu6: return normalise_as<Activation::relu6, adds, streams>(x, residual, y, scaling, rows);
    }
}

static void normalise(const float *x, const float *residual, float *y, Scaling scaling, Activation activation,
                      Rows rows, bool streaming) {
    // Past the cache go only whole vectors at their natural places.
    if (streaming && rows.channels % 16 == 0 && reinterpret_cast<uintptr_t>(y) % 64 == 0) {
        if (residual) normalise_by<true, true>(x, residual, y, scaling, activation, rows);
        else normalise_by<false, true>(x, residual, y, scaling, activation, rows);
        std::atomic_thread_fence(std::memory_order_seq_cst);
    } else {
        if (residual) normalise_by<true, false>(x, residual, y, scaling, activation, rows);
        else normalise_by<false, false>(x, residual, y, scaling, activation, rows);
    }
}

template <Activation activation, bool has_y, bool keeps_g>
static void reduce_as(const float *gradient, const float *x, const float *y, float *kept, Scaling scaling, Rows rows,
                      double *sum, double *products) {
    const int64_t channels = rows.channels;
    std::vector<float> sums(2 * channels);
    float *s = sums.data(), *p = s + channels;
    for (int64_t first = rows.begin; first < rows.end; first += rows_of_a_sum) {
        const int64_t last = std::min(first + rows_of_a_sum, rows.end);
        std::fill(sums.begin(), sums.end(), 0.0f);
        for (int64_t row = first; row < last; row += together) {
            const int64_t count = std::min(together, last - row);
            for_channels(channels, [&]<typename V, int n>(int64_t c) INLINED_LAMBDA {
                V a[n], b[n], mean[n], scale[n], bias[n];
                for (int i = 0; i < n; ++i) {
                    const int64_t at = c + i * int64_t(sizeof(V) / 4);
                    a[i] = load<V>(s + at), b[i] = load<V>(p + at);
                    mean[i] = load<V>(scaling.mean + at), scale[i] = load<V>(scaling.scale + at);
                    bias[i] = load<V>(scaling.bias + at);
                }
                for (int64_t r = 0; r < count; ++r) {
                    for (int i = 0; i < n; ++i) {
                        const int64_t at = (row + r) * channels + c + i * int64_t(sizeof(V) / 4);
                        const V d = load<V>(x + at) - mean[i];
                        const V z = has_y ? load<V>(y + at) : d * scale[i] + bias[i];
                        const V g = masked<activation>(load<V>(gradient + at), z);
                        if constexpr (keeps_g) store(kept + at, g);
                        a[i] += g;
                        b[i] += g * d;
                    }
                }
                for (int i = 0; i < n; ++i) {
                    const int64_t at = c + i * int64_t(sizeof(V) / 4);
                    store(s + at, a[i]), store(p + at, b[i]);
                }
            });
        }
        for (int64_t c = 0; c < channels; ++c) sum[c] += s[c], products[c] += p[c];
    }
}

template <Activation activation>
static void reduce_by(const float *gradient, const float *x, const float *y, float *g, Scaling scaling, Rows rows,
                      double *sum, double *products) {
    if constexpr (activation == Activation::none) {
        reduce_as<activation, false, false>(gradient, x, y, g, scaling, rows, sum, products);
    } else if (y && g) {
        reduce_as<activation, true, true>(gradient, x, y, g, scaling, rows, sum, products);
    } else if (y) {
        reduce_as<activation, true, false>(gradient, x, y, g, scaling, rows, sum, products);
    } else {
        reduce_as<activation, false, false>(gradient, x, y, g, scaling, rows, sum, products);
    }
}

static void reduce(const float *gradient, const float *x, const float *y, float *g, Scaling scaling,
                   Activation activation, Rows rows, double *sum, double *products) {
    switch (activation) {
    case Activation::none: return reduce_by<Activation::none>(gradient, x, y, g, scaling, rows, sum, products);
    case Activation::relu: return reduce_by<Activation::relu>(gradient, x, y, g, scaling, rows, sum, products);
    case Activation::relu6: return reduce_by<Activation::relu6>(gradient, x, y, g, scaling, rows, sum, products);
    }
}

template <Activation activation, bool is_fixed>
static void input_gradient_as(const float *gradient, const float *x, float *out, Scaling scaling, const float *mean_g,
                              const float *slope, Rows rows) {
    const int64_t channels = rows.channels;
    for (int64_t row = rows.begin; row < rows.end; row += together) {
        const int64_t count = std::min(together, rows.end - row);
        for_channels(channels, [&]<typename V, int n>(int64_t c) INLINED_LAMBDA {
            V mean[n], scale[n], bias[n], m[n], k[n];
            for (int i = 0; i < n; ++i) {
                const int64_t at = c + i * int64_t(sizeof(V) / 4);
                mean[i] = load<V>(scaling.mean + at), scale[i] = load<V>(scaling.scale + at);
                bias[i] = load<V>(scaling.bias + at);
                if constexpr (!is_fixed) m[i] = load<V>(mean_g + at), k[i] = load<V>(slope + at);
            }
            for (int64_t r = 0; r < count; ++r) {
                for (int i = 0; i < n; ++i) {
                    const int64_t at = (row + r) * channels + c + i * int64_t(sizeof(V) / 4);
                    V g = load<V>(gradient + at);
                    if constexpr (activation != Activation::none || !is_fixed) {
                        const V d = load<V>(x + at) - mean[i];
                        g = masked<activation>(g, d * scale[i] + bias[i]);
                        if constexpr (!is_fixed) g = g - m[i] - d * k[i];
                    }
                    store(out + at, g * scale[i]);
                }
            }
        });
    }
}

template <bool is_fixed>
static void input_gradient_by(const float *gradient, const float *x, float *out, Scaling scaling, const float *mean_g,
                              const float *slope, Activation activation, Rows rows) {
    switch (activation) {
    case Activation::none:
        return input_gradient_as<Activation::none, is_fixed>(gradient, x, out, scaling, mean_g, slope, rows);
    case Activation::relu:
        return input_gradient_as<Activation::relu, is_fixed>(gradient, x, out, scaling, mean_g, slope, rows);
    case Activation::relu6:
        return input_gradient_as<Activation::relu6, is_fixed>(gradient, x, out, scaling, mean_g, slope, rows);
    }
}

static void input_gradient(const float *gradient, const float *x, float *out, Scaling scaling, const float *mean_g,
                           const float *slope, Activation activation, Rows rows) {
    if (mean_g) input_gradient_by<false>(gradient, x, out, scaling, mean_g, slope, activation, rows);
    else input_gradient_by<true>(gradient, x, out, scaling, mean_g, slope, activation, rows);
}

static constexpr NormLoops loops{moments, normalise, reduce, input_gradient};
