// How many processor cores one operation uses.

internal import CTorch

/// The threads among which libtorch divides one operation on the processor.
///
/// libtorch's OpenMP keeps this number for each thread that calls it: a thread takes over the one that was set last when
/// it first computes, and then follows only what is set on itself. So set it where the work is done, before the work.
/// (libtorch has a second pool, for whole operations side by side. Only its script interpreter uses it; nothing here
/// does, and it is never started.)
public enum ComputeThreads {
    /// How many this thread uses.
    public static var count: Int { Int(ct_threads()) }

    /// Sets how many this thread uses, and every thread that has not computed yet.
    public static func set(_ count: Int) throws(TorchError) {
        guard let number = Int32(exactly: count) else {
            throw TorchError("ComputeThreads.set", reason: "\(count) is no number of threads.")
        }
        guard ct_set_threads(number) == 0 else { throw .last("ComputeThreads.set") }
    }
}

/// The vector instructions of this package's own loops, for tests.
package enum VectorInstructions {
    /// Uses no wider ones than these, in the whole process: 0 what every processor has, 1 AVX2, 2 AVX-512.
    package static func use(widest: Int) { ct_use_vectors(Int32(widest)) }
}
