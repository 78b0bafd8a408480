// Processes that train together: how they meet, send each other tensors and bytes, and find out who is lost.
//
// libtorch's own process groups do the work: Gloo between processors and NCCL between GPUs. Bytes and small numbers go
// by Gloo even where tensors go by NCCL.
#define USE_C10D_GLOO 1 // libtorch's libraries have it on every platform; its headers ask for this.

// Scripts/bootstrap makes this (empty) file available where libtorch_cuda is linked and NCCL's and CUDA's headers are
// found: that nccl.h lies somewhere does not mean that the program is linked with it.
#if __has_include(<ocelot-nccl.h>)
#define OCELOT_NCCL 1
#define USE_C10D_NCCL 1
#endif

#include "distributed.h"

#include <c10/util/Logging.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <torch/version.h>
#ifdef OCELOT_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <future>
#include <thread>

using namespace ctorch;
using std::chrono::milliseconds;

namespace {

std::vector<uint8_t> bytes_of(const std::string &text) { return {text.begin(), text.end()}; }

/// The address from which this machine reaches `host`: the one at which other workers reach this machine, if they reach
/// `host` by the same network. Nothing is sent.
///
/// (libtorch's own choice is the address of the host's name, which containers and network namespaces often cannot look
/// up, or which is a loopback address.)
std::string local_address(const std::string &host, int port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo *found = nullptr;
    const int status = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    TORCH_CHECK(status == 0, "the address ", host, " cannot be looked up: ", gai_strerror(status));
    std::string result;
    for (auto *candidate = found; candidate && result.empty(); candidate = candidate->ai_next) {
        const int socket = ::socket(candidate->ai_family, candidate->ai_socktype, candidate->ai_protocol);
        if (socket < 0) continue;
        sockaddr_storage here{};
        socklen_t size = sizeof here;
        char name[NI_MAXHOST];
        auto *address = reinterpret_cast<sockaddr *>(&here);
        if (connect(socket, candidate->ai_addr, candidate->ai_addrlen) == 0 &&
            getsockname(socket, address, &size) == 0 &&
            getnameinfo(address, size, name, sizeof name, nullptr, 0, NI_NUMERICHOST) == 0)
            result = name;
        close(socket);
    }
    freeaddrinfo(found);
    TORCH_CHECK(!result.empty(), "there is no network route to ", host);
    return result;
}

/// Keeps libtorch from warning on standard error of what it copes with, such as addresses without a name, and of what
/// is told as an error anyway.
struct Quiet {
    int before = FLAGS_caffe2_log_level;
    Quiet() { FLAGS_caffe2_log_level = std::max(before, 2 /* errors */); }
    ~Quiet() { FLAGS_caffe2_log_level = before; }
};

std::string joined_key(int rank) { return "joined/" + std::to_string(rank); }
std::string alive_key(int rank) { return "alive/" + std::to_string(rank); }

/// "1", "1 and 3", "1, 3 and 4".
std::string listed(const std::vector<int> &ranks) {
    std::string text;
    for (size_t i = 0; i < ranks.size(); i++)
        text += (i == 0 ? "" : i + 1 < ranks.size() ? ", " : " and ") + std::to_string(ranks[i]);
    return text;
}

/// Waits until every worker has said who it is, and makes sure that all have been started alike.
void meet(CTGroupBox &group) {
    TORCH_CHECK(group.store->add("seats/" + std::to_string(group.rank), 1) == 1,
                "another worker has the rank ", group.rank, " already; every worker needs a rank of its own");
    const auto introduction = std::to_string(group.count) + " workers, libtorch " + TORCH_VERSION;
    group.store->set(joined_key(group.rank), bytes_of(introduction));
    const auto deadline = std::chrono::steady_clock::now() + group.timeout;
    for (;;) {
        std::vector<int> missing;
        for (int rank = 0; rank < group.count; rank++)
            if (!group.store->check({joined_key(rank)})) missing.push_back(rank);
        if (missing.empty()) break;
        TORCH_CHECK(std::chrono::steady_clock::now() < deadline, missing.size() == 1 ? "worker " : "workers ",
                    listed(missing), " of ", group.count, " did not come within ", group.timeout.count() / 1000.0,
                    " s");
        std::this_thread::sleep_for(milliseconds(20));
    }
    for (int rank = 0; rank < group.count; rank++) {
        const auto theirs = group.store->get(joined_key(rank));
        TORCH_CHECK(theirs == bytes_of(introduction), "worker ", rank, " was started with ",
                    std::string(theirs.begin(), theirs.end()), ", this one with ", introduction);
    }
}

c10::intrusive_ptr<c10d::Backend> between_processors(const CTGroupBox &group, const std::string &address, int port) {
    auto options = c10d::ProcessGroupGloo::Options::create(group.timeout);
    // The variable that PyTorch's users know for choosing an interface by hand.
    if (const char *interface = std::getenv("GLOO_SOCKET_IFNAME"); interface && *interface)
        options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForInterface(interface));
    else
        options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(local_address(address, port)));
    return c10::make_intrusive<c10d::ProcessGroupGloo>(
        c10::make_intrusive<c10d::PrefixStore>("gloo", group.store), group.rank, group.count, options);
}

c10::intrusive_ptr<c10d::Backend> between_gpus([[maybe_unused]] const CTGroupBox &group, const at::Device &device) {
    if (!device.is_cuda()) return {};
#ifdef OCELOT_NCCL
    // Waiting blocks this thread and ends with an error after the timeout. Otherwise a watchdog would end the process.
    setenv("TORCH_NCCL_BLOCKING_WAIT", "1", /*overwrite=*/0);
    at::globalContext().lazyInitDevice(at::kCUDA);
    auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = group.timeout;
    auto result = c10::make_intrusive<c10d::ProcessGroupNCCL>(
        c10::make_intrusive<c10d::PrefixStore>("nccl", group.store), group.rank, group.count, options);
    result->setBoundDeviceId(device);
    return result;
#else
    return {};
#endif
}

/// A sum that nobody has before all have begun.
void wait_for_all(CTGroupBox &group) {
    std::vector<at::Tensor> list{at::zeros({1})};
    group.carrier(at::kCPU).allreduce(list)->wait();
}

/// Gives a sign of life; returns who gives none before the deadline, or in the four seconds after the last that came.
std::vector<int32_t> lost(int rank, int count, c10d::Store &store,
                          std::chrono::steady_clock::time_point deadline) {
    store.set(alive_key(rank), bytes_of("alive"));
    std::vector<int32_t> missing;
    size_t before = count + 1;
    auto change = std::chrono::steady_clock::now();
    for (;;) {
        missing.clear();
        for (int other = 0; other < count; other++)
            if (!store.check({alive_key(other)})) missing.push_back(other);
        const auto now = std::chrono::steady_clock::now();
        if (missing.size() != before) change = now;
        before = missing.size();
        // Who is alive finds out in a chain, from one to the next whose connection ends: in milliseconds, if not busy.
        if (missing.empty() || now > deadline || now > change + milliseconds(4000)) break;
        std::this_thread::sleep_for(milliseconds(20));
    }
    // Worker 0 serves the store: it stays until the others have asked.
    const auto told = store.add("told", 1);
    if (rank == 0) {
        const auto others = static_cast<int64_t>(count - missing.size());
        for (int tries = 0; tries < 100 && told < others && store.add("told", 0) < others; tries++)
            std::this_thread::sleep_for(milliseconds(20));
    }
    return missing;
}

} // namespace

int ct_has_nccl(void) {
#ifdef OCELOT_NCCL
    return 1;
#else
    return 0;
#endif
}

int ct_group_join(CTGroup *out, int rank, int count, const char *address, int port, int hosts, const char *session,
                  int32_t where, int64_t timeout) {
    return guarded([&] {
        const Quiet quiet;
        auto group = std::make_unique<CTGroupBox>();
        group->rank = rank;
        group->count = count;
        group->timeout = milliseconds(timeout);
        c10d::TCPStoreOptions options;
        options.port = static_cast<std::uint16_t>(port);
        options.isServer = hosts != 0;
        options.waitWorkers = false; // `meet` waits, and knows who is missing.
        options.timeout = group->timeout;
        group->store = c10::make_intrusive<c10d::PrefixStore>(
            session, c10::make_intrusive<c10d::TCPStore>(address, options));
        meet(*group);
        group->gloo = between_processors(*group, address, port);
        group->nccl = between_gpus(*group, device(where));
        // Worker 0 serves the store, and may not leave before all have found all.
        wait_for_all(*group);
        *out = group.release();
    });
}

void ct_group_release(CTGroup group) { delete group; }

int ct_group_broadcast(CTGroup group, const CTTensor *tensors, CTInt count, int from) {
    return guarded([&] {
        at::NoGradGuard no_grad;
        // Many small tensors, such as statistics, go in one message; as bytes, so that every element type will do.
        constexpr int64_t most = 25 << 20;
        struct Message {
            std::vector<std::pair<at::Tensor, at::Tensor>> parts; // Whose bytes, and the bytes, in row-major order.
            int64_t count = 0;
            at::Tensor bytes;
            c10::intrusive_ptr<c10d::Work> work;
        };
        std::vector<Message> messages;
        for (CTInt i = 0; i < count; i++) {
            const auto target = get(tensors[i]).detach();
            if (target.numel() == 0) continue;
            const auto bytes = target.contiguous().view(-1).view(at::kByte);
            if (messages.empty() || messages.back().count + bytes.numel() > most ||
                messages.back().parts[0].first.device() != target.device())
                messages.emplace_back();
            messages.back().parts.emplace_back(target, bytes);
            messages.back().count += bytes.numel();
        }
        c10d::BroadcastOptions options;
        options.rootRank = from;
        for (auto &message : messages) {
            std::vector<at::Tensor> all;
            for (const auto &part : message.parts) all.push_back(part.second);
            message.bytes = all.size() == 1 ? all[0] : at::cat(all);
            std::vector<at::Tensor> list{message.bytes};
            message.work = group->carrier(message.bytes.device()).broadcast(list, options);
        }
        for (const auto &message : messages) {
            message.work->wait();
            if (group->rank == from) continue;
            int64_t offset = 0;
            for (const auto &[target, bytes] : message.parts) {
                bytes.copy_(message.bytes.narrow(0, offset, bytes.numel()));
                offset += bytes.numel();
                if (!bytes.is_alias_of(target)) target.copy_(bytes.view(target.scalar_type()).view(target.sizes()));
            }
        }
    });
}

int ct_group_gather(CTGroup group, const void *bytes, CTInt count,
                    void (*receive)(void *context, const void *bytes, CTInt count), void *context) {
    return guarded([&] {
        at::NoGradGuard no_grad;
        const auto all = [&](at::Tensor mine) {
            std::vector<std::vector<at::Tensor>> outputs(1);
            for (int rank = 0; rank < group->count; rank++) outputs[0].push_back(at::empty_like(mine));
            std::vector<at::Tensor> inputs{mine};
            group->carrier(at::kCPU).allgather(outputs, inputs)->wait();
            return outputs[0];
        };
        // All must send the same number: first how many there are, then that many, filled up to the most.
        const auto sizes = all(at::full({1}, static_cast<int64_t>(count), at::kLong));
        int64_t most = 1;
        for (const auto &size : sizes) most = std::max(most, size.item<int64_t>());
        auto mine = at::zeros({most}, at::kByte);
        if (count > 0) std::memcpy(mine.mutable_data_ptr(), bytes, static_cast<size_t>(count));
        const auto theirs = all(mine);
        for (int rank = 0; rank < group->count; rank++)
            receive(context, theirs[rank].const_data_ptr(), static_cast<CTInt>(sizes[rank].item<int64_t>()));
    });
}

int ct_group_barrier(CTGroup group) {
    return guarded([&] { wait_for_all(*group); });
}

int ct_group_lost(CTGroup group, int32_t *out, int64_t milliseconds_left) {
    const Quiet quiet;
    // Ends the connections, upon which those fail who wait for this worker. That itself may wait, until the timeout,
    // for what is still being sent to the lost worker: so on a thread that is left behind.
    std::thread([gloo = std::move(group->gloo), nccl = std::move(group->nccl)]() mutable {
        gloo.reset();
        if (nccl) nccl->abort();
    }).detach();
    // The store itself may be what is lost, and then may never answer: likewise.
    auto answer = std::make_shared<std::promise<std::vector<int32_t>>>();
    auto result = answer->get_future();
    const auto limit = milliseconds(milliseconds_left);
    std::thread([answer, limit, rank = group->rank, count = group->count, store = group->store] {
        try {
            // A reserve for the last questions.
            const auto deadline = std::chrono::steady_clock::now() + limit * 3 / 4;
            answer->set_value(lost(rank, count, *store, deadline));
        } catch (...) {
            answer->set_exception(std::current_exception());
        }
    }).detach();
    int found = -1;
    if (result.wait_for(limit) == std::future_status::ready)
        guarded([&] {
            const auto ranks = result.get();
            std::copy(ranks.begin(), ranks.end(), out);
            found = static_cast<int>(ranks.size());
        });
    return found;
}
