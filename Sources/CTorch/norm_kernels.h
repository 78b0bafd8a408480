// The loops over memory of batch normalisation, on tensors [rows, channels] of 32-bit floats: images with their
// channels last, of which every pixel is a row.
#pragma once

#include <cstdint>

namespace ctorch {

/// What follows a batch norm; the numbers are Swift's (`Activation`).
enum class Activation : int { none, relu, relu6 };

/// Some of the rows of a tensor.
struct Rows {
    int64_t begin, end, channels;
};

/// z = (x - mean) · scale + bias, channel by channel.
struct Scaling {
    const float *mean, *scale, *bias;
};

/// The loops for one set of vector instructions.
struct NormLoops {
    /// Adds Σ (x - shift) and Σ (x - shift)² to `sum` and `squares`.
    void (*moments)(const float *x, const float *shift, Rows, double *sum, double *squares);
    /// y = activation(z + residual), where `residual` may be null. `streaming`: y is too large to be worth caching.
    void (*normalise)(const float *x, const float *residual, float *y, Scaling, Activation, Rows, bool streaming);
    /// With g = the gradient of z + residual, adds Σ g and Σ g · (x - mean) to `sum` and `products`.
    ///
    /// The activation's slope is found from y where it is given, from x where it is null. g is kept where `g` is not
    /// null.
    void (*reduce)(const float *gradient, const float *x, const float *y, float *g, Scaling, Activation, Rows,
                   double *sum, double *products);
    /// The gradient of x, scale · (g - mean_g - (x - mean) · slope), into `out`, which may be where the gradient is.
    ///
    /// `mean_g` and `slope` are null where the mean and the scale do not depend on x.
    void (*input_gradient)(const float *gradient, const float *x, float *out, Scaling, const float *mean_g,
                           const float *slope, Activation, Rows);
};

/// The loops for this processor.
const NormLoops &norm_loops();

} // namespace ctorch
