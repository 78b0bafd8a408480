// Data-parallel training: every worker computes the gradient of its share of a batch, and all get the whole batch's.

internal import CTorch
internal import Workers

/// Averages gradients over all workers, while the backward pass still runs.
///
/// A step is:
/// ```swift
/// optimizer.clearGradients()
/// averaging.prepare(share: Double(mine) / Double(total))   // this worker's photos, all workers' photos
/// try loss.backward()                                      // the mean over this worker's photos
/// try averaging.finish()                                   // now every parameter has the gradient of the whole mean
/// ```
/// With a share in several parts (gradient accumulation), `prepare` comes before the last part's backward pass only: the
/// parts before it add up on this worker alone. A worker with no photo in a batch calls `prepare(share: 0)` and
/// `finish()` without a backward pass. Every worker takes every step.
///
/// The result has the same bits on all workers, and from one run to the next.
public final class GradientAveraging {
    /// How many messages a step sends.
    public let bucketCount: Int
    private let group: ProcessGroup
    private let pointer: CTAveraging

    /// Takes the parameters in the order in which the network uses them.
    ///
    /// All must want a gradient. One that no worker's backward pass reaches gets a gradient of zeros, and keeps what
    /// comes before it in the network from being sent early: better leave it out. Sums are sent in pieces of at most
    /// `bucketBytes`, the first of `firstBucketBytes` so that sending begins early.
    public init(
        _ parameters: [(name: String, tensor: Tensor)], in group: ProcessGroup,
        bucketBytes: Int = 25 << 20, firstBucketBytes: Int = 1 << 20
    ) throws {
        let descriptions = parameters.map { "\($0.name) \($0.tensor.shape) of \($0.tensor.elementType)" }
        try group.agree(on: "list of parameters", descriptions.joined(separator: "\n"))
        self.group = group
        pointer = try group.make("GradientAveraging") { group in
            var result: CTAveraging?
            let status = Tensor.status(parameters.map(\.tensor)) {
                ct_averaging(&result, group, $0, $1, bucketBytes, firstBucketBytes)
            }
            return status == 0 ? result : nil
        }
        bucketCount = ct_averaging_buckets(pointer)
    }

    deinit { ct_averaging_release(pointer) }

    /// How many of the messages of this step are on their way.
    package var sentCount: Int { ct_averaging_sent(pointer) }

    /// The next backward pass is the last of this step: its gradients, with what was there before them, are sent.
    ///
    /// `share` is this worker's part of the whole batch, between 0 and 1; all workers' parts add up to 1.
    public func prepare(share: Double) throws(TorchError) {
        precondition((0...1).contains(share), "\(share) is no share of a batch.")
        guard ct_averaging_prepare(pointer, share) == 0 else { throw .last("prepare") }
    }

    /// The same for equal shares.
    public func prepare() throws(TorchError) { try prepare(share: 1 / Double(group.place.count)) }

    /// Waits for the other workers; when it returns, every parameter's gradient is that of the whole batch.
    public func finish() throws {
        guard ct_averaging_send(pointer) == 0 else { throw TorchError.last("finish") }
        try group.run("the averaging of gradients") { _ in ct_averaging_wait(pointer) }
    }
}

/// Not `Sendable`: it is used where the network trains.
@available(*, unavailable)
extension GradientAveraging: Sendable {}
