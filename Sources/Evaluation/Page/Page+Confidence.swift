// Whether the model knows what it does not know: reliability, and refusing unsure answers.

extension ReportPage {
    var confidence: Section {
        let calibration = report.calibration
        return Section(
            "confidence", link: "Confidence", title: "Can its confidence be believed?",
            """
            <p class="lead">\(trust)</p>
            <div class="pair">
            <figure>
            <figcaption><b>Reliability</b> Of the answers given with a certain confidence, how many are right. Bars \
            at the dashed line are honest, below it too sure, above it too modest; the thin lines are 95 % \
            intervals.</figcaption>
            <div>\(reliabilityChart.svg())
            \(histogram.svg())</div>
            </figure>
            <figure>
            <figcaption><b>Refusing unsure answers</b> If only answers above a threshold of confidence are accepted: \
            how many of those are right, and how many images are still answered.</figcaption>
            <div>\(acceptanceChart.svg())
            \(acceptanceTable)</div>
            </figure>
            </div>
            <details><summary>Numbers behind the reliability diagram</summary>
            \(scrolling(binTable, label: "Reliability, in numbers"))
            <p class="note">Expected calibration error (ECE) \(percent(calibration.expectedCalibrationError)), \
            negative log likelihood \(decimal(calibration.negativeLogLikelihood)), Brier score \
            \(decimal(calibration.brierScore)) (0 is best, 2 is worst).</p>
            </details>
            """)
    }

    /// Calibration in words.
    ///
    /// The judgement is of the mean, which a few images can tell; single bars often are chance.
    private var trust: String {
        let calibration = report.calibration
        let (sure, right) = (calibration.meanConfidence, report.accuracy)
        let judgement =
            if sure > report.accuracyInterval.upper {
                "it is too sure of itself"
            } else if sure < report.accuracyInterval.lower { "it is more often right than it claims" } else {
                "on the whole it knows how good it is"
            }
        return
            "On average the model claims \(percent(sure)) confidence and is right for \(percent(right)): \(judgement). "
            + "The expected calibration error is \(percent(calibration.expectedCalibrationError))."
    }

    private var reliabilityChart: Chart {
        let bars = report.calibration.bins.compactMap { bin in
            bin.accuracy.map { accuracy in
                Mark.Bars.Bar(
                    from: bin.lower, to: bin.upper, height: accuracy, interval: bin.interval,
                    note: "Confidence \(percent(bin.lower, digits: 0)) to \(percent(bin.upper, digits: 0)): "
                        + "\(counted(bin.images, "image")), \(percent(accuracy)) right")
            }
        }
        return Chart(
            "reliability", title: "Reliability diagram",
            summary: "Share of right answers over confidence, in ten bars. "
                + "Expected calibration error \(percent(report.calibration.expectedCalibrationError)).",
            x: .share(""), y: .share("Right answers"),
            marks: [
                .bars(.init("right answers", bars)),
                .reference(from: ChartPoint(x: 0, y: 0), to: ChartPoint(x: 1, y: 1), name: "honest confidence"),
            ], height: 260)
    }

    private var histogram: Chart {
        let bars = report.calibration.bins.map { bin in
            Mark.Bars.Bar(
                from: bin.lower, to: bin.upper, height: Double(bin.images),
                note: "Confidence \(percent(bin.lower, digits: 0)) to \(percent(bin.upper, digits: 0)): "
                    + counted(bin.images, "image"))
        }
        return Chart(
            "confidences", title: "How often each confidence occurs",
            summary: "Number of images over confidence, in ten bars.",
            x: .share("Confidence of the answer"), y: Axis("Images", format: .wholeNumber),
            marks: [.bars(.init("", bars, colour: 6))], height: 130, labelWidth: reliabilityChart.frame.labelWidth)
    }

    private var acceptanceChart: Chart {
        let points = report.acceptance.points
        return Chart(
            "acceptance", title: "Accuracy of accepted answers",
            summary: "With all images answered, \(percent(report.accuracy)) are right.",
            x: .share("Images that are answered"), y: Axis("Right among the answered", format: .percent),
            marks: [.line(.init("", points.map { ChartPoint(x: $0.coverage, y: $0.accuracy) }))], height: 220)
    }

    private var acceptanceTable: String {
        let curve = report.acceptance
        let hasUnknown = !report.unknownConfidences.isEmpty
        let rows = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99].map { threshold in
            let point = curve.point(at: threshold)
            let unknown = hasUnknown ? "<td class=\"n\">\(percent(unknownAccepted(threshold)))</td>" : ""
            return "<tr><th scope=\"row\" class=\"n\">\(percent(threshold, digits: 0))</th>"
                + "<td class=\"n\">\(percent(point?.coverage ?? 0))</td>"
                + "<td class=\"n\">\(percent(point?.accuracy))</td>\(unknown)</tr>"
        }
        var advice = ""
        if report.accuracy < 0.99, let point = curve.threshold(forAccuracy: 0.99) {
            advice = """
                <p class="note">To be right in 99 % of the accepted answers here, accept from \
                \(percent(point.threshold)) confidence: \(percent(point.coverage)) of the images are answered then. \
                On new photos expect a little less.</p>
                """
        }
        return """
            <table class="thresholds">
            <caption class="unseen">What thresholds of confidence do</caption>
            <thead><tr><th scope="col" class="n">Accept from</th><th scope="col" class="n">Answered</th>\
            <th scope="col" class="n">Right among those</th>\
            \(hasUnknown ? "<th scope=\"col\" class=\"n\">Unknown images let through</th>" : "")</tr></thead>
            <tbody>\(rows.joined(separator: "\n"))</tbody>
            </table>
            \(advice)
            """
    }

    private func unknownAccepted(_ threshold: Double) -> Double {
        let accepted = report.unknownConfidences.count { $0 >= threshold }
        return Double(accepted) / Double(report.unknownConfidences.count)
    }

    private var binTable: String {
        let rows = report.calibration.bins.map { bin in
            "<tr><th scope=\"row\">\(percent(Interval(lower: bin.lower, upper: bin.upper), digits: 0))</th>"
                + "<td class=\"n\">\(grouped(bin.images))</td><td class=\"n\">\(percent(bin.confidence))</td>"
                + "<td class=\"n\">\(percent(bin.accuracy))</td><td class=\"n\">\(percent(bin.interval))</td></tr>"
        }
        return """
            <table>
            <caption class="unseen">Reliability in numbers</caption>
            <thead><tr><th scope="col">Confidence</th><th scope="col" class="n">Images</th>\
            <th scope="col" class="n">Mean confidence</th><th scope="col" class="n">Right</th>\
            <th scope="col" class="n">95 % interval</th></tr></thead>
            <tbody>\(rows.joined(separator: "\n"))</tbody>
            </table>
            """
    }
}
