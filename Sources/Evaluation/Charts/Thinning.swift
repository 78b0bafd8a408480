// Fewer points for the same picture.
//
// Douglas and Peucker, "Algorithms for the reduction of the number of points required to represent a digitized line or
// its caricature", 1973, https://doi.org/10.3138/FM57-6770-U75U-7727; carried out best first, so that a number of
// points can be asked for instead of a tolerance.

/// The points of a curve that matter most: both ends, then always the one farthest from the curve so far.
///
/// At most `limit` points, at least 2, in their order. `position` gives a point's place in the picture; distances are
/// measured there. Points that lie on the curve of the others are left out even below the limit.
package func thinnedPoints<Point>(_ points: [Point], limit: Int, position: (Point) -> (Double, Double)) -> [Point] {
    guard points.count > limit else { return points }
    let places = points.map(position)
    var spans: [Span] = [Span(places, 0, points.count - 1)]
    var kept = [0, points.count - 1]
    while kept.count < max(limit, 2), let span = spans.popFarthest() {
        kept.append(span.farthest)
        spans.push(Span(places, span.start, span.farthest))
        spans.push(Span(places, span.farthest, span.end))
    }
    return kept.sorted().map { points[$0] }
}

/// A stretch of a curve, and its point that is farthest from the straight line between its ends.
private struct Span {
    let start, end: Int
    private(set) var farthest: Int
    /// Squared, as the length of the straight line is.
    private(set) var distance = 0.0
    private let squaredLength: Double

    /// Whether it is more than rounding that keeps the points from lying on the line.
    var isBent: Bool { distance > 1e-24 * squaredLength }

    init(_ places: [(Double, Double)], _ start: Int, _ end: Int) {
        (self.start, self.end, farthest) = (start, end, start)
        let (ax, ay) = places[start]
        let (dx, dy) = (places[end].0 - ax, places[end].1 - ay)
        squaredLength = dx * dx + dy * dy
        guard end - start > 1 else { return }
        for index in (start + 1)..<end {
            let (px, py) = (places[index].0 - ax, places[index].1 - ay)
            // Squared distance to the nearest point of the line, which may be one of its ends.
            let along = squaredLength == 0 ? 0 : min(max((px * dx + py * dy) / squaredLength, 0), 1)
            let (ex, ey) = (px - along * dx, py - along * dy)
            let candidate = ex * ex + ey * ey
            if candidate > distance { (farthest, distance) = (index, candidate) }
        }
    }
}

/// A heap with the span on top that deviates most.
extension [Span] {
    fileprivate mutating func push(_ span: Span) {
        guard span.isBent else { return }
        append(span)
        var child = count - 1
        while child > 0, self[(child - 1) / 2].distance < self[child].distance {
            swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    fileprivate mutating func popFarthest() -> Span? {
        guard let top = first, top.isBent else { return nil }
        swapAt(0, count - 1)
        removeLast()
        var parent = 0
        while 2 * parent + 1 < count {
            var child = 2 * parent + 1
            if child + 1 < count && self[child + 1].distance > self[child].distance { child += 1 }
            guard self[child].distance > self[parent].distance else { break }
            swapAt(parent, child)
            parent = child
        }
        return top
    }
}
