// What is done with tensors: arithmetic, reductions, the layers of networks. Each is one call of ATen's.
#include "guard.h"

using namespace ctorch;

namespace {

std::vector<at::Tensor> list(const CTTensor *tensors, CTInt count) {
    std::vector<at::Tensor> result;
    result.reserve(count);
    for (CTInt i = 0; i < count; ++i) result.push_back(get(tensors[i]));
    return result;
}

} // namespace

// ---- Joining and picking

int ct_concatenate(CTTensor *out, const CTTensor *tensors, CTInt count, CTInt dimension) {
    return guarded([&] { *out = box(at::cat(list(tensors, count), dimension)); });
}

int ct_stack(CTTensor *out, const CTTensor *tensors, CTInt count, CTInt dimension) {
    return guarded([&] { *out = box(at::stack(list(tensors, count), dimension)); });
}

int ct_index_select(CTTensor *out, CTTensor x, CTInt dimension, CTTensor indices) {
    return guarded([&] { *out = box(get(x).index_select(dimension, get(indices))); });
}

int ct_gather(CTTensor *out, CTTensor x, CTInt dimension, CTTensor indices) {
    return guarded([&] { *out = box(get(x).gather(dimension, get(indices))); });
}

int ct_one_hot(CTTensor *out, CTTensor labels, CTInt classes) {
    return guarded([&] { *out = box(at::one_hot(get(labels), classes)); });
}

int ct_where(CTTensor *out, CTTensor condition, CTTensor yes, CTTensor no) {
    return guarded([&] { *out = box(at::where(get(condition), get(yes), get(no))); });
}

int ct_pad(CTTensor *out, CTTensor x, const CTInt *amounts, CTInt count, double value) {
    return guarded([&] { *out = box(at::constant_pad_nd(get(x), sizes(amounts, count), number(get(x), value))); });
}

// ---- Arithmetic

int ct_add(CTTensor *out, CTTensor x, CTTensor y) { return guarded([&] { *out = box(get(x).add(get(y))); }); }

int ct_subtract(CTTensor *out, CTTensor x, CTTensor y) { return guarded([&] { *out = box(get(x).sub(get(y))); }); }

int ct_multiply(CTTensor *out, CTTensor x, CTTensor y) { return guarded([&] { *out = box(get(x).mul(get(y))); }); }

int ct_divide(CTTensor *out, CTTensor x, CTTensor y) { return guarded([&] { *out = box(get(x).div(get(y))); }); }

int ct_minimum(CTTensor *out, CTTensor x, CTTensor y) {
    return guarded([&] { *out = box(at::minimum(get(x), get(y))); });
}

int ct_maximum(CTTensor *out, CTTensor x, CTTensor y) {
    return guarded([&] { *out = box(at::maximum(get(x), get(y))); });
}

int ct_add_number(CTTensor *out, CTTensor x, double y) {
    return guarded([&] { *out = box(get(x).add(number(get(x), y))); });
}

int ct_multiply_number(CTTensor *out, CTTensor x, double y) {
    return guarded([&] { *out = box(get(x).mul(number(get(x), y))); });
}

int ct_divide_number(CTTensor *out, CTTensor x, double y) {
    return guarded([&] { *out = box(get(x).div(number(get(x), y))); });
}

int ct_subtract_from_number(CTTensor *out, double x, CTTensor y) {
    return guarded([&] { *out = box(at::rsub(get(y), number(get(y), x))); });
}

int ct_power(CTTensor *out, CTTensor x, double exponent) {
    return guarded([&] { *out = box(get(x).pow(number(get(x), exponent))); });
}

int ct_negate(CTTensor *out, CTTensor x) { return guarded([&] { *out = box(get(x).neg()); }); }

int ct_absolute(CTTensor *out, CTTensor x) { return guarded([&] { *out = box(get(x).abs()); }); }

int ct_exp(CTTensor *out, CTTensor x) { return guarded([&] { *out = box(get(x).exp()); }); }

int ct_log(CTTensor *out, CTTensor x) { return guarded([&] { *out = box(get(x).log()); }); }

int ct_sqrt(CTTensor *out, CTTensor x) { return guarded([&] { *out = box(get(x).sqrt()); }); }

int ct_sigmoid(CTTensor *out, CTTensor x) { return guarded([&] { *out = box(get(x).sigmoid()); }); }

int ct_clamp(CTTensor *out, CTTensor x, const double *lowest, const double *highest) {
    return guarded([&] {
        const auto bound = [&](const double *value) {
            return value ? std::optional<at::Scalar>(number(get(x), *value)) : std::nullopt;
        };
        *out = box(at::clamp(get(x), bound(lowest), bound(highest)));
    });
}

// ---- Comparisons

int ct_equal(CTTensor *out, CTTensor x, CTTensor y) { return guarded([&] { *out = box(get(x).eq(get(y))); }); }

int ct_less(CTTensor *out, CTTensor x, CTTensor y) { return guarded([&] { *out = box(get(x).lt(get(y))); }); }

int ct_less_or_equal(CTTensor *out, CTTensor x, CTTensor y) { return guarded([&] { *out = box(get(x).le(get(y))); }); }

int ct_equal_number(CTTensor *out, CTTensor x, double y) { return guarded([&] { *out = box(get(x).eq(y)); }); }

int ct_less_number(CTTensor *out, CTTensor x, double y) { return guarded([&] { *out = box(get(x).lt(y)); }); }

int ct_greater_number(CTTensor *out, CTTensor x, double y) { return guarded([&] { *out = box(get(x).gt(y)); }); }

int ct_not(CTTensor *out, CTTensor x) { return guarded([&] { *out = box(at::logical_not(get(x))); }); }

int ct_is_finite(CTTensor *out, CTTensor x) { return guarded([&] { *out = box(at::isfinite(get(x))); }); }

// ---- Reductions

int ct_sum(CTTensor *out, CTTensor x, const CTInt *dimensions, CTInt count, int keep) {
    return guarded([&] { *out = box(get(x).sum(sizes(dimensions, count), keep != 0)); });
}

int ct_mean(CTTensor *out, CTTensor x, const CTInt *dimensions, CTInt count, int keep) {
    return guarded([&] { *out = box(get(x).mean(sizes(dimensions, count), keep != 0)); });
}

int ct_largest(CTTensor *out, CTTensor x, const CTInt *dimensions, CTInt count, int keep) {
    return guarded([&] { *out = box(get(x).amax(sizes(dimensions, count), keep != 0)); });
}

int ct_smallest(CTTensor *out, CTTensor x, const CTInt *dimensions, CTInt count, int keep) {
    return guarded([&] { *out = box(get(x).amin(sizes(dimensions, count), keep != 0)); });
}

int ct_norm(CTTensor *out, CTTensor x, double order, const CTInt *dimensions, CTInt count, int keep) {
    return guarded([&] { *out = box(at::norm(get(x), order, sizes(dimensions, count), keep != 0)); });
}

int ct_argmax(CTTensor *out, CTTensor x, CTInt dimension, int keep) {
    return guarded([&] { *out = box(get(x).argmax(dimension, keep != 0)); });
}

int ct_topk(CTTensor *out, CTTensor x, CTInt count, CTInt dimension) {
    return guarded([&] {
        auto [values, indices] = get(x).topk(count, dimension, /*largest=*/true, /*sorted=*/true);
        out[0] = box(std::move(values));
        out[1] = box(std::move(indices));
    });
}

// ---- Layers

int ct_matmul(CTTensor *out, CTTensor x, CTTensor y) {
    return guarded([&] { *out = box(at::matmul(get(x), get(y))); });
}

int ct_linear(CTTensor *out, CTTensor x, CTTensor weight, CTTensor bias) {
    return guarded([&] { *out = box(at::linear(get(x), get(weight), optional(bias))); });
}

int ct_relu(CTTensor *out, CTTensor x) { return guarded([&] { *out = box(at::relu(get(x))); }); }

int ct_relu6(CTTensor *out, CTTensor x) { return guarded([&] { *out = box(at::hardtanh(get(x), 0, 6)); }); }

int ct_max_pool2d(CTTensor *out, CTTensor x, CTInt kernel, CTInt stride, CTInt padding, int ceiling) {
    return guarded([&] { *out = box(at::max_pool2d(get(x), kernel, stride, padding, /*dilation=*/1, ceiling != 0)); });
}

int ct_average_pool2d(CTTensor *out, CTTensor x, CTInt kernel, CTInt stride, CTInt padding, int ceiling) {
    return guarded([&] { *out = box(at::avg_pool2d(get(x), kernel, stride, padding, ceiling != 0)); });
}

int ct_adaptive_average_pool2d(CTTensor *out, CTTensor x, CTInt rows, CTInt columns) {
    return guarded([&] { *out = box(at::adaptive_avg_pool2d(get(x), {rows, columns})); });
}

int ct_adaptive_max_pool2d(CTTensor *out, CTTensor x, CTInt rows, CTInt columns) {
    return guarded([&] { *out = box(std::get<0>(at::adaptive_max_pool2d(get(x), {rows, columns}))); });
}

int ct_softmax(CTTensor *out, CTTensor x, CTInt dimension) {
    return guarded([&] { *out = box(at::softmax(get(x), dimension)); });
}

int ct_log_softmax(CTTensor *out, CTTensor x, CTInt dimension) {
    return guarded([&] { *out = box(at::log_softmax(get(x), dimension)); });
}

int ct_unit_length(CTTensor *out, CTTensor x, CTInt dimension) {
    return guarded([&] {
        const auto length = at::norm(get(x), 2, dimension, /*keepdim=*/true);
        *out = box(get(x) / length.clamp_min(1e-12));
    });
}

int ct_dropout(CTTensor *out, CTTensor x, double probability, CTGenerator generator) {
    return guarded([&] {
        TORCH_CHECK(0 <= probability && probability < 1, "the probability ", probability, " does not lie in 0..<1");
        // ATen's own dropout draws from a generator of the whole process; this is the same, from ours.
        auto kept = at::empty_like(get(x).detach()).bernoulli_(1 - probability, generator->generator);
        *out = box(get(x) * kept.div_(1 - probability));
    });
}

int ct_cross_entropy(CTTensor *out, CTTensor logits, CTTensor labels, CTTensor class_weights, double smoothing) {
    return guarded([&] {
        *out = box(at::cross_entropy_loss(get(logits), get(labels), optional(class_weights), at::Reduction::Mean,
                                          /*ignore_index=*/-100, smoothing));
    });
}

int ct_binary_cross_entropy(CTTensor *out, CTTensor logits, CTTensor targets, CTTensor ones, CTTensor zeros) {
    return guarded([&] {
        // ATen multiplies the whole loss by one weight and the part of the ones by another.
        const auto ratio = ones && zeros ? std::optional<at::Tensor>(get(ones) / get(zeros)) : std::nullopt;
        *out = box(at::binary_cross_entropy_with_logits(get(logits), get(targets), optional(zeros), ratio,
                                                        at::Reduction::Mean));
    });
}

// ---- In place

int ct_relu_in_place(CTTensor x) { return guarded([&] { at::relu_(get(x)); }); }

int ct_relu6_in_place(CTTensor x) { return guarded([&] { at::hardtanh_(get(x), 0, 6); }); }

int ct_add_in_place(CTTensor x, CTTensor y) { return guarded([&] { get(x).add_(get(y)); }); }

int ct_copy_in_place(CTTensor x, CTTensor from) { return guarded([&] { get(x).copy_(get(from)); }); }
