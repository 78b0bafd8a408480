import Learning
import Testing

@Suite struct LinearSVMErrorTests {
    private let problem = MadeUpProblem(rows: 12, columns: 4, classCount: 3, seed: 1)

    private func message(_ body: () throws -> some Any) -> String {
        do {
            _ = try body()
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    private func fit(_ features: FeatureMatrix? = nil, _ labels: [Int]? = nil, _ classCount: Int = 3, c: Double = 1)
        -> String
    {
        message {
            try LinearSVM.fit(
                features ?? problem.features, labels: labels ?? problem.labels, classCount: classCount, c: c)
        }
    }

    @Test func unsuitableExamples() {
        #expect(
            fit(nil, [0, 1, 2])
                == "There are 12 feature vectors but 3 labels. Give one label for each vector.")
        #expect(fit(nil, problem.labels.map { $0 + 1 }) == "Row 2 has the label 3, but labels run from 0 to 2.")
        #expect(fit(nil, Array(repeating: 0, count: 12), 1) == "A classifier needs at least 2 classes, not 1.")
        #expect(
            fit(nil, problem.labels.map { $0 == 1 ? 0 : $0 })
                == "Class 1 has no example. Add images of it, or leave the class out.")
        #expect(fit(c: 0) == "C is 0.0. It has to be a positive number, such as 1.")
        #expect(fit(c: .nan) == "C is nan. It has to be a positive number, such as 1.")
    }

    @Test(arguments: [Float.nan, .infinity]) func numbersThatAreNone(value: Float) {
        var values = problem.features.values
        values[7 * 4 + 2] = value
        #expect(
            fit(FeatureMatrix(rows: 12, columns: 4, values: values))
                == "Feature 2 of row 7 is infinite or not a number. Leave that image out, or check the network's weights."
        )
    }

    /// Beyond what 64-bit floats can tell apart, the solver says so instead of returning something.
    @Test func absurdlyLargeC() {
        let noise = MadeUpProblem(rows: 300, columns: 10, classCount: 2, seed: 3)
        #expect {
            try LinearSVM.fit(noise.features, labels: noise.labels, classCount: 2, c: 1e18)
        } throws: { error in
            guard case LinearSVMError.notConverged(let c, let gap) = error else { return false }
            return c == 1e18 && gap > 1e-3
        }
    }

    @Test func featuresOfAnotherNetwork() throws {
        let model = try LinearSVM.fit(problem.features, labels: problem.labels, classCount: 3, c: 1)
        #expect(
            message { try model.scores(of: FeatureMatrix(rows: 1, columns: 2, values: [1, 2])) }
                == "The model takes vectors of 4 numbers, not of 2. Use the network that it was trained with.")
    }

    @Test func unsuitableFolds() {
        func search(_ folds: [Int]) -> String {
            message { try CSearch(problem.features, labels: problem.labels, classCount: 3, folds: folds) }
        }
        let advice = "Give each vector a fold number, of 2 folds or more, counted from 0."
        #expect(search([0, 1]) == "There are 2 fold numbers for 12 feature vectors, in 2 folds. \(advice)")
        #expect(
            search(Array(repeating: 0, count: 12))
                == "There are 12 fold numbers for 12 feature vectors, in 1 folds. \(advice)")
        // Class 2 is all in fold 1.
        #expect(
            search(problem.labels.indices.map { problem.labels[$0] == 2 ? 1 : $0 % 2 })
                == "All examples of class 2 are in fold 1, so it cannot be validated. Use folds that are stratified by class, "
                + "and no more of them than the smallest class has images.")
    }
}
