// Recording for gradients: what is recorded, where gradients arrive, and when the record is let go.

import Testing
import Torch
import WeightFiles

struct GradientTests {
    @Test func gradientsAddUpUntilCleared() throws {
        let x = try Tensor([3.0]).requiringGradient()
        #expect(try x.gradient == nil)
        // d(x²) ⁄ dx = 2x = 6.
        try (x * x).sum().backward()
        #expect(try x.gradient?.array() == [6.0])
        try (x * x).sum().backward()
        #expect(try x.gradient?.array() == [12.0])
        x.clearGradient()
        #expect(try x.gradient == nil)
    }

    @Test func onlyWantedGradientsArrive() throws {
        let x = try Tensor([3.0]).requiringGradient()
        let frozen = try Tensor([2.0])
        try (x * frozen).sum().backward()
        #expect(try x.gradient?.array() == [2.0])
        #expect(try frozen.gradient == nil)
        #expect(!frozen.requiresGradient)
        #expect(try (x * frozen).requiresGradient)
        #expect(try !x.detached().requiresGradient)
        #expect(try !x.requiringGradient(false).requiresGradient)
    }

    @Test func nothingIsRecordedWithoutGradients() throws {
        let x = try Tensor([3.0]).requiringGradient()
        let y = try withoutGradients { try x * x }
        #expect(!y.requiresGradient)
        #expect(Tensor.isRecording)
    }

    @Test func recordingIsAsBeforeAfterAnError() throws {
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            try withoutGradients {
                #expect(!Tensor.isRecording)
                // Nested, the inner end does not turn recording on.
                withoutGradients {}
                #expect(!Tensor.isRecording)
                throw Stop()
            }
        }
        #expect(Tensor.isRecording)
    }

    @Test func aTensorOfManyNumbersNeedsASeed() throws {
        let x = try Tensor([1.0, 2]).requiringGradient()
        #expect(throws: TorchError.self) { try (x * 2).backward() }
        try (x * 2).backward(seed: Tensor([1.0, 10]))
        #expect(try x.gradient?.array() == [2.0, 20])
    }

    @Test func nothingToDeriveIsAnError() throws {
        let x = try Tensor([1.0])
        let error = try #require(throws: TorchError.self) { try x.sum().backward() }
        #expect(error.description.contains("does not require grad"))
    }

    @Test func aTrainingStepLeavesNothing() throws {
        let generator = try Generator(seed: 1)
        let weight = try generator.normal([3, 8]).requiringGradient()
        let images = try generator.normal([5, 8])
        let labels = try Tensor([0, 1, 2, 0, 1])
        // The gradient itself stays, inside the weight.
        try expectNoLeak {
            for _ in 0..<3 {
                weight.clearGradient()
                let loss = try crossEntropy(linear(images, weight), labels, labelSmoothing: 0.1)
                try loss.backward()
                #expect(try weight.gradient?.shape == [3, 8])
            }
        }
    }
}

struct GeneratorTests {
    @Test func theSameSeedGivesTheSameNumbers() throws {
        func numbers(_ seed: UInt64) throws -> [Float] {
            let generator = try Generator(seed: seed)
            return try generator.uniform([5]).array() + generator.normal([5]).array()
                + generator.permutation(5).array().map { (index: Int) in Float(index) }
        }
        #expect(try numbers(1) == numbers(1))
        #expect(try numbers(1) != numbers(2))
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func numbersAreSpreadAsTheyShould(seed: UInt64) throws {
        let generator = try Generator(seed: seed)
        let count = 10_000.0
        let even: [Double] = try generator.uniform([Int(count)], in: 2..<4).array()
        #expect(even.allSatisfy { (2..<4).contains($0) })
        // Five standard errors: of the mean of an even spread over 2, √(1 ⁄ 3 ⁄ n); of a normal one's, deviation ⁄ √n.
        #expect(abs(even.reduce(0, +) / count - 3) < 5 * (1 / 3 / count).squareRoot())
        let bell: [Double] = try generator.normal([Int(count)], mean: -1, deviation: 3).array()
        #expect(abs(bell.reduce(0, +) / count + 1) < 5 * 3 / count.squareRoot())
        let variance = bell.reduce(0) { $0 + ($1 + 1) * ($1 + 1) } / count
        // The variance of a sample variance is 2σ⁴ ⁄ n.
        #expect(abs(variance - 9) < 5 * 9 * (2 / count).squareRoot())
        let order: [Int] = try generator.permutation(100).array()
        #expect(order.sorted() == Array(0..<100))
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func dropoutKeepsTheMeanAndItsGradientIsItsMask(seed: UInt64) throws {
        let count = 10_000.0
        let x = try Tensor.ones([Int(count)]).requiringGradient()
        let y = try dropout(x, probability: 0.25, using: Generator(seed: seed))
        let numbers: [Float] = try y.array()
        // What stays is divided by 0.75.
        #expect(Set(numbers) == [0, 1 / 0.75])
        let dropped = Double(numbers.count { $0 == 0 })
        // Five standard errors of a binomial count: √(n · 0.25 · 0.75).
        #expect(abs(dropped - 0.25 * count) < 5 * (count * 0.25 * 0.75).squareRoot())
        try y.sum().backward()
        #expect(try x.gradient?.array() == numbers)
    }
}
