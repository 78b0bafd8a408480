// Main memory for libtorch's tensors, kept for the next step of training instead of given back.
//
// A step of training asks for the same blocks as the step before. glibc gives blocks of this size back to the system
// when they are freed, so every step pays again for the page faults of all its activations: two fifths of the time
// of a MobileNetV2. Here freed blocks are kept, by size, and the oldest are let go when too much is kept. Sizes are
// rounded up by at most a sixteenth, and a kept block may be up to an eighth larger than asked for. What is in a block
// is never relied on, so results do not depend on what was kept.
//
// Only libtorch (and oneDNN inside it) uses this. Blocks that it did not hand out, because they are older than its
// installation, are given to the allocator that made them.
#include "guard.h"
#include "system_memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include <bit>
#include <map>
#include <mutex>
#include <unordered_map>

using namespace ctorch;

namespace {

/// The size of the block for `bytes`: a multiple of 64, of which there are sixteen to a doubling.
size_t rounded(size_t bytes) {
    const size_t step = std::max<size_t>(64, std::bit_floor(bytes) / 16);
    return (bytes + step - 1) / step * step;
}

class CachingAllocator final : public c10::Allocator {
  public:
    struct Use {
        int64_t in_tensors = 0, most_in_tensors = 0, kept = 0;
    };

    c10::DataPtr allocate(size_t bytes) override {
        void *memory = bytes == 0 ? nullptr : take(bytes);
        return {memory, memory, &give_back, c10::Device(c10::DeviceType::CPU)};
    }

    c10::DeleterFnPtr raw_deleter() const override { return &give_back; }

    void copy_data(void *to, const void *from, size_t bytes) const override { default_copy_data(to, from, bytes); }

    Use use() {
        const std::lock_guard lock(mutex);
        return current;
    }

    void forget_peak() {
        const std::lock_guard lock(mutex);
        current.most_in_tensors = current.in_tensors;
    }

    void release_kept() {
        const std::lock_guard lock(mutex);
        keep_at_most(0);
        system_trim();
    }

    /// 0 stands for no limit.
    void set_limit(int64_t bytes) {
        const std::lock_guard lock(mutex);
        limit = bytes;
        if (limit > 0) keep_at_most(std::max<int64_t>(0, limit - current.in_tensors));
    }

    static CachingAllocator &shared() {
        // Never destroyed: tensors may outlive the end of main.
        static auto &allocator = *new CachingAllocator;
        return allocator;
    }

  private:
    struct Kept {
        void *memory;
        uint64_t age;
    };
    using KeptBySize = std::multimap<size_t, Kept>;

    std::mutex mutex;
    std::unordered_map<void *, size_t> sizes; // Of the blocks in tensors.
    KeptBySize kept;
    std::map<uint64_t, KeptBySize::iterator> kept_by_age; // The oldest first.
    uint64_t next_age = 0;
    Use current;
    int64_t limit = 0;
    const int64_t most_kept = system_memory() / 2;

    static void give_back(void *memory) { shared().put(memory); }

    void *take(size_t bytes) {
        const size_t size = rounded(bytes);
        const std::lock_guard lock(mutex);
        if (const auto found = kept.lower_bound(size); found != kept.end() && found->first <= size + size / 8) {
            return hand_out(found->first, forget(found));
        }
        if (limit > 0) {
            const int64_t left = limit - current.in_tensors - static_cast<int64_t>(size);
            if (left < 0) refuse(bytes);
            keep_at_most(left);
        }
        void *memory = system_allocate(size);
        if (!memory) {
            keep_at_most(0);
            memory = system_allocate(size);
        }
        if (!memory) refuse(bytes);
        return hand_out(size, memory);
    }

    void *hand_out(size_t size, void *memory) {
        sizes.emplace(memory, size);
        current.in_tensors += static_cast<int64_t>(size);
        current.most_in_tensors = std::max(current.most_in_tensors, current.in_tensors);
        return memory;
    }

    void put(void *memory) {
        if (!memory) return;
        const std::lock_guard lock(mutex);
        const auto found = sizes.find(memory);
        if (found == sizes.end()) return c10::free_cpu(memory);
        const size_t size = found->second;
        sizes.erase(found);
        current.in_tensors -= static_cast<int64_t>(size);
        current.kept += static_cast<int64_t>(size);
        const uint64_t age = next_age++;
        // In front of its equals: the youngest, likeliest to be in the processor's cache, is taken first.
        kept_by_age.emplace(age, kept.insert(kept.lower_bound(size), {size, {memory, age}}));
        keep_at_most(most_kept);
    }

    /// Takes a block out of what is kept.
    void *forget(KeptBySize::iterator block) {
        void *memory = block->second.memory;
        current.kept -= static_cast<int64_t>(block->first);
        kept_by_age.erase(block->second.age);
        kept.erase(block);
        return memory;
    }

    void keep_at_most(int64_t bytes) {
        while (current.kept > bytes) system_free(forget(kept_by_age.begin()->second));
    }

    [[noreturn]] void refuse(size_t bytes) {
        const auto megabytes = [](int64_t count) { return std::to_string((count + 500'000) / 1'000'000) + " MB"; };
        TORCH_CHECK_WITH(OutOfMemoryError, false, "There is no memory for a tensor of ", megabytes(int64_t(bytes)),
                         ": tensors use ", megabytes(current.in_tensors),
                         limit > 0 ? " and may use " + megabytes(limit) : std::string(), ".");
        std::abort(); // Never reached: the check throws.
    }
};

/// Puts the allocator in its place before the first tensor of this program.
const bool is_installed = [] {
    c10::SetCPUAllocator(&CachingAllocator::shared(), /*priority=*/100);
    return true;
}();

} // namespace

void ct_host_memory(int64_t *bytes) {
    const auto use = CachingAllocator::shared().use();
    bytes[0] = use.in_tensors;
    bytes[1] = use.most_in_tensors;
    bytes[2] = use.kept;
    bytes[3] = system_memory();
}

void ct_forget_memory_peak(void) { CachingAllocator::shared().forget_peak(); }

void ct_release_cached_memory(void) { CachingAllocator::shared().release_kept(); }

void ct_set_memory_limit(int64_t bytes) { CachingAllocator::shared().set_limit(bytes); }
