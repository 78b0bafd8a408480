// Steps of optimisers, on many tensors at once: libtorch's own fused kernels, which its Python side calls as well.
#include "guard.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>

using namespace ctorch;

namespace {

/// Whether element n of one tensor's memory belongs to element n of the other's, for all n.
bool lie_alike(const at::Tensor &x, const at::Tensor &y) {
    if (!x.is_non_overlapping_and_dense() || !y.is_non_overlapping_and_dense()) return false;
    for (int64_t i = 0; i < x.dim(); ++i) {
        // Where there is one element along a dimension, its stride says nothing.
        if (x.size(i) > 1 && x.stride(i) != y.stride(i)) return false;
    }
    return true;
}

/// The lists that a fused kernel takes: what belongs to parameters that have a gradient.
struct Step {
    std::vector<at::Tensor> parameters, gradients;
    /// Moments and such, one list a kind.
    std::vector<std::vector<at::Tensor>> states;

    /// `tensors`: `count` parameters, then `count` states of each of `kinds` kinds.
    Step(const CTTensor *tensors, CTInt count, CTInt kinds) : states(kinds) {
        for (CTInt i = 0; i < count; ++i) {
            const auto &parameter = get(tensors[i]);
            auto gradient = parameter.grad();
            if (!gradient.defined()) continue;
            // The kernels walk through memory, whatever the strides. Autograd gives gradients the parameter's layout;
            // should it not, the elements must be brought into that order.
            TORCH_CHECK(parameter.is_non_overlapping_and_dense(), "a parameter has gaps in memory; clone it first");
            if (!lie_alike(gradient, parameter)) gradient = at::empty_like(parameter).copy_(gradient);
            parameters.push_back(parameter);
            gradients.push_back(std::move(gradient));
            for (CTInt kind = 0; kind < kinds; ++kind) states[kind].push_back(get(tensors[(kind + 1) * count + i]));
        }
    }
};

std::vector<at::Tensor> gradients_of(const CTTensor *parameters, CTInt count) {
    std::vector<at::Tensor> result;
    for (CTInt i = 0; i < count; ++i) {
        if (const auto &gradient = get(parameters[i]).grad(); gradient.defined()) result.push_back(gradient);
    }
    return result;
}

at::Tensor norm_of(const std::vector<at::Tensor> &tensors) {
    // As clip_grad_norm_ has it: the norm of the norms.
    return at::linalg_vector_norm(at::stack(at::_foreach_norm(tensors, 2)), 2);
}

} // namespace

int ct_sgd_step(const CTTensor *tensors, CTInt count, double rate, double decay, double momentum, int nesterov) {
    return guarded([&] {
        const at::NoGradGuard unrecorded;
        Step step(tensors, count, momentum == 0 ? 0 : 1);
        if (step.parameters.empty()) return;
        const auto &momenta = momentum == 0 ? std::vector<at::Tensor>() : step.states[0];
        // PyTorch's first step makes the momentum the gradient; ours begins as zeros, which comes to the same.
        at::_fused_sgd_(step.parameters, step.gradients, momenta, decay, momentum, rate, /*dampening=*/0, nesterov != 0,
                        /*maximize=*/false, /*is_first_step=*/false);
    });
}

int ct_adam_step(const CTTensor *tensors, CTInt count, double rate, double decay, double beta1, double beta2,
                 double epsilon, int decoupled) {
    return guarded([&] {
        const at::NoGradGuard unrecorded;
        Step step(tensors, count, 3);
        if (step.parameters.empty()) return;
        at::_foreach_add_(step.states[2], 1);
        const auto run = [&](auto kernel) {
            kernel(step.parameters, step.gradients, step.states[0], step.states[1], std::vector<at::Tensor>(),
                   step.states[2], rate, beta1, beta2, decay, epsilon, /*amsgrad=*/false, /*maximize=*/false);
        };
        if (decoupled) {
            run([](auto &&...arguments) { at::_fused_adamw_(arguments...); });
        } else {
            run([](auto &&...arguments) { at::_fused_adam_(arguments...); });
        }
    });
}

int ct_gradient_norm(double *norm, const CTTensor *parameters, CTInt count) {
    return guarded([&] {
        const at::NoGradGuard unrecorded;
        const auto gradients = gradients_of(parameters, count);
        *norm = gradients.empty() ? 0 : norm_of(gradients).item<double>();
    });
}

int ct_clip_gradients(double *norm, const CTTensor *parameters, CTInt count, double maximum) {
    return guarded([&] {
        const at::NoGradGuard unrecorded;
        const auto gradients = gradients_of(parameters, count);
        *norm = 0;
        if (gradients.empty()) return;
        const auto before = norm_of(gradients);
        at::_foreach_mul_(gradients, at::clamp_max(maximum / (before + 1e-6), 1));
        *norm = before.item<double>();
    });
}

int ct_zeros_like(CTTensor *out, CTTensor x) {
    return guarded([&] { *out = box(at::zeros_like(get(x).detach())); });
}

int ct_copy_all(const CTTensor *tensors, CTInt count) {
    return guarded([&] {
        const at::NoGradGuard unrecorded;
        for (CTInt i = 0; i < count; ++i) get(tensors[i]).copy_(get(tensors[count + i]));
    });
}

int ct_move_towards(const CTTensor *tensors, CTInt count, double share) {
    return guarded([&] {
        const at::NoGradGuard unrecorded;
        std::vector<at::Tensor> moving, goals;
        for (CTInt i = 0; i < count; ++i) {
            moving.push_back(get(tensors[i]));
            goals.push_back(get(tensors[count + i]));
        }
        if (count > 0) at::_foreach_lerp_(moving, goals, share);
    });
}

int ct_all_finite(int *out, const CTTensor *tensors, CTInt count) {
    return guarded([&] {
        const at::NoGradGuard unrecorded;
        // A sum is finite if all its parts are, short of an overflow, for which a second look is taken.
        std::vector<at::Tensor> sums;
        for (CTInt i = 0; i < count; ++i) sums.push_back(get(tensors[i]).sum());
        *out = 1;
        if (count == 0 || at::isfinite(at::stack(sums)).all().item<bool>()) return;
        for (CTInt i = 0; i < count && *out; ++i) *out = at::isfinite(get(tensors[i])).all().item<bool>();
    });
}

int ct_set_autocast(int32_t where, int on) {
    const auto kind = where < 0 ? at::kCPU : at::kCUDA;
    const bool before = at::autocast::is_autocast_enabled(kind);
    at::autocast::set_autocast_dtype(kind, at::kBFloat16);
    at::autocast::set_autocast_enabled(kind, on != 0);
    // It keeps the narrowed weights, which the next step of an optimiser makes stale.
    if (!on) at::autocast::clear_cache();
    return before;
}

int ct_send(CTTensor *out, CTTensor x, int32_t where) {
    // libtorch keeps the pinned memory from being used again until the copy has been made, and what is queued on the
    // device afterwards waits for it.
    return guarded([&] { *out = box(get(x).pin_memory().to(device(where), /*non_blocking=*/true)); });
}
