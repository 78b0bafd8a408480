// Optimisers on a few numbers, worked by hand; what they refuse; what they leave behind.

import Networks
import TestSupport
import Testing
import Torch
import WeightFiles

/// A parameter whose gradient is `gradient`.
private func parameter(_ numbers: [Double], gradient: [Double]? = nil) throws -> Tensor {
    let x = try Tensor(numbers).requiringGradient()
    if let gradient { try (x * Tensor(gradient)).sum().backward() }
    return x
}

struct OptimizerTests {
    @Test func aStepOfEachGroupHasItsRateAndDecay() throws {
        let parameters = try ["a": parameter([1, 2], gradient: [10, 20]), "b": parameter([4], gradient: [2])]
        let optimizer = try Optimizer(
            .sgd(momentum: 0, isNesterov: false),
            groups: [
                ParameterGroup(names: ["a"], weightDecay: 0),
                ParameterGroup(names: ["b"], rateFactor: 0.5, weightDecay: 0.25),
            ],
            parameters: parameters)
        // Without a rate nothing moves.
        try optimizer.step()
        #expect(try parameters["a"]?.array() == [1.0, 2])
        optimizer.learningRate = 0.5
        try optimizer.step()
        // 1 − 0.5 · 10 and 2 − 0.5 · 20; 4 − 0.5 · 0.5 · (2 + 0.25 · 4).
        #expect(try parameters["a"]?.array() == [-4.0, -8])
        #expect(try parameters["b"]?.array() == [3.25])
        #expect(try optimizer.state().count == 0)
    }

    @Test func momentumAddsUp() throws {
        let x = try parameter([0], gradient: [1])
        let optimizer = try Optimizer(
            .sgd(momentum: 0.5, isNesterov: false), groups: [.init(names: ["x"], weightDecay: 0)], parameters: ["x": x])
        optimizer.learningRate = 1
        // The gradient stays 1: the momentum is 1, 1.5, 1.75.
        var places: [Double] = []
        for _ in 0..<3 {
            try optimizer.step()
            places.append(try x.number())
        }
        #expect(places == [-1, -2.5, -4.25])
        #expect(try optimizer.state().names == ["momentum.x"])
    }

    @Test func momentumCanBeAnotherAtEachStep() throws {
        let x = try parameter([0], gradient: [1])
        let group = ParameterGroup(names: ["x"], weightDecay: 0)
        let optimizer = try Optimizer(.sgd(momentum: 0.5, isNesterov: false), groups: [group], parameters: ["x": x])
        optimizer.learningRate = 1
        // What is remembered is 1, 0.25 · 1 + 1 = 1.25, 0.75 · 1.25 + 1 = 1.9375, and with its own 0.5 again 1.96875.
        var places: [Double] = []
        for momentum in [0.9, 0.25, 0.75, nil] {
            optimizer.momentum = momentum
            try optimizer.step()
            places.append(try x.number())
        }
        #expect(places == [-1, -2.25, -4.1875, -6.15625])
        for wrong in [0, 1, -0.5, .nan] {
            optimizer.momentum = wrong
            #expect(throws: TorchError.self) { try optimizer.step() }
        }
        #expect(try x.number() == -6.15625)
    }

    /// It remembers nothing, so there is nothing that momentum could be had of.
    @Test func withoutMomentumThereIsNoneLaterEither() throws {
        let x = try parameter([0], gradient: [1])
        let group = ParameterGroup(names: ["x"], weightDecay: 0)
        let optimizer = try Optimizer(.sgd(momentum: 0, isNesterov: false), groups: [group], parameters: ["x": x])
        optimizer.learningRate = 1
        optimizer.momentum = 0.9
        for _ in 0..<3 { try optimizer.step() }
        #expect(try x.number() == -3)
    }

    @Test(arguments: [OptimizerKind.sgd, .adam, .adamW])
    func parametersWithoutAGradientStay(_ kind: OptimizerKind) throws {
        let parameters = try ["a": parameter([1], gradient: [1]), "b": parameter([1]), "c": Tensor([1.0])]
        let group = ParameterGroup(names: ["a", "b", "c"], weightDecay: 0.1)
        let optimizer = try Optimizer(kind, groups: [group], parameters: parameters)
        optimizer.learningRate = 0.1
        try optimizer.step()
        #expect(try parameters["a"]?.number() != 1)
        #expect(try parameters["b"]?.number() == 1)
        #expect(try parameters["c"]?.number() == 1)
        guard kind != .sgd else { return }
        // Each counts its own steps, as in PyTorch.
        #expect(try optimizer.state().tensor("step.a").floats() == [1])
        #expect(try optimizer.state().tensor("step.b").floats() == [0])
        optimizer.clearGradients()
        try optimizer.step()
        #expect(try optimizer.state().tensor("step.a").floats() == [1])
    }

    @Test func clippingKeepsTheDirection() throws {
        let parameters = try ["a": parameter([0, 0], gradient: [3, 0]), "b": parameter([0], gradient: [4])]
        let optimizer = try Optimizer(
            .sgd, groups: [.init(names: ["a"], weightDecay: 0), .init(names: ["b"], weightDecay: 0)],
            parameters: parameters)
        // √(9 + 16) = 5.
        #expect(try optimizer.gradientNorm() == 5)
        #expect(try optimizer.clipGradients(to: 10) == 5)
        #expect(try parameters["a"]?.gradient?.array() == [3.0, 0])
        #expect(try optimizer.clipGradients(to: 1) == 5)
        // PyTorch divides by the length + 1e-6.
        let expected = 1 / (5 + 1e-6)
        expectClose(try #require(try parameters["a"]?.gradient).array(), [3 * expected, 0], relative: 1e-14)
        expectClose(try #require(try parameters["b"]?.gradient).array(), [4 * expected], relative: 1e-14)
        optimizer.clearGradients()
        #expect(try optimizer.gradientNorm() == 0)
        #expect(try optimizer.clipGradients(to: 1) == 0)
    }

    @Test func aGradientThatIsNoNumberShowsInTheNorm() throws {
        let x = try parameter([1], gradient: [.infinity])
        let optimizer = try Optimizer(.sgd, groups: [.init(names: ["x"], weightDecay: 0)], parameters: ["x": x])
        #expect(try optimizer.gradientNorm() == .infinity)
        #expect(try !optimizer.clipGradients(to: 1).isFinite)
    }

    @Test func refusals() throws {
        let x = try parameter([1])
        func reason(_ kind: OptimizerKind, _ groups: [ParameterGroup]) throws -> String {
            try #require(throws: TorchError.self) { try Optimizer(kind, groups: groups, parameters: ["x": x]) }.reason
        }
        let group = ParameterGroup(names: ["x"], weightDecay: 0)
        #expect(try reason(.sgd, [.init(names: ["y"], weightDecay: 0)]) == "There is no parameter y.")
        #expect(try reason(.sgd, [group, group]) == "The parameter x stands twice in the groups.")
        #expect(try reason(.sgd, [.init(names: ["x"], weightDecay: -1)]).contains("must not be below 0"))
        #expect(try reason(.sgd(momentum: 1, isNesterov: false), [group]).contains("momentum is 1.0"))
        #expect(try reason(.sgd(momentum: 0, isNesterov: true), [group]).contains("needs a momentum"))
        #expect(try reason(.adam(beta1: 1, beta2: 0.9, epsilon: 0), [group]).contains("beta1 is 1.0"))
        #expect(try reason(.adamW(beta1: 0, beta2: -1, epsilon: 0), [group]).contains("beta2 is -1.0"))
        #expect(try reason(.adam(beta1: 0, beta2: 0, epsilon: .nan), [group]).contains("epsilon is nan"))
    }

    @Test func aStateOfAnotherIsRefusedAndNothingChanges() throws {
        func optimizer(_ kind: OptimizerKind, _ name: String, _ numbers: [Double]) throws -> Optimizer {
            let x = try parameter(numbers, gradient: numbers)
            let result = try Optimizer(kind, groups: [.init(names: [name], weightDecay: 0)], parameters: [name: x])
            try result.step()
            return result
        }
        let mine = try optimizer(.adam, "x", [1, 2])
        let before = try mine.state()
        let kind = try #require(throws: TorchError.self) { try mine.restore(optimizer(.adamW, "x", [3, 4]).state()) }
        #expect(kind.reason == "The state is one of adamw; this optimiser is adam.")
        let name = try #require(throws: WeightsError.self) { try mine.restore(optimizer(.adam, "y", [3, 4]).state()) }
        #expect(name.description.contains("Missing: exp_avg.x, exp_avg_sq.x, step.x. Unknown: exp_avg.y"))
        let shape = try #require(throws: WeightsError.self) { try mine.restore(optimizer(.adam, "x", [3]).state()) }
        #expect(shape.description.contains("exp_avg.x should be [2] and is [1]"))
        #expect(try mine.state() == before)
        let other = try optimizer(.adam, "x", [3, 4]).state()
        try mine.restore(other)
        #expect(try mine.state() == other)
    }

    @Test func momentsLieInMemoryAsTheParameterDoes() throws {
        // The same steps in either order of memory give the same numbers.
        func run(_ order: (Tensor) throws -> Tensor) throws -> [Float] {
            let start = try Generator(seed: 5).normal([4, 3, 2, 5])
            let x = try order(start).requiringGradient()
            let optimizer = try Optimizer(.adam, groups: [.init(names: ["x"], weightDecay: 0.1)], parameters: ["x": x])
            optimizer.learningRate = 0.01
            for seed in 1...5 {
                optimizer.clearGradients()
                try (x * Generator(seed: UInt64(seed)).normal([4, 3, 2, 5])).sum().backward()
                try optimizer.step()
            }
            return try x.array() + optimizer.state().tensor("exp_avg.x").floats()
        }
        #expect(try run { try $0.toChannelsLast() } == run { $0 })
        #expect(try run { try $0.permuted([1, 3, 0, 2]).toRowMajor().permuted([2, 0, 3, 1]) } == run { $0 })
        // One with gaps would be walked through as if it had none.
        let error = try #require(throws: TorchError.self) {
            try run { try stack([$0, $0], along: -1).selected(0, along: -1).detached() }
        }
        #expect(error.reason.contains("gaps in memory"))
    }

    @Test(arguments: [OptimizerKind.sgd, .adam, .adamW])
    func aHundredStepsLeaveNothing(_ kind: OptimizerKind) throws {
        let graph = try Graph(.bytes(rows: 8, columns: 8)) { images in
            let pixels = try normalise(images, mean: Backbone.mean, deviation: Backbone.deviation)
            let map = try convolution(pixels, WeightPath("conv"), outputs: 4, kernel: 3, hasBias: false)
            let features = try globalAveragePool(relu(batchNorm(map, WeightPath("bn"))))
            return [("logits", try linear(features, WeightPath("fc"), outputs: 2))]
        }
        let batch = try Tensor(NetworkGolden.images(2, side: 8), shape: [2, 8, 8, 3])
        try expectNoLeak {
            let executor = try NetworkExecutor(graph, weights: Weights(formulaFor: graph.requirements))
            let group = ParameterGroup(names: Array(executor.parameters.keys), weightDecay: 1e-4)
            let optimizer = try Optimizer(kind, groups: [group], parameters: executor.parameters)
            let average = try WeightAverage(of: executor, decay: 0.9)
            optimizer.learningRate = 1e-3
            try expectNoLeak {
                for _ in 0..<100 {
                    optimizer.clearGradients()
                    let outputs = try executor(batch, phase: .training(using: Generator(seed: 0)))
                    try crossEntropy(#require(outputs["logits"]), Tensor([0, 1])).backward()
                    try optimizer.clipGradients(to: 1)
                    try optimizer.step()
                    try average.update(from: executor)
                }
                #expect(try executor.isFinite())
            }
        }
    }
}
