// The learning curve as a picture, and as a page.

internal import Foundation

extension LearningCurve {
    /// The measured accuracies and the curve through them, up to twice the photos that there are.
    public func chart(target: Double? = nil) -> Chart {
        let (first, last) = (Double(sizes[0].photos), 2 * Double(all.photos))
        let places = Set((0...48).map { (first * pow(last / first, Double($0) / 48)).rounded() }).sorted()
        let forecasts = places.map { forecast(photos: Int($0)) }
        var marks: [Mark] = [
            .line(
                .init(
                    "curve, 95 % interval",
                    zip(places, forecasts).map { ChartPoint(x: $0, y: $1.accuracy) }, band: forecasts.map(\.interval)))
        ]
        if let target {
            marks.append(
                .reference(
                    from: ChartPoint(x: first, y: target), to: ChartPoint(x: last, y: target), name: "wanted"))
        }
        let points = sizes.map { ChartPoint(x: Double($0.photos), y: $0.accuracy) }
        let ranges = sizes.map { size in
            Interval(lower: size.accuracies.min() ?? size.accuracy, upper: size.accuracies.max() ?? size.accuracy)
        }
        marks.append(.line(.init("measured, lowest to highest", points, band: ranges, hasDots: true)))
        marks.append(.rule(x: Double(all.photos), name: "all photos"))
        if fittedUpTo < all.photos { marks.append(.rule(x: Double(fittedUpTo), name: "fitted")) }
        return Chart(
            "learning-curve", title: "Learning curve",
            summary: "\(name) on the same test photos by the number of training photos. \(advice)",
            x: Axis("Training photos", scale: .logarithmic, format: .wholeNumber),
            y: Axis(name, format: .percent), marks: marks, width: 620, height: 380)
    }

    /// What is measured, as a heading has it.
    private var name: String { measure.noun.prefix(1).uppercased() + measure.noun.dropFirst() }

    /// The page: what to do, the picture, the numbers, and how they were found.
    public func html(title: String, target: Double? = nil, facts: [(name: String, value: String)]) -> String {
        let sentences = [advice] + [target.map { advice(forAccuracy: $0) }, comparison].compactMap { $0 }
        let rows = sizes.map { size in
            let forecast = forecast(photos: size.photos)
            return [
                "<tr>", element("th", ["scope": "row", "class": "n"], grouped(size.photos)),
                cell((Double(size.photos) / Double(classCount)).trimmed(1)), cell(percent(size.accuracy)),
                cell(percent(size.accuracies.min())), cell(percent(size.accuracies.max())),
                cell(percent(forecast.accuracy)), cell(percent(forecast.interval)), "</tr>",
            ].joined()
        }
        let facts = (facts + [("Curve", formula)]).map { name, value in
            "<div><dt>\(escaped(name))</dt><dd>\(escaped(value))</dd></div>"
        }
        return PageShell(kind: "learning curve", title: title).html([
            ReportPage.Section(
                "summary", link: "Summary", title: "Would more photos help?",
                sentences.map { "<p class=\"meaning\">\(escaped($0))</p>" }.joined(separator: "\n")),
            ReportPage.Section(
                "curve", link: "Curve", title: "How \(measure.noun) grows with the photos",
                """
                <figure><figcaption>Each dot is the mean over several subsets of the training photos, measured on the same \
                test photos; the broad band is what the curve leaves open. Beyond the last dot it is a forecast.</figcaption>
                \(chart(target: target).svg())</figure>
                <div class="scroll" tabindex="0" role="region" aria-label="Measurements">
                <table class="classes">
                <caption class="unseen">\(name) by the number of training photos</caption>
                <thead><tr><th scope="col" class="n">Photos</th><th scope="col" class="n">\(each.prefix(1).uppercased() + each.dropFirst())</th>\
                <th scope="col" class="n">\(name)</th><th scope="col" class="n">Lowest</th>\
                <th scope="col" class="n">Highest</th><th scope="col" class="n">Curve</th>\
                <th scope="col" class="n">95 % interval</th></tr></thead>
                <tbody>
                \(rows.joined(separator: "\n"))
                </tbody>
                </table></div>
                """),
            ReportPage.Section(
                "run", link: "Run", title: "How it was measured",
                "<dl class=\"facts\">\(facts.joined(separator: "\n"))</dl>"),
        ])
    }

    private func cell(_ text: String) -> String { element("td", ["class": "n"], text) }
}
