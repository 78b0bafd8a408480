// Against scikit-learn and SciPy.

import Evaluation
import Testing

@Suite struct GoldenTests {
    /// Sums of a hundred terms in another order.
    static let tolerance = 1e-12

    private func expectEqual(_ a: Double?, _ b: Double?, _ what: String) {
        guard let a, let b else {
            #expect(a == nil && b == nil, "\(what): \(String(describing: a)), expected \(String(describing: b))")
            return
        }
        #expect(abs(a - b) <= Self.tolerance, "\(what): \(a), expected \(b)")
    }

    @Test(arguments: try Golden.read().cases) func measuresAgree(_ golden: Golden.Case) throws {
        let report = try golden.report()
        expectEqual(report.accuracy, golden.accuracy, "accuracy")
        expectEqual(report.classAveragedAccuracy, golden.class_averaged_accuracy, "class-averaged accuracy")
        expectEqual(report.topFiveAccuracy, golden.top_5, "top 5")
        expectEqual(report.accuracyInterval.lower, golden.accuracy_interval[0], "interval")
        expectEqual(report.accuracyInterval.upper, golden.accuracy_interval[1], "interval")
        #expect(report.confusion.counts == golden.confusion)
        #expect(report.perClass.map(\.images) == golden.images)
        for (index, metrics) in report.perClass.enumerated() {
            expectEqual(metrics.precision, golden.precision[index], "precision of \(index)")
            expectEqual(metrics.recall, golden.recall[index], "recall of \(index)")
            expectEqual(metrics.f1, golden.f1[index], "F1 of \(index)")
            expectEqual(metrics.accuracyInterval?.lower, golden.class_intervals[index]?[0], "interval of \(index)")
            expectEqual(metrics.accuracyInterval?.upper, golden.class_intervals[index]?[1], "interval of \(index)")
            expectEqual(metrics.auc, golden.curves[index]?.auc, "AUC of \(index)")
            expectEqual(
                metrics.averagePrecision, golden.curves[index]?.average_precision, "average precision of \(index)")
        }
        expectEqual(report.calibration.expectedCalibrationError, golden.calibration_error, "calibration error")
        #expect(report.calibration.bins.map(\.images) == golden.bin_counts)
        expectEqual(report.calibration.negativeLogLikelihood, golden.log_loss, "log loss")
        expectEqual(report.calibration.brierScore, golden.brier, "Brier score")
    }

    @Test(arguments: try Golden.read().cases) func curvesAgreePointByPoint(_ golden: Golden.Case) throws {
        let report = try golden.report()
        for (curves, expected) in zip(report.curves, golden.curves) {
            #expect((curves == nil) == (expected == nil))
            guard let curves, let expected else { continue }
            for (points, expectedPoints) in [
                (curves.roc, expected.roc), (curves.precisionRecall, expected.precision_recall),
            ] {
                try #require(points.count == expectedPoints.count)
                for (point, expectedPoint) in zip(points, expectedPoints) {
                    expectEqual(point.x, expectedPoint[0], "x")
                    expectEqual(point.y, expectedPoint[1], "y")
                    #expect(point.threshold == expectedPoint[2])
                }
            }
        }
    }

    @Test func wilsonIntervalsAgree() throws {
        for row in try Golden.read().wilson {
            let interval = try #require(Interval(successes: Int(row[0]), of: Int(row[1])))
            expectEqual(interval.lower, row[2], "lower end of \(row[0]) of \(row[1])")
            expectEqual(interval.upper, row[3], "upper end of \(row[0]) of \(row[1])")
        }
    }

    @Test func exactPAgrees() throws {
        for row in try Golden.read().mcnemar {
            let p = ReportComparison.exactP(Int(row[0]), Int(row[1]))
            // Logarithms of factorials of a thousand cost three digits.
            #expect(abs(p - row[2]) <= 1e-10 * row[2], "\(row[0]) and \(row[1]): \(p), expected \(row[2])")
        }
    }
}
