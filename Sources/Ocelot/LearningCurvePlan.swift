// Which photos a learning curve trains and tests with: test sets, and for each of them growing subsets of the others.

import Datasets
import Evaluation
import Foundation

/// The trainings of a learning curve.
struct LearningCurvePlan {
    /// A set of test photos, with orders of those to train with; the beginnings of an order are the subsets of a repeat.
    struct Round {
        let test: [Int]
        let orders: [[Int]]
    }

    let rounds: [Round]
    /// How many training photos the subsets have, ascending; the last is all that every round has.
    let sizes: [Int]
    /// The law is fitted to sizes up to this one.
    let limit: Int
    /// Whether one model of all photos is as good as several: an SVM of the same photos is the same.
    let isSameWithAll: Bool

    /// The number of training photos that every round has.
    var all: Int { sizes[sizes.count - 1] }

    /// How many subsets of a size are trained with, of each round.
    func repeats(of size: Int) -> Int { size == all && isSameWithAll ? 1 : rounds[0].orders.count }

    /// How many models are trained.
    var total: Int { rounds.count * sizes.reduce(0) { $0 + repeats(of: $1) } }

    init(_ data: Dataset, _ training: LearningCurveTraining) throws {
        let recipe = training.recipe
        isSameWithAll = recipe.method == .svm
        rounds = try Self.parts(data, recipe, count: training.testSets ?? (isSameWithAll ? 4 : 1)).map { test, pool in
            Round(
                test: test,
                orders: (0..<training.repeats).map { subset in
                    data.nestedOrder(of: pool, seed: UInt64(recipe.seed) &* 1000 &+ UInt64(subset))
                })
        }
        let orders = rounds.flatMap(\.orders)
        let all = orders.map(\.count).min() ?? 0
        let least = min(orders.map { data.twoOfEach(in: $0) }.max() ?? 0, all)
        limit = training.until < 1 ? Int((training.until * Double(all)).rounded()) : all
        if let wanted = training.sizes {
            for size in wanted where !(least...all).contains(size) {
                throw LearningCurveError.size(size, least: least, most: all)
            }
            sizes = Set(wanted + [all]).sorted()
        } else {
            let (count, first) = (8, Double(max(least, limit / 10)))
            let steps = (0..<count).map { [limit] step in
                Int((first * pow(Double(limit) / first, Double(step) / Double(count - 1))).rounded())
            }
            sizes = Set(steps.filter { (least...all).contains($0) } + [all]).sorted()
        }
    }

    /// Test sets that have no photo in common, each with all other photos; the first is that of every training.
    ///
    /// A data set that says itself what is for testing has one.
    private static func parts(
        _ data: Dataset, _ recipe: ClassifierRecipe, count: Int
    ) throws -> [(test: [Int], pool: [Int])] {
        let split = try data.split(test: recipe.test, seed: UInt64(recipe.seed))
        let pool = split.train + split.validation
        let isDrawn = data.images.allSatisfy { $0.part == nil }
        // The rest in parts of about the size of the test part.
        let others = Int((Double(pool.count) / Double(max(split.test.count, 1))).rounded())
        guard isDrawn, count > 1, others > 1 else { return [(split.test, pool)] }
        let folds = data.folds(others, of: pool, seed: UInt64(recipe.seed)).prefix(count - 1)
        return [(split.test, pool)]
            + folds.map { fold in
                let tested = Set(fold)
                return (fold, data.images.indices.filter { !tested.contains($0) })
            }
    }
}

extension Dataset {
    /// How many of these photos it takes until two of each class are among them, or two with and two without each label.
    fileprivate func twoOfEach(in order: [Int]) -> Int {
        var (with, without) = ([Int](repeating: 0, count: classes.count), [Int](repeating: 0, count: classes.count))
        for (place, index) in order.enumerated() {
            for label in classes.indices {
                if images[index].labels.contains(label) { with[label] += 1 } else { without[label] += 1 }
            }
            if with.allSatisfy({ $0 > 1 }) && (!isMultiLabel || without.allSatisfy { $0 > 1 }) { return place + 1 }
        }
        return order.count
    }
}
