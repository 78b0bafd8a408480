// What a training needs to go on after a power cut: written whole or not at all, checked when read.
//
// A checkpoint is one safetensors file: the weights, the best so far, the optimiser's state, and as metadata a JSON text
// with everything else and a SHA-256 over all of it. Order, augmentation and dropout follow from the seed and the number
// of the step, so no generator has a state to be kept. The last two checkpoints are kept: if the newer cannot be read, the
// older is taken, and the result is the same, only later.

import Crypto
public import Foundation
public import WeightFiles

/// The state of a training after some step.
public struct Checkpoint: Sendable {
    /// All that is not weights.
    public struct State: Codable, Hashable, Sendable {
        /// The run that it belongs to.
        public var run: Int
        /// The choices of the training, as a parameter file.
        public var recipe: String
        /// What the model is to be called.
        public var name: String
        /// The digest of the data set.
        public var fingerprint: String
        /// The network that training began with, and the digest of its weights.
        public var network: String
        /// The phase that is under way, from 0: the head, then the network.
        public var phase: Int
        /// The history of each phase so far, the last being that under way.
        public var histories: [TrainingHistory]
        /// The learning rate that the finder chose for the phase under way; nil if it did not.
        public var foundRate: Double?
        /// The version of libtorch, whose kernels the numbers depend on.
        public var libtorch: String
        /// The number of threads that computed, which the numbers depend on.
        public var threads: Int
        /// The number of workers.
        public var workers: Int
        /// At most so many images go through the network at once, on which dropout depends; nil for a head.
        public var microBatch: Int?

        /// Makes the state of a training.
        public init(
            run: Int, recipe: String, name: String, fingerprint: String, network: String, phase: Int,
            histories: [TrainingHistory], foundRate: Double? = nil, libtorch: String, threads: Int, workers: Int,
            microBatch: Int? = nil
        ) {
            self.run = run
            self.recipe = recipe
            self.name = name
            self.fingerprint = fingerprint
            self.network = network
            self.phase = phase
            self.histories = histories
            self.foundRate = foundRate
            self.libtorch = libtorch
            self.threads = threads
            self.workers = workers
            self.microBatch = microBatch
        }

        /// The phase under way.
        public var history: TrainingHistory { histories.last ?? TrainingHistory() }
    }

    /// All that is not weights.
    public var state: State
    /// The network and its optimiser, and the best weights so far.
    public var weights: Weights

    /// Makes a checkpoint.
    public init(state: State, weights: Weights) { (self.state, self.weights) = (state, weights) }
}

/// The checkpoints of one run, in a folder of their own.
public struct CheckpointStore: Sendable {
    /// Where they lie.
    public let folder: URL

    private static let newest = "latest.safetensors"
    private static let older = "previous.safetensors"
    private static let damaged = "damaged.safetensors"
    private static let (stateKey, digestKey) = ("state", "digest")

    /// The checkpoints of a run in a workspace.
    public init(run: Int, workspace: URL) { folder = workspace.appending(path: "checkpoints/\(run)") }

    /// Whether there is any.
    public var isEmpty: Bool {
        ![Self.newest, Self.older].contains { FileManager.default.fileExists(atPath: folder.appending(path: $0).path) }
    }

    /// Writes a checkpoint; the one before it is kept as well.
    ///
    /// When the method returns, it is on the disk. If it throws, or the process is killed at any moment, those that were
    /// there are there still.
    public func write(_ checkpoint: Checkpoint) throws {
        var weights = checkpoint.weights
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(checkpoint.state), as: UTF8.self)
        weights.metadata = [Self.stateKey: text]
        weights.metadata[Self.digestKey] = try weights.digest()
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            removeRests()
            try requireSpace(for: weights)
            try keepNewest()
            try weights.write(to: folder.appending(path: Self.newest))
        } catch let error as CheckpointError {
            throw error
        } catch {
            throw CheckpointError.unwritable(path: folder.relativePath, reason: "\(error)", free: freeBytes())
        }
    }

    /// Reads the newest checkpoint that is whole, and puts a newer one that is not aside.
    ///
    /// - Returns: The checkpoint, and a sentence about a newer one that could not be read, or nil.
    /// - Throws: `CheckpointError` if none can be read.
    public func read() throws -> (checkpoint: Checkpoint, warning: String?) {
        var problems: [String] = []
        for name in [Self.newest, Self.older] {
            let file = folder.appending(path: name)
            guard FileManager.default.fileExists(atPath: file.path) else { continue }
            do {
                let checkpoint = try Self.read(file)
                guard let problem = problems.first else { return (checkpoint, nil) }
                // Put aside: as the newest it would take the place of this one, the only good one, at the next save.
                rename(folder.appending(path: Self.newest).path, folder.appending(path: Self.damaged).path)
                let warning = "The newest checkpoint could not be read (\(problem)); the one before it is used."
                return (checkpoint, warning)
            } catch WeightsError.damaged(_, let problem) {
                problems.append(problem)
            } catch CheckpointError.damaged(_, let problem) {
                problems.append(problem)
            } catch {
                let text = "\(error)"
                problems.append(text.hasSuffix(".") ? String(text.dropLast()) : text)
            }
        }
        guard let problem = problems.first else { throw CheckpointError.none(path: folder.relativePath) }
        throw CheckpointError.damaged(path: folder.relativePath, reason: problem)
    }

    /// Removes all checkpoints, when the model is done.
    public func removeAll() { try? FileManager.default.removeItem(at: folder) }

    /// Reads one file and checks every byte of it.
    private static func read(_ file: URL) throws -> Checkpoint {
        // Copied, not mapped: it may be replaced while it is in use.
        var weights = try Weights(file: Data(contentsOf: file))
        guard let digest = weights.metadata.removeValue(forKey: digestKey), let text = weights.metadata[stateKey],
            try weights.digest() == digest
        else { throw CheckpointError.damaged(path: file.relativePath, reason: "its SHA-256 does not fit") }
        let state = try JSONDecoder().decode(Checkpoint.State.self, from: Data(text.utf8))
        weights.metadata = [:]
        return Checkpoint(state: state, weights: weights)
    }

    /// Makes the newest checkpoint the older one as well, without a moment in which there is none.
    private func keepNewest() throws {
        let (newest, older) = (folder.appending(path: Self.newest), folder.appending(path: Self.older))
        guard FileManager.default.fileExists(atPath: newest.path) else { return }
        let link = folder.appending(path: ".\(Self.older)")
        unlink(link.path)
        guard Foundation.link(newest.path, link.path) == 0, rename(link.path, older.path) == 0 else {
            throw CheckpointError.unwritable(
                path: folder.relativePath, reason: String(cString: strerror(errno)), free: freeBytes())
        }
    }

    /// Removes what a killed process left behind.
    private func removeRests() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for name in names where name.hasPrefix(".") {
            try? FileManager.default.removeItem(at: folder.appending(path: name))
        }
    }

    private func requireSpace(for weights: Weights) throws {
        let needed = weights.names.reduce(1 << 20) { $0 + (weights[$1]?.bytes.count ?? 0) }
        if let free = freeBytes(), free < needed {
            throw CheckpointError.noSpace(path: folder.relativePath, needed: needed, free: free)
        }
    }

    private func freeBytes() -> Int? {
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder.path)
        return (attributes?[.systemFreeSize] as? NSNumber)?.intValue
    }
}

/// What can be wrong with checkpoints.
public enum CheckpointError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is none.
    case none(path: String)
    /// None of them can be read.
    case damaged(path: String, reason: String)
    /// One cannot be written.
    case unwritable(path: String, reason: String, free: Int?)
    /// The disk has too little room for one; in bytes.
    case noSpace(path: String, needed: Int, free: Int)
    /// The data set is not the one that the training began with.
    case otherData(path: String)
    /// The network is not the one that the training began with.
    case otherNetwork(String)
    /// The run was started with choices that cannot be changed now.
    case otherChoice(String)

    /// What is wrong, and what to do.
    public var description: String {
        switch self {
        case .none(let path):
            "There is no checkpoint in \(path), so there is nothing to go on from. Train without --resume."
        case .damaged(let path, let reason):
            "No checkpoint in \(path) can be read: \(reason). Train again without --resume."
        case .unwritable(let path, let reason, let free):
            "No checkpoint can be written to \(path): \(reason)"
                + (free.map { " \($0 >> 20) MiB are free there." } ?? "")
                + " The last one is still there: see to it, and go on with --resume."
        case .noSpace(let path, let needed, let free):
            "A checkpoint needs \((needed + (1 << 20) - 1) >> 20) MiB in \(path), and \(free >> 20) MiB are free. The last one is "
                + "still there: free some space, and go on with --resume."
        case .otherData(let path):
            "\(path) is not the data set that this run began with: photos or labels have changed since. Put them back, or "
                + "train again without --resume."
        case .otherNetwork(let name):
            "This run began with other weights than those of \(name) that are at hand now. Put them back, or train again "
                + "without --resume."
        case .otherChoice(let name):
            "\(name) cannot be changed when a run goes on. Leave it out, or train again without --resume."
        }
    }
}
