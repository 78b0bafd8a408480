// Batch normalisation together with what follows it: a sum, an activation.
//
// Ioffe and Szegedy, "Batch Normalization", 2015, https://arxiv.org/abs/1502.03167. In training a network spends much
// of its time in fetching activations from memory: a norm, a sum and a relu after one another read and write each of
// them several times, forwards and backwards. Together they need two passes forwards (what is the mean, the variance?
// normalise) and two backwards (what are the sums of the gradient? the gradient of the input), and the relu's slope is
// found again from the norm's input. Sums are made of fixed parts of the images, in 64 bits, added in order: the
// results do not depend on the number of threads.
//
// This is for 32-bit floats in main memory with channels last; anything else goes to libtorch's own operations.
#include "guard.h"
#include "norm_kernels.h"
#include "parallel.h"

#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

using namespace ctorch;

namespace {

constexpr auto channels_last = at::MemoryFormat::ChannelsLast;
/// Numbers in the least part that is worth a thread's while.
constexpr int64_t least_part = 65'536;
/// From this many numbers on, an output is out of the cache before it is read.
constexpr int64_t uncached = 4'000'000;

/// The rows of `x` [N, C, H, W], which are its pixels, in parts.
struct Parts {
    explicit Parts(const at::Tensor &x)
        : channels(x.size(1)), rows(x.numel() / std::max<int64_t>(1, channels)), count(parts_of(x.numel(), least_part)),
          // A multiple of 64: no part ends within a run of rows that are added up together.
          length((rows + 64 * count - 1) / (64 * count) * 64) {}

    int64_t channels, rows, count, length;

    void each(c10::function_ref<void(int64_t, Rows)> body) const {
        parallel(count, [&](int64_t part) {
            const int64_t begin = std::min(rows, part * length);
            body(part, {begin, std::min(rows, begin + length), channels});
        });
    }

    /// What each part adds to two sums for every channel, added up in order: [2, channels].
    std::vector<double> sums(c10::function_ref<void(Rows, double *, double *)> body) const {
        std::vector<double> all(2 * count * channels);
        each([&](int64_t part, Rows some) {
            double *own = all.data() + 2 * part * channels;
            body(some, own, own + channels);
        });
        for (int64_t part = 1; part < count; ++part) {
            for (int64_t i = 0; i < 2 * channels; ++i) all[i] += all[2 * part * channels + i];
        }
        all.resize(2 * channels);
        return all;
    }
};

/// What the way back needs, each [channels].
struct Statistics {
    at::Tensor mean, inverse_deviation, scale;
};

Scaling scaling(const Statistics &statistics, const at::Tensor &bias) {
    return {statistics.mean.const_data_ptr<float>(), statistics.scale.const_data_ptr<float>(),
            bias.const_data_ptr<float>()};
}

struct Settings {
    bool is_training;
    double momentum, epsilon;
    Activation activation;
};

/// The batch's mean and variance, which also move the running ones; or the running ones.
Statistics statistics(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &running_mean,
                      const at::Tensor &running_variance, const Settings &settings) {
    const Parts parts(x);
    Statistics result{at::empty_like(running_mean), at::empty_like(running_mean), at::empty_like(running_mean)};
    float *mean = result.mean.mutable_data_ptr<float>();
    float *inverse = result.inverse_deviation.mutable_data_ptr<float>();
    float *scale = result.scale.mutable_data_ptr<float>();
    const float *gamma = weight.const_data_ptr<float>();
    float *running[] = {running_mean.mutable_data_ptr<float>(), running_variance.mutable_data_ptr<float>()};
    std::vector<double> sums;
    if (settings.is_training) {
        // Sums of the distance from the first pixel: squares then stay small where a mean is large.
        const float *data = x.const_data_ptr<float>();
        sums = parts.sums([&](Rows rows, double *sum, double *squares) {
            norm_loops().moments(data, data, rows, sum, squares);
        });
    }
    for (int64_t c = 0; c < parts.channels; ++c) {
        double center = running[0][c], variance = running[1][c];
        if (settings.is_training) {
            const double count = static_cast<double>(parts.rows);
            const double shift = sums[c] / count;
            center = x.const_data_ptr<float>()[c] + shift;
            const double total = std::max(0.0, sums[parts.channels + c] - sums[c] * shift);
            variance = std::isnan(sums[c]) ? sums[c] : total / count;
            const double unbiased = variance * count / (count - 1);
            running[0][c] = static_cast<float>((1 - settings.momentum) * running[0][c] + settings.momentum * center);
            running[1][c] = static_cast<float>((1 - settings.momentum) * running[1][c] + settings.momentum * unbiased);
        }
        const double deviation = std::sqrt(variance + settings.epsilon);
        mean[c] = static_cast<float>(center);
        inverse[c] = static_cast<float>(1 / deviation);
        scale[c] = static_cast<float>(gamma[c] / deviation);
    }
    return result;
}

at::Tensor normalised(const at::Tensor &x, const std::optional<at::Tensor> &residual, const at::Tensor &bias,
                      const Statistics &from, Activation activation) {
    auto y = at::empty_like(x);
    const float *in = x.const_data_ptr<float>();
    const float *added = residual ? residual->const_data_ptr<float>() : nullptr;
    float *out = y.mutable_data_ptr<float>();
    const auto coefficients = scaling(from, bias);
    const bool streaming = x.numel() >= uncached;
    Parts(x).each([&](int64_t, Rows rows) {
        norm_loops().normalise(in, added, out, coefficients, activation, rows, streaming);
    });
    return y;
}

/// Whether nobody else can see the memory of `x`, so that it may become something else.
bool is_alone(const at::Tensor &x) { return x.use_count() == 1 && x.storage().use_count() == 1; }

/// activation(batchNorm(x) + residual), and the way back.
struct FusedNorm : torch::autograd::Function<FusedNorm> {
    using Context = torch::autograd::AutogradContext;
    using Tensors = torch::autograd::variable_list;

    static at::Tensor forward(Context *context, const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias,
                              const at::Tensor &running_mean, const at::Tensor &running_variance,
                              const std::optional<at::Tensor> &residual, Settings settings) {
        const auto found = statistics(x, weight, running_mean, running_variance, settings);
        auto y = normalised(x, residual, bias, found, settings.activation);
        // With a sum in between, the activation's slope cannot be found from x alone.
        const bool needs_y = residual && settings.activation != Activation::none;
        context->save_for_backward(
            {x, bias, found.mean, found.inverse_deviation, found.scale, needs_y ? y : at::Tensor()});
        context->saved_data["is_training"] = settings.is_training;
        context->saved_data["has_residual"] = residual.has_value();
        context->saved_data["activation"] = static_cast<int64_t>(settings.activation);
        return y;
    }

    static Tensors backward(Context *context, Tensors &gradients) {
        const auto saved = context->get_saved_variables();
        const auto &x = saved[0], &bias = saved[1], &y = saved[5];
        const Statistics from{saved[2], saved[3], saved[4]};
        const bool is_training = context->saved_data["is_training"].toBool();
        auto activation = static_cast<Activation>(context->saved_data["activation"].toInt());
        const bool needs_x = context->needs_input_grad(0);
        const bool needs_residual = context->saved_data["has_residual"].toBool() && context->needs_input_grad(5);
        const bool needs_parameters = context->needs_input_grad(1) || context->needs_input_grad(2);

        auto gradient = std::move(gradients[0]);
        gradient = gradient.contiguous(channels_last);
        const Parts parts(x);
        const auto coefficients = scaling(from, bias);
        const float *in = x.const_data_ptr<float>();
        const float *out = y.defined() ? y.const_data_ptr<float>() : nullptr;

        // The gradient of what went into the activation, if that is more than a step on the way: the residual's.
        at::Tensor kept = y.defined() ? at::empty_like(x) : at::Tensor();
        std::vector<double> sums;
        if (needs_parameters || is_training || kept.defined()) {
            const float *upstream = gradient.const_data_ptr<float>();
            float *g = kept.defined() ? kept.mutable_data_ptr<float>() : nullptr;
            sums = parts.sums([&](Rows rows, double *sum, double *products) {
                norm_loops().reduce(upstream, in, out, g, coefficients, activation, rows, sum, products);
            });
        }
        if (kept.defined()) {
            gradient = kept;
            activation = Activation::none;
        }

        Tensors result(7);
        if (needs_parameters) {
            result[1] = at::empty_like(bias);
            result[2] = at::empty_like(bias);
            float *weights = result[1].mutable_data_ptr<float>(), *biases = result[2].mutable_data_ptr<float>();
            const float *inverse = from.inverse_deviation.const_data_ptr<float>();
            for (int64_t c = 0; c < parts.channels; ++c) {
                weights[c] = static_cast<float>(sums[parts.channels + c] * inverse[c]);
                biases[c] = static_cast<float>(sums[c]);
            }
        }
        if (needs_residual) result[5] = gradient;
        if (needs_x) {
            std::vector<float> means, slopes;
            if (is_training) {
                const float *inverse = from.inverse_deviation.const_data_ptr<float>();
                const double count = static_cast<double>(parts.rows);
                for (int64_t c = 0; c < parts.channels; ++c) {
                    means.push_back(static_cast<float>(sums[c] / count));
                    const double square = static_cast<double>(inverse[c]) * inverse[c];
                    slopes.push_back(static_cast<float>(sums[parts.channels + c] * square / count));
                }
            }
            kept.reset();
            auto target = is_alone(gradient) ? gradient : at::empty_like(x);
            const float *upstream = gradient.const_data_ptr<float>();
            float *to = target.mutable_data_ptr<float>();
            parts.each([&](int64_t, Rows rows) {
                norm_loops().input_gradient(upstream, in, to, coefficients, is_training ? means.data() : nullptr,
                                            is_training ? slopes.data() : nullptr, activation, rows);
            });
            result[0] = std::move(target);
        }
        return result;
    }
};

bool is_plain(const at::Tensor &x) { return x.device().is_cpu() && x.scalar_type() == at::kFloat; }

/// Whether the loops here can read it.
bool is_readable(const at::Tensor &x) {
    return is_plain(x) && x.dim() == 4 && x.numel() > 0 && x.is_contiguous(channels_last);
}

at::Tensor by_libtorch(const at::Tensor &x, const CTTensor parts[4], CTTensor residual, const Settings &settings) {
    auto y = at::batch_norm(x, get(parts[0]), get(parts[1]), get(parts[2]), get(parts[3]), settings.is_training,
                            settings.momentum, settings.epsilon, /*cudnn_enabled=*/true);
    // In place: the way back of the norm does not need what it gave.
    if (residual) y.add_(get(residual));
    switch (settings.activation) {
    case Activation::none: return y;
    case Activation::relu: return y.relu_();
    case Activation::relu6: return at::hardtanh_(y, 0, 6);
    }
    return y;
}

} // namespace

int ct_batch_norm(CTTensor *out, CTTensor x, const CTTensor parts[4], CTTensor residual, int32_t activation,
                  int training, double momentum, double epsilon) {
    return guarded([&] {
        const Settings settings{training != 0, momentum, epsilon, static_cast<Activation>(activation)};
        // Its unbiased variance would be 0 / 0, and the running variance lost for good.
        TORCH_CHECK(!training || get(x).numel() > get(x).size(1),
                    "in training, a batch norm needs more than one number of each channel: use a larger batch");
        bool is_ours = is_readable(get(x));
        if (residual) is_ours = is_ours && is_readable(get(residual)) && get(residual).sizes() == get(x).sizes();
        for (int i = 0; i < 4; ++i) {
            is_ours = is_ours && is_plain(get(parts[i])) && get(parts[i]).is_contiguous() &&
                      get(parts[i]).numel() == get(x).size(1);
        }
        *out = box(is_ours ? FusedNorm::apply(get(x), get(parts[0]), get(parts[1]), get(parts[2]), get(parts[3]),
                                              optional(residual), settings)
                           : by_libtorch(get(x), parts, residual, settings));
    });
}
