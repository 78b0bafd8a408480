// Judges that have not seen an image: what they say of planted classes, and that they really have not seen it.

import Learning
import Testing

@Suite struct HeldOutProbabilitiesTests {
    /// Two classes along two directions, with one image of each that is labelled as the other.
    private func problem() -> (features: FeatureMatrix, labels: [Int], folds: [Int]) {
        var (values, labels): ([Float], [Int]) = ([], [])
        for number in 0..<40 {
            let (truth, wave) = (number % 2, Float(number % 7) / 10)
            values += truth == 0 ? [1, wave, 0.2] : [wave, 1, 0.2]
            labels.append(number == 10 || number == 15 ? 1 - truth : truth)
        }
        return (
            FeatureMatrix(rows: 40, columns: 3, values: values), labels, (0..<40).map { $0 / 2 % 5 }
        )
    }

    @Test func wrongLabelsAreImprobable() throws {
        let (features, labels, folds) = problem()
        let rows = try HeldOutJudges().probabilities(features, labels: labels, classCount: 2, folds: folds)
        for (index, row) in rows.enumerated() {
            #expect(abs(row[0] + row[1] - 1) < 1e-12)
            #expect((row[labels[index]] < 0.3) == (index == 10 || index == 15), "\(index): \(row)")
        }
    }

    /// The label of an image changes nothing of what is said of it: its fold does not vote, and the others do not see it.
    ///
    /// C and the temperature are shared by all folds, so only one C and the order are compared.
    @Test func anImageDoesNotVoteForItself() throws {
        let (features, labels, folds) = problem()
        var judges = HeldOutJudges()
        judges.cs = [1]
        let rows = try judges.probabilities(features, labels: labels, classCount: 2, folds: folds)
        var others = labels
        others[0] = 1 - others[0]
        let changed = try judges.probabilities(features, labels: others, classCount: 2, folds: folds)
        #expect(abs(rows[0][0] - changed[0][0]) < 0.05)
        #expect(rows[0][0] > 0.8 && changed[0][0] > 0.8)
    }

    @Test func sameForAnyNumberOfThreads() throws {
        let (features, labels, folds) = problem()
        var judges = HeldOutJudges()
        judges.threads = 1
        let one = try judges.probabilities(features, labels: labels, classCount: 2, folds: folds)
        judges.threads = 3
        #expect(try judges.probabilities(features, labels: labels, classCount: 2, folds: folds) == one)
        // Fewer images than neighbours that vote.
        judges.neighbours = 1000
        let all = try judges.probabilities(features, labels: labels, classCount: 2, folds: folds)
        #expect(all.allSatisfy { $0.allSatisfy { $0 > 0 && $0 < 1 } })
    }

    /// Each of two labels is seen by itself: images 10 and 15 have the first wrongly or lack it, image 21 the second.
    @Test func wrongAnswersAreImprobableWithSeveralLabels() throws {
        var (values, labels): ([Float], [[Int]]) = ([], [])
        var wrong: Set<[Int]> = []
        for number in 0..<48 {
            let truth = [[], [0], [1], [0, 1]][number % 4]
            let wave = Float(number % 7) / 20
            values += [truth.contains(0) ? 1 : wave, truth.contains(1) ? 1 : wave, 0.3]
            let turned = [10: 0, 15: 0, 21: 1][number]
            if let turned { wrong.insert([number, turned]) }
            labels.append(Set(truth).symmetricDifference(turned.map { [$0] } ?? []).sorted())
        }
        let features = FeatureMatrix(rows: 48, columns: 3, values: values)
        var judges = HeldOutJudges()
        judges.neighbours = 8
        let folds = (0..<48).map { $0 / 4 % 4 }
        let rows = try judges.probabilities(features, labels: labels, labelCount: 2, folds: folds)
        for (image, row) in rows.enumerated() {
            for label in 0..<2 {
                let p = labels[image].contains(label) ? row[label] : 1 - row[label]
                #expect((p < 0.4) == wrong.contains([image, label]), "image \(image), label \(label): \(p)")
            }
        }
        judges.threads = 3
        #expect(try judges.probabilities(features, labels: labels, labelCount: 2, folds: folds) == rows)
    }
}
