// Where the points of a picture come to lie in what a network sees: for pictures, and for the boxes drawn on them.

import Foundation

/// A rectangle with sides along the axes, in pixels that need not be whole.
///
/// (`x`, `y`) is its corner at the top left. The pixel in column 0 and row 0 is the rectangle from (0, 0) to (1, 1).
public struct Rectangle: Hashable, Codable, Sendable {
    /// The left side.
    public var x: Double
    /// The upper side.
    public var y: Double
    /// From the left side to the right one, at least 0.
    public var width: Double
    /// From the upper side to the lower one, at least 0.
    public var height: Double

    /// Makes a rectangle from its corner at the top left.
    public init(x: Double, y: Double, width: Double, height: Double) {
        precondition(width >= 0 && height >= 0, "A rectangle's sides are at least 0, not \(width) and \(height).")
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    /// In square pixels.
    public var area: Double { width * height }

    /// What both cover; nil where that is nothing.
    public func intersection(_ other: Rectangle) -> Rectangle? {
        let (left, right) = (max(x, other.x), min(x + width, other.x + other.width))
        let (top, bottom) = (max(y, other.y), min(y + height, other.y + other.height))
        guard left < right && top < bottom else { return nil }
        return Rectangle(x: left, y: top, width: right - left, height: bottom - top)
    }
}

/// x′ = xx · x + xy · y + dx, y′ = yx · x + yy · y + dy: every mixture of moving, scaling, turning, mirroring and shearing.
public struct AffineMap: Hashable, Sendable {
    /// What x contributes to x′.
    public var xx = 1.0
    /// What y contributes to x′.
    public var xy = 0.0
    /// What x contributes to y′.
    public var yx = 0.0
    /// What y contributes to y′.
    public var yy = 1.0
    /// What is added to x′.
    public var dx = 0.0
    /// What is added to y′.
    public var dy = 0.0

    /// The map that moves nothing.
    public static let identity = AffineMap()

    /// Makes a map from its six numbers.
    public init(xx: Double = 1, xy: Double = 0, yx: Double = 0, yy: Double = 1, dx: Double = 0, dy: Double = 0) {
        (self.xx, self.xy, self.yx, self.yy, self.dx, self.dy) = (xx, xy, yx, yy, dx, dy)
    }

    /// Where a point comes to lie.
    public func callAsFunction(x: Double, y: Double) -> (x: Double, y: Double) {
        (xx * x + xy * y + dx, yx * x + yy * y + dy)
    }

    /// The smallest rectangle around what becomes of a rectangle.
    ///
    /// Where the map turns or shears, that is larger than what it surrounds.
    public func callAsFunction(_ box: Rectangle) -> Rectangle {
        let corners = [
            self(x: box.x, y: box.y), self(x: box.x + box.width, y: box.y),
            self(x: box.x, y: box.y + box.height), self(x: box.x + box.width, y: box.y + box.height),
        ]
        let (xs, ys) = (corners.map(\.x), corners.map(\.y))
        let (left, top) = (xs.min() ?? 0, ys.min() ?? 0)
        return Rectangle(x: left, y: top, width: (xs.max() ?? 0) - left, height: (ys.max() ?? 0) - top)
    }

    /// What is seen of a box after the map, or nil where that is too little to be worth finding.
    ///
    /// - Parameters:
    ///   - box: A box around something in the picture.
    ///   - frame: What is seen: for a network, the square from (0, 0) to (side, side).
    ///   - share: How much of the moved box must lie within the frame, 0…1, by area.
    /// - Returns: The part of the moved box within the frame.
    public func visiblePart(of box: Rectangle, in frame: Rectangle, atLeast share: Double) -> Rectangle? {
        let moved = self(box)
        guard let seen = moved.intersection(frame), seen.area >= share * moved.area else { return nil }
        return seen
    }

    /// The map that does `self` first and `next` then.
    public func then(_ next: AffineMap) -> AffineMap {
        AffineMap(
            xx: next.xx * xx + next.xy * yx, xy: next.xx * xy + next.xy * yy,
            yx: next.yx * xx + next.yy * yx, yy: next.yx * xy + next.yy * yy,
            dx: next.xx * dx + next.xy * dy + next.dx, dy: next.yx * dx + next.yy * dy + next.dy)
    }

    /// The map back; nil where `self` makes an area into a line or a point.
    public var inverse: AffineMap? {
        let determinant = xx * yy - xy * yx
        guard determinant != 0 && determinant.isFinite else { return nil }
        return AffineMap(
            xx: yy / determinant, xy: -xy / determinant, yx: -yx / determinant, yy: xx / determinant,
            dx: (xy * dy - yy * dx) / determinant, dy: (yx * dx - xx * dy) / determinant)
    }

    /// The same, but leaving the point (`x`, `y`) where it is.
    func about(x: Double, y: Double) -> AffineMap {
        AffineMap(dx: -x, dy: -y).then(self).then(AffineMap(dx: x, dy: y))
    }
}
