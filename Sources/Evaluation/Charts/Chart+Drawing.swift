// The parts of a chart as SVG elements.

extension Chart {
    /// Grid, numbers and titles of both axes.
    func drawAxes(_ frame: Frame) -> String {
        var svg = "<g class=\"grid\">\n"
        for value in frame.yTicks.values {
            let y = px(frame.vertical(value))
            svg += "<line x1=\"\(px(frame.left))\" x2=\"\(px(frame.right))\" y1=\"\(y)\" y2=\"\(y)\"/>\n"
        }
        let showsNames = if case .names = x.format { true } else { false }
        for value in frame.xTicks.values where !showsNames {
            let x = px(frame.horizontal(value))
            svg += "<line x1=\"\(x)\" x2=\"\(x)\" y1=\"\(px(frame.top))\" y2=\"\(px(frame.bottom))\"/>\n"
        }
        svg += "</g>\n<g class=\"numbers\">\n"
        for (value, label) in zip(frame.yTicks.values, frame.yTicks.labels) {
            svg += text(label, frame.left - 6, frame.vertical(value) + 4, anchor: "end")
        }
        var end = -Double.infinity
        for (value, label) in zip(frame.xTicks.values, frame.xTicks.labels) {
            // A label that would run into its neighbour or out of the picture is left out or moved.
            let name = shortened(label, to: 18)
            let reach = estimatedWidth(name, size: 12) / 2
            let place = min(frame.horizontal(value), width - reach - 1)
            guard place - reach > end else { continue }
            svg += text(name, place, frame.bottom + 17, anchor: "middle")
            end = place + reach + 4
        }
        svg += "</g>\n<g class=\"titles\">\n"
        if !x.title.isEmpty {
            svg += text(x.title, (frame.left + frame.right) / 2, frame.bottom + 37, anchor: "middle")
        }
        if !y.title.isEmpty { svg += text(y.title, 2, 14, anchor: "start") }
        return svg + "</g>\n"
    }

    /// One mark, but for what stands above the others.
    func draw(_ mark: Mark, _ colour: Int, _ frame: Frame) -> String {
        switch mark {
        case .line(let line): return draw(line, colour, frame)
        case .bars(let bars): return draw(bars, colour, frame)
        case .reference(let from, let to, _):
            return
                "<line class=\"reference\" x1=\"\(px(frame.horizontal(from.x)))\" x2=\"\(px(frame.horizontal(to.x)))\" "
                + "y1=\"\(px(frame.vertical(from.y)))\" y2=\"\(px(frame.vertical(to.y)))\"/>\n"
        case .rule: return ""
        }
    }

    private func draw(_ line: Mark.Line, _ colour: Int, _ frame: Frame) -> String {
        var svg = ""
        if line.band.count == line.points.count, line.points.count > 1 {
            let band = zip(line.points, line.band).filter { x.shows($0.x) && y.shows($1.lower) && y.shows($1.upper) }
            let upper = band.map { (frame.horizontal($0.x), frame.vertical($1.upper)) }
            let lower = band.reversed().map { (frame.horizontal($0.x), frame.vertical($1.lower)) }
            svg += "<path class=\"band c\(colour)\" d=\"\(path(upper + lower))Z\"/>\n"
        }
        // A curve is thinned where it is drawn: distances that do not show in pixels do not matter.
        let pieces = line.points.split { !x.shows($0.x) || !y.shows($0.y) }
        let budget = 500 / max(pieces.count, 1)
        let drawn = pieces.map { piece in
            thinnedPoints(piece.map { (frame.horizontal($0.x), frame.vertical($0.y)) }, limit: max(budget, 2)) { $0 }
        }
        svg += "<path class=\"line c\(colour)\" d=\"\(drawn.map(path).joined())\"/>\n"
        if line.hasDots {
            for (x, y) in drawn.joined() {
                svg += "<circle class=\"dot c\(colour)\" cx=\"\(px(x))\" cy=\"\(px(y))\" r=\"3.5\"/>\n"
            }
        }
        return svg
    }

    private func draw(_ bars: Mark.Bars, _ colour: Int, _ frame: Frame) -> String {
        var svg = ""
        let zero = frame.vertical(max(0, frame.yRange.lowerBound))
        for bar in bars.bars where bar.height.isFinite {
            let (left, right) = (frame.horizontal(bar.from), frame.horizontal(bar.to))
            let top = frame.vertical(bar.height)
            let note = bar.note.isEmpty ? "" : "<title>\(escaped(bar.note))</title>"
            svg += "<g>\(note)<rect class=\"bar c\(colour)\" x=\"\(px(left + 1))\" y=\"\(px(min(top, zero)))\" "
            svg += "width=\"\(px(max(right - left - 2, 0.5)))\" height=\"\(px(abs(zero - top)))\"/>"
            if let interval = bar.interval {
                let middle = (left + right) / 2
                let (low, high) = (frame.vertical(interval.lower), frame.vertical(interval.upper))
                let ends = [low, high].map { "M\(px(middle - 4)) \(px($0))H\(px(middle + 4))" }.joined()
                svg += "<path class=\"whisker\" d=\"M\(px(middle)) \(px(low))V\(px(high))\(ends)\"/>"
            }
            svg += "</g>\n"
        }
        return svg
    }

    /// Vertical rules with their words, over everything else.
    func drawRules(_ frame: Frame) -> String {
        var svg = ""
        for case .rule(let value, let name) in marks where x.shows(value) {
            let place = frame.horizontal(value)
            guard place >= frame.left - 1, place <= frame.right + 1 else { continue }
            let isLeft = place > (frame.left + frame.right) / 2
            svg += "<line class=\"rule\" x1=\"\(px(place))\" x2=\"\(px(place))\" "
            svg += "y1=\"\(px(frame.top))\" y2=\"\(px(frame.bottom))\"/>\n<g class=\"titles\">"
            svg += text(name, place + (isLeft ? -6 : 6), frame.top + 13, anchor: isLeft ? "end" : "start") + "</g>\n"
        }
        return svg
    }

    /// The names of the marks below the chart, in rows, and how much height they take.
    func drawLegend(_ frame: Frame) -> (svg: String, height: Double) {
        let named = zip(marks, colours).compactMap { mark, colour in mark.name.map { (mark, colour, $0) } }
        // What is only for comparison comes last, though it is drawn first.
        let entries = named.filter { !$0.0.isReference } + named.filter { $0.0.isReference }
        // A single curve is named by the title of its axis.
        guard entries.count > 1 else { return ("", 0) }
        let longest = Int((width - 34) / (12 * 0.56))
        var svg = "<g class=\"legend\">\n"
        var (left, row) = (2.0, 0.0)
        for (mark, colour, name) in entries {
            let name = shortened(name, to: longest)
            let needed = 26 + estimatedWidth(name, size: 12) + 14
            if left > 2, left + needed - 14 > width { (left, row) = (2, row + 1) }
            let middle = height + 12 + row * 19
            switch mark {
            case .bars:
                svg +=
                    "<rect class=\"bar c\(colour)\" x=\"\(px(left))\" y=\"\(px(middle - 5))\" width=\"20\" height=\"10\"/>"
            case .reference:
                svg += "<path class=\"reference\" d=\"M\(px(left)) \(px(middle))h20\"/>"
            case .line, .rule:
                svg += "<path class=\"line c\(colour)\" d=\"M\(px(left)) \(px(middle))h20\"/>"
            }
            svg += text(name, left + 26, middle + 4, anchor: "start")
            left += needed
        }
        return (svg + "</g>\n", (row + 1) * 19 + 6)
    }

    private func path(_ points: [(Double, Double)]) -> String {
        var path = ""
        for (index, point) in points.enumerated() { path += "\(index == 0 ? "M" : "L")\(px(point.0)) \(px(point.1))" }
        return path
    }

    private func text(_ text: String, _ x: Double, _ y: Double, anchor: String) -> String {
        "<text x=\"\(px(x))\" y=\"\(px(y))\" text-anchor=\"\(anchor)\">\(escaped(text))</text>\n"
    }
}
