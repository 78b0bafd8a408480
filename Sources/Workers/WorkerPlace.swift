// Where one process stands among those that train together, as torchrun tells it.
//
// The variables are those of torchrun (https://docs.pytorch.org/docs/stable/elastic/run.html), which schedulers and
// operators set as well, so that whatever starts PyTorch's workers can start ours.

internal import Foundation

/// The place of this process among those that train together.
public struct WorkerPlace: Hashable, Sendable {
    /// The most workers that a group may have; more is taken for a mistake.
    public static let largestCount = 4096

    /// From 0; worker 0 is the one that writes files and speaks to people.
    public let rank: Int
    /// How many workers there are in all.
    public let count: Int
    /// From 0 on this machine: the number of the GPU that this worker takes.
    public let localRank: Int
    /// How many workers there are on this machine, among which its processor's cores are divided.
    public let localCount: Int
    /// The name or address of worker 0's machine, where the workers meet.
    public let address: String
    /// The port at which worker 0 waits there.
    public let port: Int
    /// Whether this worker serves the meeting point: worker 0 does, unless torchrun's own process does already.
    public let isHost: Bool
    /// What tells one start of the same workers from the next at the same meeting point.
    public let session: String

    /// A place that is known: all numbers must be in range.
    public init(
        rank: Int, count: Int, localRank: Int = 0, localCount: Int = 1, address: String = "127.0.0.1", port: Int
    ) {
        self.init(
            rank: rank, count: count, localRank: localRank, localCount: localCount, address: address, port: port,
            isHost: rank == 0, session: "ocelot")
        precondition((1...Self.largestCount).contains(count) && (0..<count).contains(rank), "rank \(rank) of \(count)")
        precondition(localCount > 0 && (0..<localCount).contains(localRank), "rank \(localRank) of \(localCount) here")
        precondition((1...65535).contains(port), "port \(port)")
    }

    private init(
        rank: Int, count: Int, localRank: Int, localCount: Int, address: String, port: Int, isHost: Bool,
        session: String
    ) {
        self.rank = rank
        self.count = count
        self.localRank = localRank
        self.localCount = localCount
        self.address = address
        self.port = port
        self.isHost = isHost
        self.session = session
    }

    /// The place that the variables of the environment tell; nil if none of them is set.
    ///
    /// RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT go together. LOCAL_RANK is 0 and LOCAL_WORLD_SIZE as small as it
    /// can be where they are missing.
    public init?(environment: [String: String]) throws {
        let needed = ["RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"]
        let set = (needed + ["LOCAL_RANK"]).filter { !(environment[$0] ?? "").isEmpty }
        if set.isEmpty { return nil }
        let missing = needed.filter { (environment[$0] ?? "").isEmpty }
        guard missing.isEmpty else {
            throw WorkersError.environment(
                reason: "Set: \(set.joined(separator: ", ")); missing: \(missing.joined(separator: ", ")).")
        }
        func number(_ name: String, _ range: ClosedRange<Int>, _ meaning: String) throws -> Int {
            let text = environment[name] ?? ""
            guard let value = Int(text), range.contains(value) else {
                throw WorkersError.environment(
                    reason: "\(name) is '\(text)', where \(meaning) from \(range.lowerBound) to \(range.upperBound) "
                        + "is wanted.")
            }
            return value
        }
        let count = try number("WORLD_SIZE", 1...Self.largestCount, "a number of workers")
        let rank = try number("RANK", 0...(count - 1), "a worker's number")
        let localRank =
            environment["LOCAL_RANK"] == nil ? 0 : try number("LOCAL_RANK", 0...(count - 1), "a worker's number")
        let localCount =
            environment["LOCAL_WORLD_SIZE"] == nil
            ? localRank + 1 : try number("LOCAL_WORLD_SIZE", (localRank + 1)...count, "a number of workers")
        // torchrun restarts lost workers, and its own process serves a store that outlives them.
        let hasAgent = environment["TORCHELASTIC_USE_AGENT_STORE"] == "True"
        let session =
            ["ocelot", environment["TORCHELASTIC_RUN_ID"], environment["TORCHELASTIC_RESTART_COUNT"]]
            .compactMap { $0 }.joined(separator: "/")
        self.init(
            rank: rank, count: count, localRank: localRank, localCount: localCount,
            address: environment["MASTER_ADDR"] ?? "",
            port: try number("MASTER_PORT", 1...65535, "a port"),
            isHost: rank == 0 && !hasAgent, session: session)
    }

    /// The variables that tell a process this place.
    public var environment: [String: String] {
        [
            "RANK": "\(rank)", "WORLD_SIZE": "\(count)", "LOCAL_RANK": "\(localRank)",
            "LOCAL_WORLD_SIZE": "\(localCount)", "MASTER_ADDR": address, "MASTER_PORT": "\(port)",
        ]
    }

    /// This worker's part of the processor's cores, for `ComputeThreads.set`; at least 1.
    public var threads: Int { max(1, ProcessInfo.processInfo.activeProcessorCount / localCount) }
}
