// A chart as SVG: two axes and what is drawn between them.

/// Curves and bars over two axes, as SVG text.
///
/// The picture takes its colours from custom properties (`Chart.style`), so that one page shows it light and dark.
public struct Chart: Sendable {
    /// Tells this chart from others on the same page: letters, digits and hyphens.
    public var identifier: String
    /// What the chart shows, in a few words.
    public var title: String
    /// What it says, in a sentence, for those who do not see it.
    public var summary: String
    /// The horizontal axis.
    public var x: Axis
    /// The vertical axis.
    public var y: Axis
    /// What is drawn, from back to front.
    public var marks: [Mark]
    /// Width and height of the picture in pixels; the legend is added below.
    ///
    /// It can be shown at any size.
    public var width, height: Double
    /// The room for the numbers beside the vertical axis, so that charts line up; nil for what they need.
    public var labelWidth: Double?

    /// Makes a chart.
    public init(
        _ identifier: String, title: String, summary: String, x: Axis, y: Axis, marks: [Mark], width: Double = 380,
        height: Double = 290, labelWidth: Double? = nil
    ) {
        self.identifier = identifier
        self.title = title
        self.summary = summary
        self.x = x
        self.y = y
        self.marks = marks
        self.width = width
        self.height = height
        self.labelWidth = labelWidth
    }

    /// Where the axes lie.
    var frame: Frame { Frame(self) }

    /// The chart as an `<svg>` element; a file of its own also carries `style`.
    public func svg(asFile: Bool = false) -> String {
        let frame = frame
        let area = element(
            "rect",
            [
                "x": px(frame.left - 5), "y": px(frame.top - 5), "width": px(frame.right - frame.left + 10),
                "height": px(frame.bottom - frame.top + 10),
            ])
        let drawn = zip(marks, colours).map { draw($0, $1, frame) }.joined()
        let (legend, legendHeight) = drawLegend(frame)
        let body = [
            drawAxes(frame),
            element("clipPath", ["id": identifier + "-area"], area) + "\n",
            element("g", ["clip-path": "url(#\(identifier)-area)"], "\n" + drawn) + "\n",
            drawRules(frame),
            legend,
        ]
        return svgElement(
            identifier, title: title, summary: summary, width: width, height: height + legendHeight, body.joined(),
            asFile: asFile)
    }

    /// The colour of each mark: as asked for, or the next one.
    var colours: [Int] {
        var next = 0
        return marks.map { mark in
            let asked: Int?
            switch mark {
            case .line(let line): asked = line.colour
            case .bars(let bars): asked = bars.colour
            case .reference, .rule: return 0
            }
            if let asked { return asked % Palette.count }
            defer { next += 1 }
            return next % Palette.count
        }
    }
}

/// Where the axes of a chart lie, in pixels from its upper left corner, and which values they show.
struct Frame {
    let x, y: Axis
    let xRange, yRange: ClosedRange<Double>
    let xTicks, yTicks: Ticks
    let left, right, top, bottom: Double
    /// The room for the numbers beside the vertical axis.
    let labelWidth: Double

    init(_ chart: Chart) {
        x = chart.x
        y = chart.y
        let (columns, rows) = (max(2, Int(chart.width / 76)), max(2, Int(chart.height / 60)))
        xRange = x.resolvedRange(chart.marks.flatMap(\.extent.x), roundedTo: nil)
        yRange = y.resolvedRange(chart.marks.flatMap(\.extent.y), roundedTo: rows)
        xTicks = x.ticks(xRange, about: columns)
        yTicks = y.ticks(yRange, about: rows)
        let needed = yTicks.labels.map { estimatedWidth($0, size: 12) }.max() ?? 0
        labelWidth = chart.labelWidth ?? min(needed, chart.width / 3)
        left = labelWidth + 12
        right = chart.width - 14
        top = y.title.isEmpty ? 12 : 30
        bottom = chart.height - (x.title.isEmpty ? 24 : 44)
    }

    func horizontal(_ value: Double) -> Double { left + x.place(value, in: xRange) * (right - left) }
    func vertical(_ value: Double) -> Double { bottom - y.place(value, in: yRange) * (bottom - top) }
}

/// An `<svg>` element with its name and its description.
func svgElement(
    _ identifier: String, title: String, summary: String, width: Double, height: Double, _ body: String, asFile: Bool
) -> String {
    let dark = "@media (prefers-color-scheme:dark){:root{\(Palette.darkRule)}}"
    let style = asFile ? "<style>:root{\(Palette.lightRule)}\(dark)\(Chart.style)</style>\n" : ""
    let content = [
        "\n", element("title", ["id": identifier + "-title"], escaped(title)), "\n",
        element("desc", ["id": identifier + "-summary"], escaped(summary)), "\n", style, body,
    ]
    let svg = element(
        "svg",
        [
            "class": "chart", "viewBox": "0 0 \(px(width)) \(px(height))", "role": "img",
            "aria-labelledby": identifier + "-title", "aria-describedby": identifier + "-summary",
        ], content.joined())
    // Within HTML the namespace of SVG is known.
    return (asFile ? "<svg xmlns=\"http://www.w3.org/2000/svg\"" + svg.dropFirst("<svg".count) : svg) + "\n"
}
