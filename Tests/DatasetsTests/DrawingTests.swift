// The laws that the drawing of the demo set rests on.

import Datasets
import Foundation
import Testing

@Suite struct DrawingTests {
    @Test func sinesAreNearTheSystems() {
        for step in -3000...3000 {
            let turns = Float(step) / 1000
            #expect(abs(sine(turns: turns) - Float(sin(Double(turns) * 2 * .pi))) < 0.0012, "\(turns)")
        }
    }

    /// A rectangle from (1.25, 1.5) to (3.5, 3): of the pixels in a row from x = 0 on it covers 0, ¾, 1, ½ and 0 across,
    /// and down the rows 0, ½, 1 and 0.
    @Test func coverageOfARectangle() {
        let path = Path([Point(1.25, 1.5), Point(3.5, 1.5), Point(3.5, 3), Point(1.25, 3)])
        let mask = Mask(path, canvas: (5, 4))
        let across: [Float] = [0, 0.75, 1, 0.5, 0]
        let down: [Float] = [0, 0.5, 1, 0]
        for y in 0..<4 {
            for x in 0..<5 { #expect(abs(mask[x, y] - across[x] * down[y]) < 1e-6, "\(x), \(y)") }
        }
    }

    /// The triangle (0, 0), (4, 0), (0, 4) covers half of each pixel on its slanted side, all before and nothing after.
    @Test func coverageOfATriangle() {
        let mask = Mask(Path([Point(0, 0), Point(4, 0), Point(0, 4)]), canvas: (4, 4))
        for y in 0..<4 {
            for x in 0..<4 {
                let expected: Float = x + y < 3 ? 1 : x + y == 3 ? 0.5 : 0
                #expect(abs(mask[x, y] - expected) < 1e-6, "\(x), \(y)")
            }
        }
    }

    /// The coverage of a convex outline adds up to its area (the shoelace formula), wherever it lies on the canvas.
    @Test func coverageAddsUpToTheArea() {
        for seed in 0..<200 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            func number(_ low: Double, _ high: Double) -> Float { Float(generator.number(in: low...high)) }
            let (centre, radius) = (Point(number(12, 28), number(12, 28)), number(0.5, 11))
            let start = generator.unit()
            let points = (0..<7).map { step -> Point in
                let angle = 2 * Double.pi * (start + Double(step) / 7)
                return centre + radius * Point(Float(cos(angle)), Float(sin(angle)))
            }
            var area: Float = 0
            for index in points.indices {
                let (a, b) = (points[index], points[(index + 1) % points.count])
                area += 0.5 * (a.x * b.y - a.y * b.x)
            }
            let mask = Mask(Path(points), canvas: (40, 40))
            #expect(abs(mask.values.reduce(0, +) - area) < 0.001 * area + 0.001, "seed \(seed)")
            #expect(mask.values.allSatisfy { $0 > -1e-4 && $0 <= 1 }, "seed \(seed)")
        }
    }

    /// What reaches over the edges of the canvas covers what is inside as if the canvas were larger.
    @Test func outlinesMayLeaveTheCanvas() {
        let points = [Point(-30, 3), Point(4, -20), Point(60, 5), Point(5, 40)]
        let small = Mask(Path(points), canvas: (10, 10))
        let large = Mask(Path(points.map { $0 + Point(50, 50) }), canvas: (120, 120))
        for y in 0..<10 {
            for x in 0..<10 { #expect(abs(small[x, y] - large[x + 50, y + 50]) < 1e-3, "\(x), \(y)") }
        }
    }

    /// Against the definition: the mean over a square, with the edge's values beyond the edge.
    @Test func blurIsAMean() {
        for seed in 0..<20 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let (width, height) = (1 + generator.index(below: 40), 1 + generator.index(below: 40))
            let radius = 1 + Int(seed % 5)
            let values = (0..<width * height).map { _ in Float(generator.unit()) }
            var blurred = values
            boxBlur(&blurred, width: width, height: height, radius: radius, passes: 1)
            let x = generator.index(below: width)
            let y = generator.index(below: height)
            var sum: Float = 0
            for dy in -radius...radius {
                for dx in -radius...radius {
                    sum += values[min(max(y + dy, 0), height - 1) * width + min(max(x + dx, 0), width - 1)]
                }
            }
            let mean = sum / Float((2 * radius + 1) * (2 * radius + 1))
            #expect(abs(blurred[y * width + x] - mean) < 1e-5, "seed \(seed)")
        }
    }
}
