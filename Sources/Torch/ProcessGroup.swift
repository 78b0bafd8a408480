// Processes that train together: what they tell each other.
//
// Between processors tensors go by Gloo, over TCP; between GPUs by NCCL, where the build has it, else by Gloo. Both are
// part of libtorch. Small numbers and bytes always go by Gloo.

internal import CTorch
internal import Foundation
public import Workers

/// The workers that train together, as one of them sees them.
///
/// Every worker makes the same calls in the same order; a call returns when all others have made it too. One group at a
/// time in a process. After an error the group is of no more use: a worker is gone, or did not answer for as long as the
/// timeout says.
public final class ProcessGroup {
    /// How long a worker waits for the others, unless told otherwise.
    public static let defaultTimeout: Duration = .seconds(300)
    /// How long a worker looks for the others after one has been lost.
    private static let search: Duration = .seconds(10)

    /// This worker's place.
    public let place: WorkerPlace
    /// Where the tensors are that this worker sends.
    public let device: Device
    /// Whether CUDA tensors can go by NCCL in this build.
    public static var hasNCCL: Bool { ct_has_nccl() != 0 }

    private let pointer: CTGroup
    /// Why the group is of no more use.
    private var failure: WorkersError?

    /// Meets the others; returns when all are there.
    ///
    /// The timeout holds for this, and for each later call: it must be longer than one worker may ever keep the others
    /// waiting, such as by validation that it does alone.
    public init(_ place: WorkerPlace, device: Device = .cpu, timeout: Duration = defaultTimeout) throws {
        try device.requireAvailable("ProcessGroup")
        self.place = place
        self.device = device
        var result: CTGroup?
        let status = ct_group_join(
            &result, Int32(place.rank), Int32(place.count), place.address, Int32(place.port), place.isHost ? 1 : 0,
            place.session, device.torchNumber, timeout.wholeMilliseconds)
        guard status == 0, let result else {
            throw WorkersError.meeting(
                worker: place.rank, of: place.count, address: place.address, port: place.port,
                reason: lastReason())
        }
        pointer = result
    }

    deinit { ct_group_release(pointer) }

    /// Waits until all workers have come here.
    public func barrier() throws {
        try run("a barrier") { ct_group_barrier($0) }
    }

    /// Overwrites the tensors with those of worker `rank`: on every worker, as many of the same shapes and types.
    public func broadcast(_ tensors: [Tensor], from rank: Int = 0) throws {
        precondition((0..<place.count).contains(rank), "There is no worker \(rank) of \(place.count).")
        try run("a broadcast") { group in
            Tensor.status(tensors) { ct_group_broadcast(group, $0, $1, Int32(rank)) }
        }
    }

    /// What each worker gives, worker 0's first: for small things, such as predictions of a share of the photos.
    public func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
        var all: [[UInt8]] = []
        try run("a gathering of bytes") { group in
            withUnsafeMutablePointer(to: &all) { all in
                ct_group_gather(
                    group, bytes, bytes.count,
                    { context, data, count in
                        let bytes = UnsafeRawBufferPointer(start: data, count: count)
                        context?.assumingMemoryBound(to: [[UInt8]].self).pointee.append([UInt8](bytes))
                    }, all)
            }
        }
        return all
    }

    /// The sums over all workers, the same bits on each: they are added in the order of the workers.
    public func sum(_ numbers: [Double]) throws -> [Double] {
        let all = try gather(numbers.withUnsafeBytes { [UInt8]($0) })
        var result = [Double](repeating: 0, count: numbers.count)
        for (rank, bytes) in all.enumerated() {
            guard bytes.count == numbers.count * MemoryLayout<Double>.size else {
                throw WorkersError.different(
                    worker: rank, what: "number of sums", here: "\(numbers.count)",
                    there: "\(bytes.count / MemoryLayout<Double>.size)")
            }
            bytes.withUnsafeBytes { theirs in
                for index in result.indices {
                    result[index] += theirs.loadUnaligned(
                        fromByteOffset: index * MemoryLayout<Double>.size, as: Double.self)
                }
            }
        }
        return result
    }

    /// The means over all workers, the same bits on each.
    public func mean(_ numbers: [Double]) throws -> [Double] {
        try sum(numbers).map { $0 / Double(place.count) }
    }

    /// Makes sure that all workers have the same `text`, which describes `what`.
    public func agree(on what: String, _ text: String) throws {
        let all = try gather([UInt8](text.utf8)).map { String(decoding: $0, as: UTF8.self) }
        guard let rank = all.firstIndex(where: { $0 != all[0] }) else { return }
        // Every worker says the same: how the first that differs differs from worker 0.
        let (here, there) = firstDifference(all[0], all[rank])
        throw WorkersError.different(worker: rank, what: what, here: here, there: there)
    }

    /// Calls C, whose errors mean that a worker is lost, and finds out which.
    func run(_ operation: String, _ body: (CTGroup) -> Int32) throws {
        if let failure { throw failure }
        guard body(pointer) != 0 else { return }
        let reason = lastReason()
        var ranks = [Int32](repeating: 0, count: place.count)
        let count = Int(ct_group_lost(pointer, &ranks, Self.search.wholeMilliseconds))
        let error = WorkersError.lost(
            workers: count < 0 ? nil : ranks.prefix(count).map(Int.init), of: place.count, operation: operation,
            reason: reason)
        failure = error
        throw error
    }

    /// Calls C, whose errors are mistakes of the caller's.
    func make<Result>(_ operation: String, _ body: (CTGroup) -> Result?) throws -> Result {
        guard let result = body(pointer) else { throw TorchError.last(operation) }
        return result
    }
}

/// Not `Sendable`: its calls belong to one thread, whose order all workers share.
@available(*, unavailable)
extension ProcessGroup: Sendable {}

/// The first sentence of what C said, without its place in libtorch's source, and without the advice of its libraries.
private func lastReason() -> String {
    var line = String(cString: ct_last_error()).prefix { $0 != "\n" }
    if line.hasPrefix("["), let end = line.range(of: "] ") { line = line[end.upperBound...] }
    if let end = line.range(of: ". ") { line = line[..<end.lowerBound] }
    while line.hasSuffix(".") { line = line.dropLast() }
    return String(line)
}

/// The first lines in which two texts differ.
private func firstDifference(_ x: String, _ y: String) -> (String, String) {
    let x = x.split(separator: "\n", omittingEmptySubsequences: false)
    let y = y.split(separator: "\n", omittingEmptySubsequences: false)
    let index = zip(x, y).enumerated().first { $1.0 != $1.1 }?.offset ?? min(x.count, y.count)
    func line(_ lines: [Substring]) -> String { index < lines.count ? String(lines[index]) : "nothing" }
    return (line(x), line(y))
}

extension Duration {
    fileprivate var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
