import Foundation
import Learning
import Testing

@Suite struct CSearchTests {
    @Test func heldOutScoresAreThoseOfModelsThatHaveNotSeenTheImage() throws {
        for columns in [14, 80] {
            let problem = MadeUpProblem(rows: 48, columns: columns, classCount: 3, seed: columns)
            let search = try CSearch(
                problem.features, labels: problem.labels, classCount: 3, folds: problem.folds, cs: [1], tolerance: 1e-10
            )
            for fold in 0..<3 {
                let rows = (0..<48).filter { problem.folds[$0] != fold }
                let model = try LinearSVM.fit(
                    problem.features.subset(rows: rows), labels: rows.map { problem.labels[$0] }, classCount: 3, c: 1,
                    tolerance: 1e-10)
                let scores = try model.scores(of: problem.features)
                for row in 0..<48 where problem.folds[row] == fold {
                    let difference = zip(scores[row], search.heldOutScores[row]).map { abs($0 - $1) }.max() ?? 1
                    #expect(difference < 1e-4, "row \(row)")
                }
            }
        }
    }

    /// The accuracies follow from the held-out scores, and the C of the best of them is chosen.
    @Test func accuraciesCountHeldOutImages() throws {
        let problem = MadeUpProblem(rows: 90, columns: 10, classCount: 3, seed: 4)
        // Class 0 loses two thirds of its images, so that the two accuracies differ.
        let rows = (0..<90).filter { problem.labels[$0] != 0 || $0 % 9 == 0 || $0 % 9 == 3 }
        let (features, labels) = (problem.features.subset(rows: rows), rows.map { problem.labels[$0] })
        let folds = rows.map { problem.folds[$0] }
        let search = try CSearch(features, labels: labels, classCount: 3, folds: folds)
        let right = labels.indices.map { row in
            let scores = search.heldOutScores[row]
            return scores.firstIndex(of: scores.max() ?? 0) == labels[row]
        }
        let best = try #require(search.trials.first { $0.c == search.bestC })
        #expect(best.accuracy == Double(right.count { $0 }) / Double(labels.count))
        let perClass = (0..<3).map { index in
            let own = labels.indices.filter { labels[$0] == index }
            return Double(own.count { right[$0] }) / Double(own.count)
        }
        #expect(abs(best.classAveragedAccuracy - perClass.reduce(0, +) / 3) < 1e-12)
        #expect(best.accuracy != best.classAveragedAccuracy)
        #expect(best.accuracy == search.trials.map(\.accuracy).max())
        #expect(search.trials.map(\.c) == CSearch.decades)
    }

    /// Classes that every C tells apart: of all those that are right everywhere, the smallest is taken.
    @Test func tiesGoToTheSmallerC() throws {
        let angles: [Float] = [0.00, 0.02, 0.04, 0.06, 1.50, 1.52, 1.54, 1.56]
        let features = FeatureMatrix(rows: 8, columns: 2, values: angles.flatMap { [cos($0), sin($0)] })
        let search = try CSearch(
            features, labels: [0, 0, 0, 0, 1, 1, 1, 1], classCount: 2, folds: [0, 1, 0, 1, 0, 1, 0, 1],
            cs: [100, 1, 10])
        #expect(search.trials.map(\.c) == [1, 10, 100])
        #expect(search.trials.map(\.accuracy) == [1, 1, 1])
        #expect(search.bestC == 1)
    }

    @Test func asManyFoldsAsTheSmallestClassAllows() {
        #expect(CSearch.foldCount(labels: [0, 0, 0, 0, 1, 1, 1], classCount: 2) == 3)
        #expect(CSearch.foldCount(labels: [0, 0, 0, 0, 1, 1], classCount: 2) == 2)
        #expect(CSearch.foldCount(labels: [0, 0, 0, 0, 1], classCount: 2) == nil)
        #expect(CSearch.foldCount(labels: [0, 0, 0, 0], classCount: 2) == nil)
        #expect(CSearch.foldCount(labels: [0, 0, 0, 0, 1, 1, 1, 1], classCount: 2, preferred: 5) == 4)
    }
}
