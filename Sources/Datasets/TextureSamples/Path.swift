// Outlines, and where they stand in the picture.

/// Where a figure stands: its own units are half a shoulder's width, with the base of the neck at the origin and y
/// downwards.
struct Placement {
    /// Pixels a unit.
    let scale: Float
    /// The origin, in pixels.
    let origin: Point
    /// Cosine and sine of the turn.
    let turn: Point

    func callAsFunction(_ p: Point) -> Point {
        origin + scale * Point(turn.x * p.x - turn.y * p.y, turn.y * p.x + turn.x * p.y)
    }

    /// From pixels back to the figure's units.
    @inline(__always)
    func inverse(_ pixel: Point) -> Point {
        let p = (pixel - origin) / scale
        return Point(turn.x * p.x + turn.y * p.y, turn.x * p.y - turn.y * p.x)
    }
}

/// A closed outline of straight lines, many enough to look curved.
struct Path {
    var points: [Point]

    init(_ points: [Point] = []) { self.points = points }

    /// Starts at a point.
    init(from start: Point) { points = [start] }

    mutating func line(to end: Point) { points.append(end) }

    /// A quadratic Bézier curve.
    mutating func curve(_ bend: Point, to end: Point) {
        guard let start = points.last else { return }
        for step in 1...10 {
            let t = Float(step) / 10
            let (a, b) = (start + (bend - start) * t, bend + (end - bend) * t)
            points.append(a + (b - a) * t)
        }
    }

    /// The outline and its mirror image on the other side of x = 0, which is `stretch` times as wide.
    func mirrored(stretch: Float = 1) -> Path {
        Path(points + points.reversed().map { Point(-$0.x * stretch, $0.y) })
    }

    static func ellipse(_ centre: Point, _ radii: Point, turns: Float = 0) -> Path {
        let axis = direction(turns: turns)
        return Path(
            (0..<36).map { step in
                let p = direction(turns: Float(step) / 36) * radii
                return centre + Point(axis.x * p.x - axis.y * p.y, axis.y * p.x + axis.x * p.y)
            })
    }

    static func rectangle(_ a: Point, _ b: Point) -> Path { Path([a, Point(b.x, a.y), b, Point(a.x, b.y)]) }

    /// A band along a line of points, with half its width at each; its end is round if asked.
    static func band(along line: [Point], halfWidths: [Float], isRound: Bool = false) -> Path {
        var left: [Point] = []
        var right: [Point] = []
        for index in line.indices {
            let ahead = line[min(index + 1, line.count - 1)] - line[max(index - 1, 0)]
            let across = Point(-ahead.y, ahead.x) / max(length(ahead), 1e-6) * halfWidths[index]
            left.append(line[index] + across)
            right.append(line[index] - across)
        }
        guard isRound, let end = line.last, let before = line.dropLast().last, let radius = halfWidths.last else {
            return Path(left + right.reversed())
        }
        let ahead = (end - before) / max(length(end - before), 1e-6)
        let cap = (1..<8).map { step -> Point in
            let d = direction(turns: 0.25 - Float(step) / 16)
            return end + radius * (d.x * ahead + d.y * Point(-ahead.y, ahead.x))
        }
        return Path(left + cap + right.reversed())
    }

    /// The outline with its sides a little bent, by up to half of `amount`, as `noise` has it.
    func wavering(_ noise: Noise, by amount: Float) -> Path {
        var result = Path()
        for (index, a) in points.enumerated() {
            let b = points[index + 1 == points.count ? 0 : index + 1]
            let steps = max(1, Int(length(b - a) / 0.12))
            for step in 0..<steps {
                let p = a + (b - a) * (Float(step) / Float(steps))
                let q = p * 3.1
                result.points.append(p + amount * Point(noise(q.x, q.y) - 0.5, noise(q.x + 70, q.y) - 0.5))
            }
        }
        return result
    }

    /// The outline in pixels.
    func placed(_ placement: Placement) -> Path { Path(points.map { placement($0) }) }

    func moved(_ by: Point) -> Path { Path(points.map { $0 + by }) }
}

/// A line through points, with a point every so often, bent softly (Catmull and Rom).
func softLine(_ points: [Point], steps: Int = 8) -> [Point] {
    var line: [Point] = []
    for index in 0..<points.count - 1 {
        let (a, b) = (points[index], points[index + 1])
        let (before, after) = (points[max(index - 1, 0)], points[min(index + 2, points.count - 1)])
        let (ta, tb) = ((b - before) * 0.5, (after - a) * 0.5)
        for step in 0..<steps {
            let t = Float(step) / Float(steps)
            let (t2, t3) = (t * t, t * t * t)
            line.append(
                a * (2 * t3 - 3 * t2 + 1) + ta * (t3 - 2 * t2 + t) + b * (3 * t2 - 2 * t3) + tb * (t3 - t2))
        }
    }
    return line + points.suffix(1)
}
