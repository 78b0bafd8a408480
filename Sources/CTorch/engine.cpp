// Gradients, devices, threads and randomness.
#include "guard.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/GradMode.h>

using namespace ctorch;

// ---- Gradients

int ct_set_recording(int on) {
    const bool before = c10::GradMode::is_enabled();
    c10::GradMode::set_enabled(on != 0);
    return before;
}

int ct_is_recording(void) { return c10::GradMode::is_enabled(); }

int ct_leaf(CTTensor *out, CTTensor x, int requires_gradient) {
    return guarded([&] { *out = box(get(x).detach().set_requires_grad(requires_gradient != 0)); });
}

int ct_backward(CTTensor x, CTTensor seed) {
    return guarded([&] { get(x).backward(seed ? get(seed) : at::Tensor()); });
}

int ct_gradient(CTTensor *out, CTTensor x) {
    return guarded([&] {
        const auto &gradient = get(x).grad();
        *out = gradient.defined() ? box(gradient) : nullptr;
    });
}

void ct_clear_gradient(CTTensor x) { get(x).mutable_grad().reset(); }

// ---- Devices, threads, randomness

CTInt ct_cuda_count(void) {
    int count = 0;
    guarded([&] { count = at::hasCUDA() ? at::detail::getCUDAHooks().deviceCount() : 0; });
    return count;
}

int ct_cuda_memory(int32_t number, int64_t *bytes) {
    return guarded([&] {
        // The allocator is made with the first context.
        at::globalContext().lazyInitDevice(at::kCUDA);
        const auto index = static_cast<c10::DeviceIndex>(number);
        const auto allocator = c10::getDeviceAllocator(at::kCUDA);
        const auto [free, total] = allocator->getMemoryInfo(index);
        const auto held = allocator->getDeviceStats(index).allocated_bytes[0];
        bytes[0] = free;
        bytes[1] = total;
        bytes[2] = held.current;
        bytes[3] = held.peak;
    });
}

int ct_threads(void) { return at::get_num_threads(); }

int ct_set_threads(int count) {
    return guarded([&] {
        TORCH_CHECK(count > 0, "the number of threads must be at least 1, not ", count);
        at::set_num_threads(count);
    });
}

int ct_generator(CTGenerator *out, uint64_t seed, int32_t where) {
    return guarded([&] {
        if (where < 0) {
            *out = new CTGeneratorBox{at::detail::createCPUGenerator(seed)};
            return;
        }
        at::globalContext().lazyInitDevice(at::kCUDA);
        auto generator = at::detail::getCUDAHooks().getNewGenerator(static_cast<c10::DeviceIndex>(where));
        generator.set_current_seed(seed);
        *out = new CTGeneratorBox{std::move(generator)};
    });
}

void ct_generator_release(CTGenerator generator) { delete generator; }
