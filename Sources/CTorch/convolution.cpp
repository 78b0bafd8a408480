// Convolutions: by this library's own loops where they are faster than libtorch's, by libtorch otherwise.
#include "guard.h"
#include "winograd.h"

#include <torch/csrc/autograd/custom_function.h>

using namespace ctorch;

namespace {

constexpr auto channels_last = at::MemoryFormat::ChannelsLast;

/// A convolution by Winograd's method, and the way back.
struct WinogradConvolution : torch::autograd::Function<WinogradConvolution> {
    using Context = torch::autograd::AutogradContext;
    using Tensors = torch::autograd::variable_list;

    static at::Tensor forward(Context *context, const at::Tensor &x, const at::Tensor &weight,
                              const std::optional<at::Tensor> &bias) {
        context->save_for_backward({x, weight});
        context->saved_data["has_bias"] = bias.has_value();
        return winograd(x, weight, bias.value_or(at::Tensor()));
    }

    static Tensors backward(Context *context, const Tensors &gradients) {
        const auto saved = context->get_saved_variables();
        const auto gradient = gradients[0].contiguous(channels_last);
        Tensors result(3);
        if (context->needs_input_grad(0)) result[0] = winograd_input_gradient(gradient, saved[1]);
        if (context->needs_input_grad(1)) result[1] = winograd_weight_gradient(saved[0], gradient);
        if (context->saved_data["has_bias"].toBool() && context->needs_input_grad(2)) {
            result[2] = gradient.sum({0, 2, 3});
        }
        return result;
    }
};

/// Whether the loops here can read it.
bool is_readable(const at::Tensor &x) {
    return x.device().is_cpu() && x.scalar_type() == at::kFloat && x.dim() == 4 && x.numel() > 0 &&
           x.is_contiguous(channels_last);
}

} // namespace

int ct_conv2d(CTTensor *out, CTTensor x, CTTensor weight, CTTensor bias, CTInt stride, const CTInt padding[4],
              CTInt dilation, CTInt groups) {
    return guarded([&] {
        const CTInt top = padding[0], left = padding[1], bottom = padding[2], right = padding[3];
        // ATen pads both ends alike; anything else needs a copy of the image.
        const bool alike = top == bottom && left == right;
        const auto image = alike ? get(x) : at::constant_pad_nd(get(x), {left, right, top, bottom});
        const std::array<int64_t, 2> around{alike ? top : 0, alike ? left : 0};
        const auto &filters = get(weight);
        if (is_readable(image) && is_readable(filters) && stride == 1 && dilation == 1 && groups == 1 &&
            around[0] == 1 && around[1] == 1 && filters.size(2) == 3 && filters.size(3) == 3 &&
            image.size(1) == filters.size(1) && winograd_suits(image, filters)) {
            *out = box(WinogradConvolution::apply(image, filters, optional(bias)));
        } else {
            *out = box(at::conv2d(image, filters, optional(bias), stride, around, dilation, groups));
        }
    });
}
