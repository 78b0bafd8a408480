// How accuracy grows with the number of training photos, and what more of them would give.
//
// Every size is measured with several subsets of the training photos on the same test photos. Intervals come from the
// bootstrap (Efron, "Bootstrap Methods: Another Look at the Jackknife", 1979): subsets and test photos are drawn anew, with
// replacement, and the law is fitted to each drawing. A drawing takes the same test photos at every size, as they are the
// same.

/// Accuracies of growing training sets, and the power law through them.
///
/// Where photos may have several labels, mean average precision stands for accuracy throughout.
public struct LearningCurve: Sendable {
    /// What was measured with one number of training photos.
    public struct Size: Sendable {
        /// How many training photos.
        public let photos: Int
        /// What a model of each subset answers about the test photos.
        public let answers: [TestAnswers]
        /// The accuracy with each subset, 0…1.
        public let accuracies: [Double]

        /// Makes a size of one subset or more.
        public init(photos: Int, answers: [TestAnswers]) {
            (self.photos, self.answers, accuracies) = (photos, answers, answers.map(\.value))
        }

        /// The mean accuracy of the subsets.
        public var accuracy: Double { accuracies.reduce(0, +) / Double(max(accuracies.count, 1)) }
    }

    /// What the law foretells.
    public struct Forecast: Hashable, Sendable {
        /// How many training photos.
        public let photos: Int
        /// The accuracy, 0…1.
        public let accuracy: Double
        /// The 95 % interval of the accuracy.
        public let interval: Interval
    }

    /// A number of photos that can be without bound.
    public struct Need: Hashable, Sendable {
        /// The estimate; nil if the accuracy is never reached.
        public let photos: Double?
        /// The lower end of the 95 % interval; nil if not even the most hopeful drawings reach the accuracy.
        public let least: Double?
        /// The upper end; nil if it has none.
        public let most: Double?
    }

    /// Everything that was measured, by the number of photos.
    public let sizes: [Size]
    /// The number of classes.
    public let classCount: Int
    /// The law was fitted to sizes up to this one.
    public let fittedUpTo: Int
    /// The law of the errors.
    public let law: PowerLaw
    /// The laws of the drawings.
    let drawings: [PowerLaw]

    /// By what all of it was measured.
    public var measure: TestAnswers.Measure { all.answers.first?.measure ?? .accuracy }
    /// How many photos it was measured on.
    public var testCount: Int { all.answers.first?.count ?? 0 }
    /// The size with all training photos.
    public var all: Size { sizes[sizes.count - 1] }

    /// Fits a law to measurements.
    ///
    /// - Parameters:
    ///   - sizes: Three or more, all measured on the same test photos.
    ///   - classCount: The number of classes.
    ///   - fittedUpTo: Larger sizes are only compared with the law; nil fits it to all.
    ///   - drawings: How often subsets and test photos are drawn anew for the intervals.
    ///   - generator: Draws them.
    /// - Throws: `LearningCurveError` if there are too few sizes, or no test photos.
    public init(
        _ sizes: [Size], classCount: Int, fittedUpTo: Int? = nil, drawings: Int = 400,
        using generator: inout some RandomNumberGenerator
    ) throws {
        let sizes = sizes.sorted { $0.photos < $1.photos }
        let limit = fittedUpTo ?? sizes.last?.photos ?? 0
        let fitted = sizes.filter { $0.photos <= limit }
        guard fitted.count >= 3 else { throw LearningCurveError.tooFewSizes(fitted.map(\.photos)) }
        let tests = fitted[0].answers.first?.count ?? 0
        guard tests > 0, sizes.allSatisfy({ $0.answers.allSatisfy { $0.count == tests } }) else {
            throw LearningCurveError.noTest
        }
        self.sizes = sizes
        self.classCount = classCount
        self.fittedUpTo = limit
        law = Self.fit(fitted, fitted.map(\.accuracy))
        self.drawings = (0..<drawings).map { _ in
            var drawn = [Int](repeating: 0, count: tests)
            for _ in 0..<tests { drawn[generator.index(below: tests)] += 1 }
            let accuracies = fitted.map { size in
                size.answers.reduce(0) { sum, _ in
                    sum + size.answers[generator.index(below: size.answers.count)].value(drawn: drawn)
                } / Double(size.answers.count)
            }
            return Self.fit(fitted, accuracies)
        }
    }

    /// Larger sizes count more: a power law is the end of a learning curve, and its beginning bends otherwise.
    private static func fit(_ sizes: [Size], _ accuracies: [Double]) -> PowerLaw {
        PowerLaw.fit(
            zip(sizes, accuracies).map { size, accuracy in
                PowerLaw.Point(photos: Double(size.photos), error: 1 - accuracy, weight: Double(size.photos))
            })
    }

    /// The accuracy with a number of training photos.
    public func forecast(photos: Int) -> Forecast {
        let errors = drawings.map { $0.error(photos: Double(photos)) }.sorted()
        let interval = Interval(
            lower: 1 - quantile(errors, 0.975).clamped, upper: 1 - quantile(errors, 0.025).clamped)
        return Forecast(photos: photos, accuracy: 1 - law.error(photos: Double(photos)).clamped, interval: interval)
    }

    /// How much the accuracy would grow from one number of photos to a larger one, and its 95 % interval.
    public func gain(from photos: Int, to more: Int) -> (gain: Double, interval: Interval) {
        func gain(_ law: PowerLaw) -> Double { law.error(photos: Double(photos)) - law.error(photos: Double(more)) }
        let gains = drawings.map(gain).sorted()
        return (gain(law), Interval(lower: quantile(gains, 0.025), upper: quantile(gains, 0.975)))
    }

    /// How many photos would give an accuracy that is higher by `gain` than with all that there are.
    public func photos(forGain gain: Double) -> Need {
        let photos = Double(all.photos)
        return need { law in law.photos(forError: law.error(photos: photos) - gain) }
    }

    /// How many photos would give the accuracy `target`.
    public func photos(forAccuracy target: Double) -> Need { need { $0.photos(forError: 1 - target) } }

    private func need(_ photos: (PowerLaw) -> Double?) -> Need {
        let drawn = drawings.map { photos($0) ?? .infinity }.sorted()
        func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
        return Need(
            photos: photos(law), least: finite(nearest(drawn, 0.025)), most: finite(nearest(drawn, 0.975)))
    }

    /// The value below which this part of the sorted values lies, between two of them where needed.
    private func quantile(_ sorted: [Double], _ part: Double) -> Double {
        let place = part * Double(sorted.count - 1)
        let low = Int(place)
        let high = min(low + 1, sorted.count - 1)
        return sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
    }

    /// The same without values between two, which infinity has not.
    private func nearest(_ sorted: [Double], _ part: Double) -> Double {
        sorted[Int((part * Double(sorted.count - 1)).rounded())]
    }
}

extension Double {
    /// Within 0…1.
    fileprivate var clamped: Double { Swift.min(Swift.max(self, 0), 1) }
}

extension RandomNumberGenerator {
    /// A number from 0 up to, but not including, `bound`; one of 2⁶⁴ / bound is off by one, which nobody can notice.
    fileprivate mutating func index(below bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }
}

/// Why a learning curve cannot be drawn.
public enum LearningCurveError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A law of three numbers needs three sizes.
    case tooFewSizes([Int])
    /// Nothing to measure with.
    case noTest
    /// A size that the training photos do not allow.
    case size(Int, least: Int, most: Int)
    /// A subset in which the photos of a class cannot be divided, so that nothing can be chosen on held-out ones.
    case copies(size: Int, label: String)

    /// One sentence or two: what is wrong, and what to do.
    public var description: String {
        switch self {
        case .tooFewSizes(let sizes):
            "A learning curve needs at least 3 sizes to be fitted to; there are \(sizes.count) (\(sizes)). "
                + "Give more --sizes, a larger --until, or more photos."
        case .noTest: "There are no test photos, or not the same for all sizes, so no accuracy can be measured."
        case .size(let size, let least, let most):
            "A training set of \(size) photos is not possible here: --sizes takes from \(least), 2 of each class, to \(most), "
                + "all training photos."
        case .copies(let size, let label):
            "Of \(size) training photos, those of '\(label)' are copies of one another or of one group, so that no choice can "
                + "be made on held-out photos. Give larger --sizes, or exclude copies."
        }
    }
}
