// 3 × 3 convolutions by Winograd's method on tensors; the loops and the source are in winograd_kernels.h.
#pragma once

#include <ATen/ATen.h>

namespace ctorch {

/// Whether a convolution of stride 1 and padding 1 is worth it here: [N, C, H, W] and [K, C, 3, 3], channels last.
bool winograd_suits(const at::Tensor &x, const at::Tensor &weight);

/// [N, C, H, W] and [K, C, 3, 3] → [N, K, H, W]; `bias` may be undefined.
at::Tensor winograd(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias);

/// The gradient of x, of that of the outputs: [N, K, H, W] and [K, C, 3, 3] → [N, C, H, W].
at::Tensor winograd_input_gradient(const at::Tensor &gradient, const at::Tensor &weight);

/// The gradient of the weight: [N, C, H, W] and [N, K, H, W] → [K, C, 3, 3].
at::Tensor winograd_weight_gradient(const at::Tensor &x, const at::Tensor &gradient);

} // namespace ctorch
