// What the shim's source files share: the boxes behind the C handles, and the place where C++ exceptions end.
#pragma once

#include <ATen/ATen.h>

#include <atomic>
#include <exception>
#include <new>
#include <string>

#include "ctorch.h"

struct CTTensorBox {
    at::Tensor tensor;
};

struct CTGeneratorBox {
    at::Generator generator;
};

namespace ctorch {

inline thread_local std::string last_error; // Replaced, never leaked.
inline thread_local bool last_error_is_out_of_memory = false;
inline std::atomic<int64_t> live_tensors{0};
inline thread_local int64_t live_tensors_of_thread = 0;

/// Runs `body`; an exception becomes -1 and its text.
template <typename Body> int guarded(Body body) noexcept {
    try {
        last_error_is_out_of_memory = false;
        body();
        return 0;
    } catch (const c10::OutOfMemoryError &error) { // The processor's and CUDA's.
        last_error = error.what_without_backtrace();
        last_error_is_out_of_memory = true;
    } catch (const std::bad_alloc &error) {
        last_error = error.what();
        last_error_is_out_of_memory = true;
    } catch (const c10::Error &error) {
        last_error = error.what_without_backtrace();
    } catch (const std::exception &error) {
        last_error = error.what();
    } catch (...) {
        last_error = "an exception that is not a std::exception";
    }
    return -1;
}

inline CTTensor box(at::Tensor tensor) {
    auto result = new CTTensorBox{std::move(tensor)};
    live_tensors.fetch_add(1, std::memory_order_relaxed);
    live_tensors_of_thread += 1;
    return result;
}

inline at::Tensor &get(CTTensor x) { return x->tensor; }

inline std::optional<at::Tensor> optional(CTTensor x) {
    return x ? std::optional<at::Tensor>(x->tensor) : std::nullopt;
}

inline at::DimVector sizes(const CTInt *values, CTInt count) { return at::DimVector(values, values + count); }

inline at::Device device(int32_t number) {
    return number < 0 ? at::Device(at::kCPU) : at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(number));
}

inline at::ScalarType type(int32_t number) { return static_cast<at::ScalarType>(number); }

/// A number as `x` can take it: whole numbers stay whole beside integers, so that bytes plus 1 are bytes.
inline at::Scalar number(const at::Tensor &x, double value) {
    const bool whole = value == static_cast<double>(static_cast<int64_t>(value));
    if (at::isIntegralType(x.scalar_type(), /*includeBool=*/true) && whole) return static_cast<int64_t>(value);
    return value;
}

} // namespace ctorch
