// The parts of a chart as SVG elements.

extension Chart {
    /// Grid, numbers and titles of both axes.
    func drawAxes(_ frame: Frame) -> String {
        var grid = ""
        for value in frame.yTicks.values {
            grid += line(frame.left, frame.vertical(value), frame.right, frame.vertical(value))
        }
        // Names stand between the bars that they belong to; lines through them would say nothing.
        let showsNames = if case .names = x.format { true } else { false }
        for value in frame.xTicks.values where !showsNames {
            grid += line(frame.horizontal(value), frame.top, frame.horizontal(value), frame.bottom)
        }
        var numbers = ""
        for (value, label) in zip(frame.yTicks.values, frame.yTicks.labels) {
            numbers += text(label, frame.left - 6, frame.vertical(value) + 4, anchor: "end")
        }
        var end = -Double.infinity
        for (value, label) in zip(frame.xTicks.values, frame.xTicks.labels) {
            // A label that would run into its neighbour or out of the picture is left out or moved.
            let name = shortened(label, to: 18)
            let reach = estimatedWidth(name, size: 12) / 2
            let place = min(frame.horizontal(value), width - reach - 1)
            guard place - reach > end else { continue }
            numbers += text(name, place, frame.bottom + 17, anchor: "middle")
            end = place + reach + 4
        }
        var titles = ""
        if !x.title.isEmpty {
            titles += text(x.title, (frame.left + frame.right) / 2, frame.bottom + 37, anchor: "middle")
        }
        if !y.title.isEmpty { titles += text(y.title, 2, 14, anchor: "start") }
        return group("lines", grid) + group("numbers", numbers) + group("titles", titles)
    }

    /// One mark, but for what stands above the others.
    func draw(_ mark: Mark, _ colour: Int, _ frame: Frame) -> String {
        switch mark {
        case .line(let line): draw(line, colour, frame)
        case .bars(let bars): draw(bars, colour, frame)
        case .reference(let from, let to, _):
            line(
                frame.horizontal(from.x), frame.vertical(from.y), frame.horizontal(to.x), frame.vertical(to.y),
                kind: "reference")
        case .rule: ""
        }
    }

    private func draw(_ line: Mark.Line, _ colour: Int, _ frame: Frame) -> String {
        var svg = ""
        if line.band.count == line.points.count, line.points.count > 1 {
            let band = zip(line.points, line.band).filter { x.shows($0.x) && y.shows($1.lower) && y.shows($1.upper) }
            let upper = band.map { (frame.horizontal($0.x), frame.vertical($1.upper)) }
            let lower = band.reversed().map { (frame.horizontal($0.x), frame.vertical($1.lower)) }
            svg += element("path", ["class": "band c\(colour)", "d": path(upper + lower) + "Z"]) + "\n"
        }
        // A curve is thinned where it is drawn: distances that do not show in pixels do not matter.
        let pieces = line.points.split { !x.shows($0.x) || !y.shows($0.y) }
        let budget = max(500 / max(pieces.count, 1), 2)
        let drawn = pieces.map { piece in
            thinnedPoints(piece.map { (frame.horizontal($0.x), frame.vertical($0.y)) }, limit: budget) { $0 }
        }
        svg += element("path", ["class": "line c\(colour)", "d": drawn.map(path).joined()]) + "\n"
        if line.hasDots {
            for (x, y) in drawn.joined() {
                svg += element("circle", ["class": "dot c\(colour)", "cx": px(x), "cy": px(y), "r": "3.5"]) + "\n"
            }
        }
        return svg
    }

    private func draw(_ bars: Mark.Bars, _ colour: Int, _ frame: Frame) -> String {
        let zero = frame.vertical(max(0, frame.yRange.lowerBound))
        return bars.bars.filter { y.shows($0.height) }.map { bar in
            let (left, right) = (frame.horizontal(bar.from), frame.horizontal(bar.to))
            let top = frame.vertical(bar.height)
            var content = bar.note.isEmpty ? "" : element("title", [:], escaped(bar.note))
            content += element(
                "rect",
                [
                    "class": "bar c\(colour)", "x": px(left + 1), "y": px(min(top, zero)),
                    "width": px(max(right - left - 2, 0.5)), "height": px(abs(zero - top)),
                ])
            if let interval = bar.interval {
                let middle = (left + right) / 2
                let (low, high) = (frame.vertical(interval.lower), frame.vertical(interval.upper))
                let ends = [low, high].map { "M\(px(middle - 4)) \(px($0))H\(px(middle + 4))" }.joined()
                content += element(
                    "path", ["class": "whisker", "d": "M\(px(middle)) \(px(low))V\(px(high))\(ends)"])
            }
            return element("g", [:], content) + "\n"
        }.joined()
    }

    /// Vertical rules with their words, over everything else.
    func drawRules(_ frame: Frame) -> String {
        var svg = ""
        for case .rule(let value, let name) in marks where x.shows(value) {
            let place = frame.horizontal(value)
            guard place >= frame.left - 1, place <= frame.right + 1 else { continue }
            let isLeft = place > (frame.left + frame.right) / 2
            svg += line(place, frame.top, place, frame.bottom, kind: "rule")
            svg += group(
                "titles",
                text(name, place + (isLeft ? -6 : 6), frame.top + 13, anchor: isLeft ? "end" : "start"))
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
        var svg = ""
        var (left, row) = (2.0, 0.0)
        for (mark, colour, name) in entries {
            let name = shortened(name, to: longest)
            let needed = 26 + estimatedWidth(name, size: 12) + 14
            if left > 2, left + needed - 14 > width { (left, row) = (2, row + 1) }
            let middle = height + 12 + row * 19
            let sample = "M\(px(left)) \(px(middle))h20"
            let swatch =
                switch mark {
                case .bars:
                    element(
                        "rect",
                        ["class": "bar c\(colour)", "x": px(left), "y": px(middle - 5), "width": "20", "height": "10"])
                case .reference: element("path", ["class": "reference", "d": sample])
                case .line, .rule: element("path", ["class": "line c\(colour)", "d": sample])
                }
            svg += swatch + text(name, left + 26, middle + 4, anchor: "start")
            left += needed
        }
        return (group("legend", svg), (row + 1) * 19 + 6)
    }

    private func group(_ kind: String, _ content: String) -> String {
        element("g", ["class": kind], "\n" + content) + "\n"
    }

    private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, kind: String = "grid") -> String {
        element("line", ["class": kind, "x1": px(x1), "y1": px(y1), "x2": px(x2), "y2": px(y2)]) + "\n"
    }

    private func text(_ text: String, _ x: Double, _ y: Double, anchor: String) -> String {
        element("text", ["x": px(x), "y": px(y), "text-anchor": anchor], escaped(text)) + "\n"
    }

    private func path(_ points: [(Double, Double)]) -> String {
        var path = ""
        for (index, point) in points.enumerated() { path += "\(index == 0 ? "M" : "L")\(px(point.0)) \(px(point.1))" }
        return path
    }
}
