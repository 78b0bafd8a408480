// What can be drawn in a chart.

/// A place in a chart, in the units of its axes.
public struct ChartPoint: Hashable, Sendable {
    /// Along the horizontal axis.
    public var x: Double
    /// Along the vertical axis.
    public var y: Double

    /// Makes a point.
    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}

/// Something drawn in a chart.
public enum Mark: Sendable {
    /// A curve with a name; it has gaps where its values are not finite.
    case line(Line)
    /// Bars that stand on the zero of the vertical axis.
    case bars(Bars)
    /// A thin straight line to compare with, such as that of guessing.
    case reference(from: ChartPoint, to: ChartPoint, name: String)
    /// A vertical line at one value, with a few words, such as the best epoch.
    case rule(x: Double, name: String)

    /// A curve.
    public struct Line: Sendable {
        /// What the legend says; without a name it has no entry.
        public var name: String
        /// From left to right, or in whatever order the curve runs.
        public var points: [ChartPoint]
        /// The uncertainty of each point, if it is known: as many as points.
        public var band: [Interval]
        /// Whether each point has a dot, for curves of few points.
        public var hasDots: Bool
        /// The colour, 0…7; nil takes the next one.
        public var colour: Int?

        /// Makes a curve.
        public init(
            _ name: String, _ points: [ChartPoint], band: [Interval] = [], hasDots: Bool = false, colour: Int? = nil
        ) {
            self.name = name
            self.points = points
            self.band = band
            self.hasDots = hasDots
            self.colour = colour
        }
    }

    /// Bars side by side.
    public struct Bars: Sendable {
        /// One bar.
        public struct Bar: Sendable {
            /// The horizontal extent, in the units of the axis.
            public var from, to: Double
            /// The height, in the units of the axis.
            public var height: Double
            /// How certain the height is, if that is known.
            public var interval: Interval?
            /// What is shown while the mouse rests on the bar.
            public var note: String

            /// Makes a bar.
            public init(from: Double, to: Double, height: Double, interval: Interval? = nil, note: String = "") {
                self.from = from
                self.to = to
                self.height = height
                self.interval = interval
                self.note = note
            }
        }

        /// What the legend says; without a name it has no entry.
        public var name: String
        /// From left to right.
        public var bars: [Bar]
        /// The colour, 0…7; nil takes the next one.
        public var colour: Int?

        /// Makes bars.
        public init(_ name: String, _ bars: [Bar], colour: Int? = nil) {
            self.name = name
            self.bars = bars
            self.colour = colour
        }
    }

    /// All values of the mark along the two axes.
    var extent: (x: [Double], y: [Double]) {
        switch self {
        case .line(let line):
            (line.points.map(\.x), line.points.map(\.y) + line.band.flatMap { [$0.lower, $0.upper] })
        case .bars(let bars):
            (bars.bars.flatMap { [$0.from, $0.to] }, [0] + bars.bars.flatMap { [$0.height, $0.interval?.upper ?? 0] })
        case .reference(let from, let to, _): ([from.x, to.x], [from.y, to.y])
        case .rule(let x, _): ([x], [])
        }
    }

    /// Whether it is only there to compare with.
    var isReference: Bool { if case .reference = self { true } else { false } }

    /// What the legend says of it; nil for no entry.
    var name: String? {
        switch self {
        case .line(let line): line.name.isEmpty ? nil : line.name
        case .bars(let bars): bars.name.isEmpty ? nil : bars.name
        case .reference(_, _, let name): name.isEmpty ? nil : name
        case .rule: nil
        }
    }
}
