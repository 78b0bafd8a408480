// Ticks, thinning and SVG.

import Evaluation
import Foundation
import Testing

@Suite struct ChartTests {
    @Test func ticksAreRoundNumbers() {
        #expect(Ticks.linear(0...1).labels == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
        #expect(Ticks.linear(0...1, percent: true).labels == ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"])
        #expect(Ticks.linear(1...12, wholeNumbers: true).values == [2, 4, 6, 8, 10, 12])
        #expect(Ticks.linear(1...2, wholeNumbers: true).values == [1, 2])
        #expect(Ticks.linear(-3...3, about: 3).values == [-2, 0, 2])
        #expect(
            Ticks.linear(0...0.012, percent: true).labels == [
                "0.0 %", "0.2 %", "0.4 %", "0.6 %", "0.8 %", "1.0 %", "1.2 %",
            ])
        #expect(Ticks.logarithmic(1e-5...1).labels == ["10⁻⁵", "10⁻⁴", "0.001", "0.01", "0.1", "1"])
        #expect(Ticks.logarithmic(1e-6...1e-5).labels == ["10⁻⁶", "2·10⁻⁶", "5·10⁻⁶", "10⁻⁵"])
        let many = Ticks.logarithmic(1...1e12).labels.filter { !$0.isEmpty }
        #expect(many == ["1", "100", "10000", "10⁶", "10⁸", "10¹⁰", "10¹²"])
    }

    @Test(arguments: UInt64(1)...30) func ticksLieWithinTheirRange(seed: UInt64) {
        var generator = SeededGenerator(seed)
        let low = Double.random(in: -1...1, using: &generator) * pow(10, Double.random(in: -6...6, using: &generator))
        let length = pow(10, Double.random(in: -3...6, using: &generator))
        let ticks = Ticks.linear(low...(low + length))
        #expect((3...9).contains(ticks.values.count))
        let slack = 1e-6 * length
        #expect(ticks.values.allSatisfy { $0 >= low - slack && $0 <= low + length + slack })
        #expect(Set(ticks.labels).count == ticks.labels.count)
    }

    /// The largest distance of a point of `all` from the broken line `kept`.
    private func deviation(_ all: [(Double, Double)], _ kept: [(Double, Double)]) -> Double {
        all.map { point in
            zip(kept, kept.dropFirst()).map { a, b in
                let (dx, dy) = (b.0 - a.0, b.1 - a.1)
                let length = dx * dx + dy * dy
                let t = length == 0 ? 0 : min(max(((point.0 - a.0) * dx + (point.1 - a.1) * dy) / length, 0), 1)
                return hypot(point.0 - a.0 - t * dx, point.1 - a.1 - t * dy)
            }.min() ?? .infinity
        }.max() ?? 0
    }

    @Test(arguments: UInt64(1)...5) func thinningKeepsThePicture(seed: UInt64) throws {
        var generator = SeededGenerator(seed)
        // A staircase of 4000 steps, as a ROC curve is.
        var (x, y) = (0.0, 0.0)
        var stairs = [(x, y)]
        for _ in 0..<4000 {
            if Double.random(in: 0..<1, using: &generator) < 0.9 * exp(-4 * x) { y += 1 } else { x += 1.0 / 4000 }
            stairs.append((x, y))
        }
        stairs = stairs.map { ($0.0 / x, $0.1 / y) }
        let thinned = thinnedPoints(stairs, limit: 500) { $0 }
        #expect(thinned.count == 500)
        #expect(try #require(thinned.first) == (0, 0))
        #expect(try #require(thinned.last) == (1, 1))
        // A chart is 350 pixels wide: half a pixel is 0.0014.
        #expect(deviation(stairs, thinned) < 0.0014)
    }

    @Test func thinningDropsWhatLiesOnALineAndKeepsCorners() {
        let line = (0...1000).map { (Double($0), 2 * Double($0)) }
        #expect(thinnedPoints(line, limit: 500) { $0 }.count == 2)
        let corner = (0...1000).map { (Double($0), abs(Double($0) - 300)) }
        #expect(thinnedPoints(corner, limit: 10) { $0 }.map(\.0) == [0, 300, 1000])
        #expect(thinnedPoints(corner, limit: 2000) { $0 }.count == 1001)
        // A single spike survives the strongest thinning.
        let spike = (0...5000).map { (Double($0), $0 == 1234 ? 50.0 : 0) }
        #expect(thinnedPoints(spike, limit: 5) { $0 }.map(\.0) == [0, 1233, 1234, 1235, 5000])
    }

    private let training = Chart(
        "training", title: "Error <over> epochs", summary: "Falls & \"rises\"",
        x: Axis("Epoch", format: .wholeNumber), y: Axis("Error", scale: .logarithmic),
        marks: [
            .line(
                .init(
                    "training", (1...20).map { ChartPoint(x: Double($0), y: $0 == 7 ? .nan : 1 / Double($0)) },
                    hasDots: true)),
            .line(
                .init(
                    "<b>validation</b>", [ChartPoint(x: 1, y: 0.9), ChartPoint(x: 20, y: 0.2)],
                    band: [Interval(lower: 0.7, upper: 1), Interval(lower: 0.1, upper: 0.3)])),
            .rule(x: 12, name: "best"),
            .reference(from: ChartPoint(x: 1, y: 0.5), to: ChartPoint(x: 20, y: 0.5), name: "guessing"),
        ])

    @Test func chartsAreWellFormedXML() throws {
        let svg = training.svg(asFile: true)
        #expect(try isWellFormed(svg))
        #expect(svg.contains("<title id=\"training-title\">Error &lt;over&gt; epochs</title>"))
        #expect(!svg.contains("<b>") && !svg.contains("nan") && !svg.contains("inf"))
        // The gap where the training error is not a number: two pieces.
        let curve = svg.split(separator: "\n").first { $0.contains("line c0") } ?? ""
        #expect(curve.count { $0 == "M" } == 2)
        #expect(try !isWellFormed("<svg><a></svg>"))
    }

    @Test func oddChartsAreWellFormedToo() throws {
        let odd: [[Mark]] = [
            [], [.line(.init("", []))], [.line(.init("one", [ChartPoint(x: 3, y: 3)]))],
            [.line(.init("none", [ChartPoint(x: .nan, y: .infinity)]))],
            [.bars(.init("b", [.init(from: 0, to: 1, height: 0), .init(from: 1, to: 2, height: -3)]))],
            [.line(.init("huge", [ChartPoint(x: -1e300, y: 0), ChartPoint(x: 1e300, y: 1e-300)]))],
        ]
        for marks in odd {
            for scale in [Axis.Scale.linear, .logarithmic] {
                let svg = Chart(
                    "odd", title: "t", summary: "s", x: Axis("x", scale: scale), y: Axis("y", scale: scale),
                    marks: marks
                ).svg(asFile: true)
                #expect(try isWellFormed(svg))
                #expect(!svg.contains("nan") && !svg.contains("inf"), "\(marks) \(scale): \(svg)")
            }
        }
    }

    @Test func barsOfNamedCategories() {
        let svg = Chart(
            "bars", title: "t", summary: "s", x: Axis("", format: .names(["dotted", "striped"])), y: Axis("Images"),
            marks: [.bars(.init("", [.init(from: -0.4, to: 0.4, height: 3), .init(from: 0.6, to: 1.4, height: 5)]))]
        ).svg()
        #expect(svg.contains(">dotted</text>") && svg.contains(">striped</text>"))
        #expect(svg.count(of: "<rect class=\"bar c0\"") == 2)
    }

    @Test func heatMapsDrawOnlyWhatIsThere() throws {
        let svg = HeatMap(
            "map", title: "t", summary: "s", rowTitle: "rows", columnTitle: "columns", labels: ["a<", "b"],
            values: [[1, 0], [0.25, 0.75]]
        ).svg(asFile: true)
        #expect(try isWellFormed(svg))
        #expect(svg.count(of: "<rect class=\"field c0\"") == 2)
        #expect(svg.count(of: "<rect class=\"field c1\"") == 1)
        #expect(svg.contains("b → a&lt;: 25.0 %"))
    }

    @Test func curvesOfAnyLengthAreDrawnWithFewPoints() {
        let many = (0..<100_000).map { ChartPoint(x: Double($0), y: sin(Double($0) / 50)) }
        let svg = Chart(
            "many", title: "t", summary: "s", x: Axis("x"), y: Axis("y"), marks: [.line(.init("sine", many))]
        ).svg()
        #expect(svg.count < 20_000)
    }
}

extension String {
    /// How often a text occurs.
    func count(of text: String) -> Int { components(separatedBy: text).count - 1 }
}
