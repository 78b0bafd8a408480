// Whether probabilities can be believed: of the answers given with 80 % confidence, 80 % should be right.
//
// Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", 2017,
// https://arxiv.org/abs/1706.04599 (reliability diagram, expected calibration error). Brier, "Verification of forecasts
// expressed in terms of probability", 1950: the sum over all classes, so that the worst value is 2.

/// How well confidence and accuracy agree.
public struct Calibration: Codable, Hashable, Sendable {
    /// The images whose answers were given with similar confidence.
    public struct Bin: Codable, Hashable, Sendable {
        /// Where its confidences begin: not included, but for 0.
        public var lower: Double
        /// Where its confidences end: included.
        public var upper: Double
        /// How many images.
        public var images: Int
        /// How many of them were answered rightly.
        public var correct: Int
        /// The mean confidence; nil without images.
        public var confidence: Double?
        /// The share answered rightly; nil without images.
        public var accuracy: Double?
        /// The 95 % interval of the accuracy; nil without images.
        public var interval: Interval?
    }

    /// From low to high confidence, all of the same width.
    public let bins: [Bin]
    /// Mean distance between confidence and accuracy, each bin weighted by its images; 0 is best.
    public let expectedCalibrationError: Double
    /// Mean of −ln(probability of the true class), where no probability counts as less than 2.2e-16; 0 is best.
    public let negativeLogLikelihood: Double
    /// Mean squared distance between the probabilities and the truth, summed over the classes; 0 is best, 2 worst.
    public let brierScore: Double
    /// Mean confidence of all answers.
    public let meanConfidence: Double

    /// Sorts answers into `binCount` bins by their confidence.
    ///
    /// The two other measures are computed by the caller, who has the probabilities of all classes.
    init(outcomes: [Outcome], binCount: Int = 10, negativeLogLikelihood: Double, brierScore: Double) {
        var images = [Int](repeating: 0, count: binCount)
        var correct = images
        var confidence = [Double](repeating: 0, count: binCount)
        for outcome in outcomes {
            let place = (outcome.confidence * Double(binCount)).rounded(.up)
            let bin = min(max(Int(place) - 1, 0), binCount - 1)
            images[bin] += 1
            correct[bin] += outcome.isCorrect ? 1 : 0
            confidence[bin] += outcome.confidence
        }
        bins = (0..<binCount).map { bin in
            Bin(
                lower: Double(bin) / Double(binCount), upper: Double(bin + 1) / Double(binCount),
                images: images[bin], correct: correct[bin],
                confidence: images[bin] == 0 ? nil : confidence[bin] / Double(images[bin]),
                accuracy: images[bin] == 0 ? nil : Double(correct[bin]) / Double(images[bin]),
                interval: Interval(successes: correct[bin], of: images[bin]))
        }
        let total = Double(outcomes.count)
        expectedCalibrationError = (0..<binCount).reduce(0) { $0 + abs(confidence[$1] - Double(correct[$1])) } / total
        meanConfidence = confidence.reduce(0, +) / total
        self.negativeLogLikelihood = negativeLogLikelihood
        self.brierScore = brierScore
    }
}
