import Foundation
import Learning
import Testing

@Suite struct LinearSVMTests {
    /// Two points at 1 and −1 on a line.
    ///
    /// By symmetry b = 0, and ½w² + 2C(1 − w)² has its minimum at w = 4C / (1 + 4C).
    @Test func twoPointsByHand() throws {
        let features = FeatureMatrix(rows: 2, columns: 1, values: [-1, 1])
        for c in [0.25, 1, 16] {
            let model = try LinearSVM.fit(features, labels: [0, 1], classCount: 2, c: c, tolerance: 1e-12)
            let w = 4 * c / (1 + 4 * c)
            #expect(abs(Double(model.weights[1]) - w) < 1e-6)
            #expect(abs(Double(model.weights[0]) + w) < 1e-6)
            #expect(model.biases.allSatisfy { abs($0) < 1e-6 })
            let objective = w * w / 2 + 2 * c * (1 - w) * (1 - w)
            let found = try model.objectives(on: features, labels: [0, 1])
            #expect(largestRelativeDifference(found, [objective, objective]) < 1e-6)
            let scores = try model.scores(of: FeatureMatrix(rows: 1, columns: 1, values: [0.5]))
            #expect(abs(scores[0][1] - w / 2) < 1e-6 && abs(scores[0][0] + w / 2) < 1e-6)
        }
    }

    /// scikit-learn's LinearSVC, converged to 1e-10: every objective and every coefficient.
    @Test func sameOptimumAsLinearSVC() throws {
        for (name, problem) in try SVMGolden.load().problems {
            let models = try LinearSVM.path(
                problem.matrix, labels: problem.labels, classCount: problem.classCount, cs: problem.fits.map(\.c),
                classWeights: problem.classWeights)
            for (model, golden) in zip(models, problem.fits) {
                let objectives = try model.objectives(
                    on: problem.matrix, labels: problem.labels, classWeights: problem.classWeights)
                let expected = problem.classCount == 2 ? golden.objectives + golden.objectives : golden.objectives
                #expect(largestRelativeDifference(objectives, expected) < 2e-6, "\(name), C = \(golden.c)")

                // Of two classes scikit-learn has only the second.
                let first = problem.classCount == 2 ? 1 : 0
                let theirs = LinearSVM(
                    weights: golden.coefficients.flatMap { $0.map { Float($0) } },
                    biases: golden.intercepts.map { Float($0) }, featureCount: problem.columns, c: golden.c)
                let ours = LinearSVM(
                    weights: Array(model.weights[(first * problem.columns)...]), biases: Array(model.biases[first...]),
                    featureCount: problem.columns, c: model.c)
                #expect(largestDifference(theirs, ours) < 2e-3, "\(name), C = \(golden.c)")
            }
        }
    }

    /// A tighter tolerance leads to the same coefficients up to the rounding of 32-bit floats.
    @Test func coefficientsConverge() throws {
        for (name, problem) in try SVMGolden.load().problems {
            for golden in problem.fits {
                let model = try LinearSVM.fit(
                    problem.matrix, labels: problem.labels, classCount: problem.classCount, c: golden.c,
                    classWeights: problem.classWeights, tolerance: 1e-11)
                let last = model.classCount - 1
                let ours = Array(model.weights[(last * problem.columns)...]) + [model.biases[last]]
                let row = golden.coefficients.count - 1
                let theirs = golden.coefficients[row] + [golden.intercepts[row]]
                let scale = theirs.map(abs).max() ?? 1
                let difference = zip(ours, theirs).map { abs(Double($0) - $1) }.max() ?? 0
                #expect(difference < 2e-5 * scale, "\(name), C = \(golden.c)")
            }
        }
    }

    @Test func warmStartsDoNotMatter() throws {
        for seed in 0..<3 {
            let problem = MadeUpProblem(rows: 60, columns: seed == 0 ? 90 : 25, classCount: 3, seed: seed)
            let path = try LinearSVM.path(
                problem.features, labels: problem.labels, classCount: 3, cs: CSearch.decades)
            for model in path {
                let cold = try LinearSVM.fit(problem.features, labels: problem.labels, classCount: 3, c: model.c)
                let difference = try largestRelativeDifference(
                    cold.objectives(on: problem.features, labels: problem.labels),
                    model.objectives(on: problem.features, labels: problem.labels))
                #expect(difference < 2e-6, "seed \(seed), C = \(model.c)")
            }
        }
    }

    /// Class numbers are names: other numbers for the same classes give the same hyperplanes, bit for bit.
    @Test(arguments: [2, 4]) func classesInAnotherOrder(classCount: Int) throws {
        for seed in 0..<3 {
            let problem = MadeUpProblem(rows: 41, columns: 30, classCount: classCount, seed: seed)
            let model = try LinearSVM.fit(problem.features, labels: problem.labels, classCount: classCount, c: 3)
            let reversed = try LinearSVM.fit(
                problem.features, labels: problem.labels.map { classCount - 1 - $0 }, classCount: classCount, c: 3)
            #expect(Array(model.biases.reversed()) == reversed.biases, "seed \(seed)")
            for index in 0..<classCount {
                let other = classCount - 1 - index
                #expect(
                    model.weights[(index * 30)..<(index * 30 + 30)]
                        == reversed.weights[(other * 30)..<(other * 30 + 30)], "seed \(seed)")
            }
        }
    }

    @Test func theSameBytesWithAnyNumberOfThreads() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        for columns in [20, 130] {
            let problem = MadeUpProblem(rows: 100, columns: columns, classCount: 5, seed: columns)
            let results = try [1, 2, 7].map { threads in
                let model = try LinearSVM.fit(
                    problem.features, labels: problem.labels, classCount: 5, c: 10, threads: threads)
                let search = try CSearch(
                    problem.features, labels: problem.labels, classCount: 5, folds: problem.folds, threads: threads)
                return try encoder.encode(model) + encoder.encode(search)
            }
            #expect(Set(results).count == 1, "\(columns) columns")
        }
    }

    /// With columns of zeros there are more features than images, and the solver goes the way through inner products:
    /// the same model must come out, with weights of zero for the new columns.
    @Test func columnsOfZeros() throws {
        let problem = MadeUpProblem(rows: 50, columns: 12, classCount: 3, seed: 5)
        let wide = FeatureMatrix(
            rows: 50, columns: 62,
            values: (0..<50).flatMap { Array(problem.features[$0]) + Array(repeating: Float(0), count: 50) })
        for c in CSearch.decades {
            let model = try LinearSVM.fit(
                problem.features, labels: problem.labels, classCount: 3, c: c, tolerance: 1e-10)
            let other = try LinearSVM.fit(wide, labels: problem.labels, classCount: 3, c: c, tolerance: 1e-10)
            #expect((0..<3).allSatisfy { other.weights[($0 * 62 + 12)..<($0 * 62 + 62)].allSatisfy { $0 == 0 } })
            let kept = LinearSVM(
                weights: (0..<3).flatMap { other.weights[($0 * 62)..<($0 * 62 + 12)] }, biases: other.biases,
                featureCount: 12, c: c)
            #expect(largestDifference(model, kept) < 1e-4, "C = \(c)")
        }
    }

    /// Every example twice is every example with twice the weight, which is twice C.
    @Test(arguments: [10, 150]) func doubledExamples(columns: Int) throws {
        let problem = MadeUpProblem(rows: 45, columns: columns, classCount: 3, seed: columns)
        let rows = Array(0..<45) + Array(0..<45)
        for c in [0.01, 1, 50] {
            let doubled = try LinearSVM.fit(
                problem.features.subset(rows: rows), labels: rows.map { problem.labels[$0] }, classCount: 3, c: c,
                tolerance: 1e-10)
            let model = try LinearSVM.fit(
                problem.features, labels: problem.labels, classCount: 3, c: 2 * c, tolerance: 1e-10)
            #expect(largestDifference(model, doubled) < 1e-4, "C = \(c)")
        }
    }

    /// With weights of 1 instead of balanced ones, the rare class is given up first.
    @Test func balancedWeightsHelpTheRareClass() throws {
        let problem = MadeUpProblem(rows: 120, columns: 8, classCount: 2, seed: 9)
        let rows = (0..<120).filter { problem.labels[$0] == 0 || $0 % 16 == 1 }
        let (features, labels) = (problem.features.subset(rows: rows), rows.map { problem.labels[$0] })
        let rare = try ClassWeights.allCases.map { classWeights in
            let model = try LinearSVM.fit(features, labels: labels, classCount: 2, c: 0.01, classWeights: classWeights)
            return try zip(model.scores(of: features), labels).count { $0[1] > 0 && $1 == 1 }
        }
        #expect(labels.count { $0 == 1 } == 8)
        #expect(rare[0] > rare[1])
    }

    @Test func survivesBeingWrittenAndRead() throws {
        let problem = MadeUpProblem(rows: 12, columns: 5, classCount: 3, seed: 1)
        let model = try LinearSVM.fit(problem.features, labels: problem.labels, classCount: 3, c: 1)
        #expect(try JSONDecoder().decode(LinearSVM.self, from: JSONEncoder().encode(model)) == model)
    }
}
