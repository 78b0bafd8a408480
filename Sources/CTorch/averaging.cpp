// Gradients of several workers become one while the backward pass still runs.
//
// The method is that of PyTorch's DistributedDataParallel (Li et al. 2020, "PyTorch Distributed: Experiences on
// Accelerating Data Parallel Training", https://arxiv.org/abs/2006.15704): gradients are copied into flat buckets, in
// the reverse of the order of the forward pass, which is about the order in which they arrive; a bucket is summed over
// the workers as soon as it is full and those before it have been sent.
//
// libtorch has that class too, `c10d::Reducer`, and three things speak against it here. It rebuilds its buckets after
// the first step, in the order of arrival: with three workers or more the order of a sum, and so its last bit, follows
// from a number's place in its bucket, and a run that is resumed would differ from one that was not. It wants a gradient
// for every parameter in every step, and a worker whose share of the last batch is empty has none. And it divides by the
// number of workers, where shares may differ.
#include "distributed.h"

#include <ATen/ScalarOps.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <functional>
#include <mutex>

using namespace ctorch;

namespace {

/// A number of gradients that are summed together.
struct Bucket {
    at::Tensor flat;
    size_t leaves = 0;
    size_t arrived = 0;
    c10::intrusive_ptr<c10d::Work> work;
};

struct Leaf {
    at::Tensor tensor;
    size_t bucket = 0;
    /// The leaf's part of its bucket, in the leaf's shape and order in memory.
    at::Tensor part;
    bool arrived = false;
};

/// What the hooks on the leaves share; the lock, because on a GPU they are called on threads of libtorch's.
struct State {
    std::mutex lock;
    CTGroup group = nullptr;
    std::vector<Leaf> leaves;
    std::vector<Bucket> buckets;
    bool prepared = false;
    double share = 1;
    /// The first bucket that has not been sent. All workers send them in the same order.
    size_t next = 0;
    /// What went wrong in a hook: told by `send`, because a backward pass hides where its errors come from.
    std::exception_ptr failure;

    void add(size_t index) {
        auto &leaf = leaves[index];
        TORCH_CHECK(!leaf.arrived, "a gradient arrived twice; there must be one backward pass between prepare and ",
                    "finish");
        const auto &gradient = leaf.tensor.grad();
        if (gradient.defined()) at::mul_out(leaf.part, gradient, at::native::wrapped_scalar_tensor(share));
        else leaf.part.zero_();
        leaf.arrived = true;
        auto &bucket = buckets[leaf.bucket];
        bucket.arrived += 1;
        while (next < buckets.size() && buckets[next].arrived == buckets[next].leaves) {
            std::vector<at::Tensor> list{buckets[next].flat};
            buckets[next].work = group->carrier(list[0].device()).allreduce(list);
            next += 1;
        }
    }

    void reset() {
        next = 0;
        for (auto &leaf : leaves) leaf.arrived = false;
        for (auto &bucket : buckets) {
            bucket.arrived = 0;
            bucket.work.reset();
        }
    }
};

/// Called when a leaf's gradient has been added up.
struct Hook : torch::autograd::FunctionPostHook {
    std::shared_ptr<State> state;
    size_t index;

    Hook(std::shared_ptr<State> state, size_t index) : state(std::move(state)), index(index) {}

    torch::autograd::variable_list operator()(const torch::autograd::variable_list &outputs,
                                              const torch::autograd::variable_list &) override {
        std::lock_guard guard(state->lock);
        if (!state->prepared || state->failure) return outputs;
        try {
            at::NoGradGuard no_grad;
            state->add(index);
        } catch (...) {
            state->failure = std::current_exception();
        }
        return outputs;
    }
};

/// Fills the buckets from the last leaf to the first; a bucket has one type and one device.
void fill(State &state, int64_t bucket_bytes, int64_t first_bytes) {
    std::vector<std::vector<size_t>> members;
    int64_t bytes = 0;
    for (size_t i = state.leaves.size(); i-- > 0;) {
        const auto &leaf = state.leaves[i].tensor;
        TORCH_CHECK(leaf.is_leaf() && leaf.requires_grad(), "the gradient of tensor ", i, " is not wanted");
        const auto size = static_cast<int64_t>(leaf.nbytes());
        const auto most = members.size() <= 1 ? first_bytes : bucket_bytes;
        if (members.empty() || bytes + size > most ||
            !state.leaves[members.back().front()].tensor.options().type_equal(leaf.options())) {
            members.emplace_back();
            bytes = 0;
        }
        members.back().push_back(i);
        bytes += size;
    }
    for (size_t b = 0; b < members.size(); b++) {
        int64_t count = 0;
        for (const auto i : members[b]) count += state.leaves[i].tensor.numel();
        const auto &options = state.leaves[members[b].front()].tensor.options();
        Bucket bucket;
        bucket.flat = at::zeros({count}, options.requires_grad(false));
        bucket.leaves = members[b].size();
        int64_t offset = 0;
        for (const auto i : members[b]) {
            auto &leaf = state.leaves[i];
            leaf.bucket = b;
            const auto part = bucket.flat.narrow(0, offset, leaf.tensor.numel());
            // Gradients come in the order of their leaves in memory, such as channels last.
            leaf.part = leaf.tensor.is_non_overlapping_and_dense()
                            ? part.as_strided(leaf.tensor.sizes(), leaf.tensor.strides())
                            : part.view(leaf.tensor.sizes());
            offset += leaf.tensor.numel();
        }
        state.buckets.push_back(std::move(bucket));
    }
}

} // namespace

struct CTAveragingBox {
    std::shared_ptr<State> state = std::make_shared<State>();
    /// Removes the hooks, whose nodes belong to the leaves and may live on.
    std::vector<std::function<void()>> unhook;

    ~CTAveragingBox() {
        for (const auto &remove : unhook) remove();
    }
};

int ct_averaging(CTAveraging *out, CTGroup group, const CTTensor *leaves, CTInt count, CTInt bucket_bytes,
                 CTInt first_bytes) {
    return guarded([&] {
        auto averaging = std::make_unique<CTAveragingBox>();
        auto &state = *averaging->state;
        state.group = group;
        for (CTInt i = 0; i < count; i++) state.leaves.emplace_back().tensor = get(leaves[i]);
        fill(state, bucket_bytes, first_bytes);
        for (size_t i = 0; i < state.leaves.size(); i++) {
            // Whoever holds the node keeps it; the leaf itself knows it only weakly.
            auto node = torch::autograd::impl::grad_accumulator(state.leaves[i].tensor);
            const auto key = node->add_post_hook(std::make_unique<Hook>(averaging->state, i));
            averaging->unhook.push_back([node, key] { node->del_post_hook(key); });
        }
        *out = averaging.release();
    });
}

void ct_averaging_release(CTAveraging averaging) { delete averaging; }

CTInt ct_averaging_buckets(CTAveraging averaging) { return static_cast<CTInt>(averaging->state->buckets.size()); }

CTInt ct_averaging_sent(CTAveraging averaging) {
    std::lock_guard guard(averaging->state->lock);
    return static_cast<CTInt>(averaging->state->next);
}

int ct_averaging_prepare(CTAveraging averaging, double share) {
    return guarded([&] {
        auto &state = *averaging->state;
        std::lock_guard guard(state.lock);
        TORCH_CHECK(!state.prepared, "the step before has not been finished");
        state.prepared = true;
        state.share = share;
    });
}

int ct_averaging_send(CTAveraging averaging) {
    return guarded([&] {
        auto &state = *averaging->state;
        std::lock_guard guard(state.lock);
        at::NoGradGuard no_grad;
        TORCH_CHECK(state.prepared, "prepare must come before finish, once in a step");
        if (state.failure) std::rethrow_exception(state.failure);
        for (size_t i = state.leaves.size(); i-- > 0;)
            if (!state.leaves[i].arrived) state.add(i);
        state.prepared = false;
    });
}

int ct_averaging_wait(CTAveraging averaging) {
    return guarded([&] {
        auto &state = *averaging->state;
        std::lock_guard guard(state.lock);
        for (auto &bucket : state.buckets) bucket.work->wait();
        for (auto &leaf : state.leaves) leaf.tensor.mutable_grad() = leaf.part;
        state.reset();
    });
}
