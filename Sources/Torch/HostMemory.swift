// What tensors use of main memory.

internal import CTorch

/// The memory of tensors on the processor, in bytes.
///
/// Freed memory is kept for the next step of training, because fetching it from the system again would take longer than
/// the computation. Who has finished training, and lives on, calls `releaseKept`.
public struct HostMemory: Hashable, Sendable {
    /// What tensors use now.
    public let inTensors: Int
    /// What tensors used at most, so far or since `forgetPeak`.
    public let mostInTensors: Int
    /// What is kept for tensors to come.
    public let kept: Int
    /// What this process may use: the machine's memory, or its container's.
    public let total: Int

    /// As it is now.
    public static var current: HostMemory {
        var bytes: [Int64] = [0, 0, 0, 0]
        ct_host_memory(&bytes)
        return HostMemory(
            inTensors: Int(bytes[0]), mostInTensors: Int(bytes[1]), kept: Int(bytes[2]), total: Int(bytes[3]))
    }

    /// Lets `mostInTensors` begin anew, with what tensors use now.
    public static func forgetPeak() { ct_forget_memory_peak() }

    /// Gives what is kept back to the system.
    public static func releaseKept() { ct_release_cached_memory() }

    /// Sets what tensors may use together; nil for no limit.
    ///
    /// What is kept counts too, and makes way. A tensor that does not fit is a `TorchError` whose `isOutOfMemory` is true.
    public static func setLimit(_ bytes: Int?) { ct_set_memory_limit(bytes.map { Int64(max(1, $0)) } ?? 0) }
}
