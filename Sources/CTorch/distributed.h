// What the two files on training in several processes share.
#pragma once

#include <c10/util/intrusive_ptr.h>

#include <chrono>

#include "guard.h"

// The headers of libtorch's process groups are large: only distributed.cpp includes those of the two transports.
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

struct CTGroupBox {
    int rank = 0;
    int count = 1;
    std::chrono::milliseconds timeout{0};
    /// Where the workers meet, and look for each other when one is lost.
    c10::intrusive_ptr<c10d::Store> store;
    /// Gloo: messages between processors, over TCP. Null once the group has been left.
    c10::intrusive_ptr<c10d::Backend> gloo;
    /// NCCL: messages between GPUs. Null where the group's device is the processor, or the build has no NCCL.
    c10::intrusive_ptr<c10d::Backend> nccl;

    /// What carries tensors of this device.
    c10d::Backend &carrier(const at::Device &device) {
        TORCH_CHECK(gloo, "the group has been left");
        return device.is_cuda() && nccl ? *nccl : *gloo;
    }
};
