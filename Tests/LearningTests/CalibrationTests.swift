import Foundation
import Learning
import Testing

@Suite struct TemperatureScalingTests {
    /// SciPy's optimum of the same likelihood.
    @Test func sameTemperatureAsSciPy() throws {
        for golden in try SVMGolden.load().calibrations {
            let scaling = try TemperatureScaling.fit(scores: golden.scores, labels: golden.labels)
            #expect(abs(scaling.temperature / golden.temperature - 1) < 1e-6)
        }
    }

    /// exp(1/T) : exp(0/T) with T = 1 / ln 3 is 3 : 1.
    @Test func probabilitiesByHand() {
        let probabilities = TemperatureScaling(temperature: 1 / log(3)).probabilities([1, 0])
        #expect(abs(probabilities[0] - 0.75) < 1e-12 && abs(probabilities[1] - 0.25) < 1e-12)
    }

    /// Two images, one of them wrong, say nothing for the scores: evens for any scores of one size.
    ///
    /// With one of four wrong, the likelihood of p for the right ones is highest where (4 − 1)/4 of the images, after each
    /// counts as its class with 5/6 and as the other with 1/6, are right: p = (3·5/6 + 1/6)/4 = 2/3, so the difference of
    /// the scores over T is ln 2.
    @Test func temperatureByHand() throws {
        let scaling = try TemperatureScaling.fit(scores: [[1, 0], [0, 1], [1, 0], [0, 1]], labels: [0, 1, 0, 0])
        #expect(abs(scaling.temperature - 1 / log(2)) < 1e-9)
        let useless = try TemperatureScaling.fit(scores: [[1, 0], [0, 1]], labels: [0, 0])
        #expect(useless.temperature == TemperatureScaling.temperatures.upperBound)
    }

    @Test func keepsTheOrderAndAddsUpToOne() throws {
        for golden in try SVMGolden.load().calibrations {
            let scaling = try TemperatureScaling.fit(scores: golden.scores, labels: golden.labels)
            for scores in golden.scores {
                let probabilities = scaling.probabilities(scores)
                #expect(abs(probabilities.reduce(0, +) - 1) < 1e-12)
                let order = scores.indices.sorted { scores[$0] < scores[$1] }
                #expect(order == scores.indices.sorted { probabilities[$0] < probabilities[$1] })
            }
        }
        #expect(TemperatureScaling(temperature: 1e-3).probabilities([-1e6, 1e6]) == [0, 1])
    }

    /// All right, by far: without doubt the likeliest temperature would be 0.
    @Test func twentyRightAnswersAreNoProof() throws {
        let labels = (0..<20).map { $0 % 2 }
        let scaling = try TemperatureScaling.fit(scores: labels.map { $0 == 0 ? [3, -3] : [-3, 3] }, labels: labels)
        // The mean target is 1 − 1/22, and every image has the same scores: that probability is reached.
        #expect(abs(scaling.probabilities([3, -3])[0] - 21.0 / 22) < 1e-9)
    }

    /// Scores of twice the size need twice the temperature.
    @Test func scalesWithTheScores() throws {
        let golden = try SVMGolden.load().calibrations[0]
        let doubled = try TemperatureScaling.fit(scores: golden.scores.map { $0.map { 2 * $0 } }, labels: golden.labels)
        let single = try TemperatureScaling.fit(scores: golden.scores, labels: golden.labels)
        #expect(abs(doubled.temperature / single.temperature - 2) < 1e-6)
    }

    @Test func unsuitableScores() {
        func message(_ scores: [[Double]], _ labels: [Int]) -> String {
            do {
                _ = try TemperatureScaling.fit(scores: scores, labels: labels)
                return "no error"
            } catch {
                return "\(error)"
            }
        }
        #expect(message([], []) == "There are no scores to calibrate on. Hold some labelled images out of training.")
        #expect(
            message([[1, 0]], [0, 1])
                == "There are scores of 1 images but 2 labels. Give one label for each image.")
        let advice = "Give one score for each of at least 2 classes, and a label from 0 on."
        #expect(
            message([[1, 0], [1, 0, 0]], [0, 1])
                == "Image 1 has 3 scores and the label 1, where there are 2 classes. \(advice)")
        #expect(message([[1, 0]], [2]) == "Image 0 has 2 scores and the label 2, where there are 2 classes. \(advice)")
        #expect(message([[1]], [0]) == "Image 0 has 1 scores and the label 0, where there are 1 classes. \(advice)")
        #expect(
            message([[1, 0], [.nan, 0]], [0, 1])
                == "Image 1 has a score that is infinite or not a number. Check the model's weights.")
    }
}
