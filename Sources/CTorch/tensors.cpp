// Making tensors, looking at them, and seeing the same elements in other shapes.
#include "guard.h"

#include <torch/version.h>

#include <cstring>

using namespace ctorch;

// The numbers that the Swift side repeats (`ElementType.torchNumber`).
static_assert(static_cast<int>(at::kByte) == 0 && static_cast<int>(at::kChar) == 1);
static_assert(static_cast<int>(at::kShort) == 2 && static_cast<int>(at::kInt) == 3 && static_cast<int>(at::kLong) == 4);
static_assert(static_cast<int>(at::kHalf) == 5 && static_cast<int>(at::kFloat) == 6);
static_assert(static_cast<int>(at::kDouble) == 7 && static_cast<int>(at::kBool) == 11);
static_assert(static_cast<int>(at::kBFloat16) == 15);

// ---- Errors and ownership

const char *ct_last_error(void) { return last_error.c_str(); }

int ct_last_error_is_out_of_memory(void) { return last_error_is_out_of_memory; }

void ct_release(CTTensor x) {
    delete x;
    live_tensors.fetch_sub(1, std::memory_order_relaxed);
    live_tensors_of_thread -= 1;
}

int64_t ct_live_tensors(void) { return live_tensors.load(std::memory_order_relaxed); }

int64_t ct_live_tensors_of_thread(void) { return live_tensors_of_thread; }

const char *ct_version(void) { return TORCH_VERSION; }

// ---- Making tensors

int ct_full(CTTensor *out, const CTInt *shape, CTInt rank, double value, int32_t element, int32_t where) {
    return guarded([&] {
        *out = box(at::full(sizes(shape, rank), value, at::TensorOptions(type(element)).device(device(where))));
    });
}

int ct_uninitialised(CTTensor *out, const CTInt *shape, CTInt rank, int32_t element, void **data) {
    return guarded([&] {
        auto tensor = at::empty(sizes(shape, rank), at::TensorOptions(type(element)));
        *data = tensor.mutable_data_ptr();
        *out = box(std::move(tensor));
    });
}

int ct_range(CTTensor *out, CTInt count, int32_t where) {
    return guarded([&] { *out = box(at::arange(count, at::TensorOptions(at::kLong).device(device(where)))); });
}

int ct_uniform(CTTensor *out, const CTInt *shape, CTInt rank, double from, double to, CTGenerator generator) {
    return guarded([&] {
        const auto options = at::TensorOptions(at::kFloat).device(generator->generator.device());
        *out = box(at::empty(sizes(shape, rank), options).uniform_(from, to, generator->generator));
    });
}

int ct_normal(CTTensor *out, const CTInt *shape, CTInt rank, double mean, double deviation, CTGenerator generator) {
    return guarded([&] {
        const auto options = at::TensorOptions(at::kFloat).device(generator->generator.device());
        *out = box(at::empty(sizes(shape, rank), options).normal_(mean, deviation, generator->generator));
    });
}

int ct_permutation(CTTensor *out, CTInt count, CTGenerator generator) {
    return guarded([&] {
        const auto options = at::TensorOptions(at::kLong).device(generator->generator.device());
        *out = box(at::randperm(count, generator->generator, options));
    });
}

// ---- Looking at tensors

CTInt ct_rank(CTTensor x) { return get(x).dim(); }

void ct_shape(CTTensor x, CTInt *shape) {
    const auto sizes = get(x).sizes();
    std::copy(sizes.begin(), sizes.end(), shape);
}

int32_t ct_element_type(CTTensor x) { return static_cast<int32_t>(get(x).scalar_type()); }

CTInt ct_element_size(CTTensor x) { return get(x).element_size(); }

int32_t ct_device(CTTensor x) {
    const auto device = get(x).device();
    return device.is_cpu() ? -1 : device.index();
}

int ct_is_channels_last(CTTensor x) { return get(x).is_contiguous(at::MemoryFormat::ChannelsLast); }

int ct_requires_gradient(CTTensor x) { return get(x).requires_grad(); }

int ct_shares_memory(CTTensor x, CTTensor y) { return get(x).is_alias_of(get(y)); }

int ct_read(CTTensor x, void *to, size_t bytes) {
    return guarded([&] {
        const auto here = get(x).detach().to(at::kCPU).contiguous();
        TORCH_CHECK(here.nbytes() == bytes, "expected ", bytes, " bytes, found ", here.nbytes());
        if (bytes > 0) std::memcpy(to, here.const_data_ptr(), bytes);
    });
}

// ---- Copies and conversions

int ct_to_type(CTTensor *out, CTTensor x, int32_t element) {
    return guarded([&] { *out = box(get(x).to(type(element))); });
}

int ct_to_device(CTTensor *out, CTTensor x, int32_t where) {
    return guarded([&] { *out = box(get(x).to(device(where))); });
}

int ct_to_channels_last(CTTensor *out, CTTensor x) {
    return guarded([&] { *out = box(get(x).contiguous(at::MemoryFormat::ChannelsLast)); });
}

int ct_contiguous(CTTensor *out, CTTensor x) { return guarded([&] { *out = box(get(x).contiguous()); }); }

int ct_clone(CTTensor *out, CTTensor x) { return guarded([&] { *out = box(get(x).clone()); }); }

// ---- Views

int ct_reshape(CTTensor *out, CTTensor x, const CTInt *shape, CTInt rank) {
    return guarded([&] { *out = box(get(x).reshape(sizes(shape, rank))); });
}

int ct_permute(CTTensor *out, CTTensor x, const CTInt *order, CTInt rank) {
    return guarded([&] { *out = box(get(x).permute(sizes(order, rank))); });
}

int ct_transpose(CTTensor *out, CTTensor x, CTInt a, CTInt b) {
    return guarded([&] { *out = box(get(x).transpose(a, b)); });
}

int ct_flatten(CTTensor *out, CTTensor x, CTInt from, CTInt through) {
    return guarded([&] { *out = box(get(x).flatten(from, through)); });
}

int ct_expand(CTTensor *out, CTTensor x, const CTInt *shape, CTInt rank) {
    return guarded([&] { *out = box(get(x).expand(sizes(shape, rank))); });
}

int ct_insert_dimension(CTTensor *out, CTTensor x, CTInt dimension) {
    return guarded([&] { *out = box(get(x).unsqueeze(dimension)); });
}

int ct_drop_dimension(CTTensor *out, CTTensor x, CTInt dimension) {
    return guarded([&] {
        const auto size = get(x).size(dimension);
        TORCH_CHECK(size == 1, "dimension ", dimension, " has size ", size, ", not 1");
        *out = box(get(x).squeeze(dimension));
    });
}

int ct_select(CTTensor *out, CTTensor x, CTInt dimension, CTInt index) {
    return guarded([&] { *out = box(get(x).select(dimension, index)); });
}

int ct_slice(CTTensor *out, CTTensor x, CTInt dimension, CTInt start, CTInt end, CTInt step) {
    return guarded([&] {
        // libtorch would quietly clip the range.
        const auto size = get(x).size(dimension);
        TORCH_CHECK(0 <= start && start <= end && end <= size, "the range ", start, "..<", end,
                    " does not lie in 0..<", size, " of dimension ", dimension);
        *out = box(get(x).slice(dimension, start, end, step));
    });
}
