// A network that learns: one step at a time, on one thread, on one device.

package import Datasets
import Foundation
import Networks
package import Torch
package import WeightFiles
import Workers

/// A network with its optimiser.
///
/// It belongs to one thread at a time. What happens in a step depends on the weights, the batch and the step's number only,
/// so that training can go on from a checkpoint as if it had never stopped.
package final class Trainee {
    package let executor: NetworkExecutor
    let choices: Optimisation
    private let optimizer: Optimizer
    private let average: WeightAverage?
    private let output: String
    private let targets: Targets
    private let loss: TargetLoss
    private let averaging: GradientAveraging?
    private let group: ProcessGroup?
    /// At most so many images go through the network at once; the others of a step follow, and their gradients add up.
    private(set) var microBatch: Int
    /// Is told when memory was too small for a micro-batch, with the new size.
    var memoryWasShort: (Int) -> Void = { _ in }

    /// Makes a network ready to learn.
    ///
    /// - Parameters:
    ///   - executor: The network; those of its parameters learn that want gradients.
    ///   - choices: How.
    ///   - targets: What.
    ///   - stages: Its stages, for rates that differ between them.
    ///   - output: Which output the logits are.
    ///   - microBatch: At most so many images go through the network at once.
    ///   - group: Whom gradients are averaged with; nil if this process learns alone.
    /// - Throws: `TorchError`, and `WorkersError` if the others train something else.
    init(
        _ executor: NetworkExecutor, _ choices: Optimisation, _ targets: Targets, stages: [Stage] = [],
        output: String = "scores", microBatch: Int? = nil, group: ProcessGroup? = nil
    ) throws {
        self.executor = executor
        self.choices = choices
        self.output = output
        self.microBatch = max(1, min(microBatch ?? choices.batchSize, choices.batchSize))
        self.targets = targets
        loss = try TargetLoss(targets, choices, on: executor.device)
        let trained = executor.parameters.filter { $0.value.requiresGradient }
        optimizer = try Optimizer(
            choices.optimizer,
            groups: choices.groups(Array(trained.keys), norms: executor.normPaths, stages: stages), parameters: trained)
        average = try choices.averageDecay.map { try WeightAverage(of: executor, decay: $0) }
        self.group = group
        averaging = try group.map { group in
            // In the order in which the network uses them, so that the last ones, whose gradients come first, go first.
            let names = executor.graph.requirements.map(\.name).filter { trained[$0] != nil }
            return try GradientAveraging(
                names.compactMap { name in trained[name].map { (name: name, tensor: $0) } }, in: group)
        }
    }

    /// The same for a process that learns classes alone, of each of which there are so many images.
    package convenience init(
        _ executor: NetworkExecutor, _ choices: Optimisation, counts: [Int], microBatch: Int? = nil
    ) throws {
        try self.init(executor, choices, Targets(counts: counts), microBatch: microBatch)
    }

    /// The same for a process that learns alone.
    package convenience init(
        _ executor: NetworkExecutor, _ choices: Optimisation, learning targets: Targets, microBatch: Int? = nil
    ) throws {
        try self.init(executor, choices, targets, microBatch: microBatch)
    }

    /// Updates the weights by [count, side, side, 3] bytes at a learning rate, and a momentum if not the optimiser's own.
    package func step(
        _ batch: LabelledBatch<UInt8>, _ number: Int, _ rate: Double, momentum: Double? = nil
    ) throws -> TrainingHistory.Step {
        try step(batch, number, rate, momentum) { try Tensor($0, shape: $1) }
    }

    /// Updates the weights by [count, features] floats at a learning rate, and a momentum if not the optimiser's own.
    package func step(
        _ batch: LabelledBatch<Float>, _ number: Int, _ rate: Double, momentum: Double? = nil
    ) throws -> TrainingHistory.Step {
        try step(batch, number, rate, momentum) { try Tensor($0, shape: $1) }
    }

    private func step<Element: TensorElement & Sendable>(
        _ batch: LabelledBatch<Element>, _ number: Int, _ rate: Double, _ momentum: Double?,
        _ tensor: ([Element], [Int]) throws -> Tensor
    ) throws -> TrainingHistory.Step {
        optimizer.learningRate = rate
        optimizer.momentum = momentum
        // If memory runs out in a step, it is done again, and batch norms must not have seen its first images already.
        let before = microBatch > 1 && group == nil ? try executor.statistics.mapValues { try $0.clone() } : [:]
        while true {
            do {
                optimizer.clearGradients()
                let (loss, correct) = try gradients(batch, number, tensor)
                guard loss.isFinite else {
                    return .init(loss: loss, learningRate: rate, images: batch.all.count, correct: 0)
                }
                if let clip = choices.gradientClip { _ = try optimizer.clipGradients(to: clip) }
                try optimizer.step()
                try average?.update(from: executor)
                return .init(loss: loss, learningRate: rate, images: batch.all.count, correct: correct)
            } catch let error as TorchError where error.isOutOfMemory && microBatch > 1 && group == nil {
                optimizer.clearGradients()
                HostMemory.releaseKept()
                for (name, value) in before { try executor.statistics[name]?.copy(from: value) }
                microBatch = (min(microBatch, batch.count) + 1) / 2
                memoryWasShort(microBatch)
            }
        }
    }

    /// Adds up the gradients of a step's mean loss, a micro-batch at a time.
    private func gradients<Element: TensorElement & Sendable>(
        _ batch: LabelledBatch<Element>, _ number: Int, _ tensor: ([Element], [Int]) throws -> Tensor
    ) throws -> (loss: Double, correct: Double) {
        let parts = (batch.count + microBatch - 1) / microBatch
        let size = batch.values.count / max(batch.count, 1)
        let whole = self.loss.weight(of: batch.all[...])
        var (loss, correct) = (0.0, 0.0)
        // The running statistics are the first worker's, as in PyTorch; each batch's own are its worker's.
        if let group { try group.broadcast(statistics) }
        if parts == 0 { try averaging?.prepare(share: 0) }
        for part in 0..<parts {
            let range = BatchOrder.share(part, of: parts, in: batch.count)
            let labels = batch.labels[range]
            // Only the last part is sent. Shares are in the losses already, so gradients are added up as they are.
            if part == parts - 1 { try averaging?.prepare(share: 1) }
            let values = Array(batch.values[(range.lowerBound * size)..<(range.upperBound * size)])
            let images = try tensor(values, [labels.count] + executor.graph.input.shape)
            let generator = try Generator(seed: seed(number, part), on: executor.device)
            let done = try forward(images, Array(labels), number, part, generator)
            // The gradient is that of the mean over the whole step, whatever the share of this part and this worker.
            let share = self.loss.weight(of: labels) / whole
            try (done.loss * share).backward()
            loss += done.value * share
            correct += done.correct
        }
        guard let group else { return (loss, correct) }
        try averaging?.finish()
        let sums = try group.sum([loss, correct])
        return (sums[0], sums[1])
    }

    private var statistics: [Tensor] { executor.statistics.sorted { $0.key < $1.key }.map(\.value) }

    private func forward(
        _ images: Tensor, _ labels: [Int], _ number: Int, _ part: Int, _ generator: Generator
    ) throws -> (loss: Tensor, value: Double, correct: Double) {
        var (images, truth) = (images, try loss.targets(labels))
        if choices.mix != .none {
            (images, truth) = try mixed(images.to(executor.device), labels, seed(number, part))
        }
        guard let logits = try executor(images, phase: .training(using: generator))[output] else {
            throw TrainingError.noOutput(output)
        }
        let loss = try loss(logits, truth)
        let value: [Double] = try loss.detached().to(.float64).array()
        return (loss, value[0], try self.loss.correct(logits.detached(), labels))
    }

    private func seed(_ number: Int, _ part: Int) -> UInt64 {
        // Workers must not drop the same features of their different photos.
        let place = UInt64(group?.place.rank ?? 0) << 48 | UInt64(number) << 16 | UInt64(part)
        var generator = SeededGenerator(seed: choices.seed ^ 0xD509_0B7, stream: place)
        return generator.next()
    }

    /// Blends each image with another of the batch.
    package func mixed(_ images: Tensor, _ labels: [Int], _ seed: UInt64) throws -> (Tensor, Tensor) {
        var generator = SeededGenerator(seed: seed)
        var partners = Array(labels.indices)
        generator.shuffle(&partners)
        let share = generator.beta(choices.mixAlpha)
        let others = try images.selected(at: Tensor(partners).to(executor.device), along: 0)
        var kept = share
        let blended: Tensor
        if choices.mix == .mixup || images.rank != 4 {
            let mix = try images.to(.float32) * share + others.to(.float32) * (1 - share)
            blended = images.elementType == .uint8 ? try (mix + 0.5).to(.uint8) : mix
        } else {
            let (rows, columns) = (images.shape[1], images.shape[2])
            let box = generator.rectangle(rows: rows, columns: columns, share: 1 - share)
            let mask = (0..<(rows * columns)).map {
                box.rows.contains($0 / columns) && box.columns.contains($0 % columns)
            }
            let inside = try Tensor(mask, shape: [1, rows, columns, 1], on: executor.device)
            blended = try choose(inside, others, otherwise: images)
            kept = 1 - Double(box.rows.count * box.columns.count) / Double(rows * columns)
        }
        let rows = labels.indices.flatMap { index in
            zip(targets.row(labels[index]), targets.row(labels[partners[index]])).map {
                $0 * Float(kept) + $1 * Float(1 - kept)
            }
        }
        return (blended, try Tensor(rows, shape: [labels.count, targets.counts.count], on: executor.device))
    }

    // MARK: - Weights and state

    /// The weights to answer with: the average, where one is kept.
    package func weights() throws -> Weights { try average?.weights() ?? executor.weights() }

    /// Runs `body` with the weights to answer with.
    package func answering<Result>(_ body: () async throws -> Result) async throws -> Result {
        guard let average else { return try await body() }
        let own = try executor.snapshot()
        try executor.restore(average.snapshot)
        do {
            let result = try await body()
            try executor.restore(own)
            return result
        } catch {
            try executor.restore(own)
            throw error
        }
    }

    /// Everything that a later run needs to go on as if nothing had happened.
    package func state() throws -> Weights {
        var all = Weights()
        all.add(try executor.weights(), under: "model")
        all.add(try optimizer.state(), under: "optimizer")
        if let average { all.add(try average.state(), under: "average") }
        return all
    }

    /// Gives all workers the first one's weights.
    func synchronise() throws {
        try group?.broadcast(executor.parameters.sorted { $0.key < $1.key }.map(\.value) + statistics)
    }

    /// Whether any worker says yes.
    func someWorker(_ answer: Bool) throws -> Bool {
        guard let group else { return answer }
        return try group.sum([answer ? 1 : 0])[0] > 0
    }

    /// Goes back to a state.
    package func restore(_ state: Weights) throws {
        try executor.load(state.part("model"))
        try optimizer.restore(state.part("optimizer"))
        try average?.restore(state.part("average"))
    }
}

extension NetworkExecutor {
    /// Where the batch norms are.
    var normPaths: Set<String> {
        Set(
            graph.nodes.compactMap { node in
                guard case .batchNorm(let path, _, _) = node.operation else { return nil }
                return path
            })
    }
}

extension Weights {
    /// Adds all arrays of others, their names behind `prefix` and a dot.
    mutating func add(_ others: Weights, under prefix: String) {
        for name in others.names { self["\(prefix).\(name)"] = others[name] }
    }

    /// The arrays whose names begin with `prefix` and a dot, without those.
    func part(_ prefix: String) -> Weights {
        var part = Weights()
        for name in names where name.hasPrefix("\(prefix).") {
            part[String(name.dropFirst(prefix.count + 1))] = self[name]
        }
        return part
    }
}

extension Graph.Input {
    /// The shape of one image or vector as it enters.
    var shape: [Int] {
        switch self {
        case .bytes(let rows, let columns): [rows, columns, 3]
        case .floats(let rows, let columns): [3, rows, columns]
        case .vectors(let count): [count]
        }
    }
}

extension SeededGenerator {
    /// A number of the symmetric beta distribution with both parameters `alpha`, by Jöhnk's method ("Erzeugung von
    /// betaverteilten und gammaverteilten Zufallszahlen", 1964) up to 1 and by two gamma numbers above.
    package mutating func beta(_ alpha: Double) -> Double {
        if alpha <= 1 {
            while true {
                let (x, y) = (pow(unit(), 1 / alpha), pow(unit(), 1 / alpha))
                if x + y > 0, x + y <= 1 { return x / (x + y) }
            }
        }
        let (x, y) = (gamma(alpha), gamma(alpha))
        return x / (x + y)
    }

    /// Marsaglia and Tsang, "A Simple Method for Generating Gamma Variables", 2000; `shape` at least 1.
    private mutating func gamma(_ shape: Double) -> Double {
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = (-2 * log(1 - unit())).squareRoot() * cos(2 * .pi * unit())
            let v = pow(1 + c * x, 3)
            if v > 0, log(1 - unit()) < x * x / 2 + d - d * v + d * log(v) { return d * v }
        }
    }

    /// A rectangle somewhere that covers `share` of a picture, cut off at its edges.
    package mutating func rectangle(rows: Int, columns: Int, share: Double) -> (rows: Range<Int>, columns: Range<Int>) {
        let side = share.squareRoot()
        func span(_ size: Int, _ middle: Int) -> Range<Int> {
            let half = Int((side * Double(size) / 2).rounded())
            return max(0, middle - half)..<min(size, middle + half)
        }
        return (span(rows, index(below: rows)), span(columns, index(below: columns)))
    }
}

/// Why a network cannot be trained.
public enum TrainingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The network does not give what is to be trained.
    case noOutput(String)
    /// Someone asked training to stop; it can go on from its checkpoint.
    case interrupted(run: Int?)

    /// What happened, and what to do.
    public var description: String {
        switch self {
        case .noOutput(let name): "The network gives no output called \(name)."
        case .interrupted(let run):
            run.map { "Stopped as asked; everything is saved. Go on with --resume \($0)." }
                ?? "Stopped as asked, before training began. What was computed of the photos is kept."
        }
    }
}
