// Who or what carries the clothes: a person, a mannequin, a hanger, or nothing.

/// The parts of a body that show, as outlines in the figure's units.
struct Figure {
    enum Kind { case person, mannequin, hanger, lyingFlat, nobody }

    let kind: Kind
    let skin: Colour
    let hair: Colour
    /// From the shoulders over the elbows to the wrists; the right one in the picture first.
    let arms: [[Point]]
    /// How far the head is turned or tilted.
    let headTilt: Float
    let hasLongHair: Bool
    let isFromBehind: Bool
    let legs: Colour
    let hasSkirt: Bool

    static func drawn(_ generator: inout SeededGenerator) -> Figure {
        let kind: Kind = generator.choose([(5, .person), (1.2, .mannequin), (1.3, .hanger), (1.8, .lyingFlat), (2, .nobody)])
        return Figure(
            kind: kind,
            skin: kind == .mannequin
                ? generator.element(of: [Colour(236, 232, 226), Colour(214, 190, 166), Colour(60, 60, 62), Colour(190, 190, 192)])
                : generator.element(of: Dyes.skin).varied(&generator, by: 0.03),
            hair: generator.element(of: [
                Colour(28, 22, 20), Colour(58, 40, 28), Colour(92, 62, 40), Colour(150, 112, 68), Colour(196, 164, 112), Colour(110, 52, 32),
            ]),
            arms: [Float(1), -1].map { arm($0, kind, &generator) }, headTilt: generator.float(-0.02, 0.02),
            hasLongHair: generator.chance(0.55), isFromBehind: generator.chance(0.12),
            legs: generator.element(of: Dyes.dark + [Colour(60, 78, 110), Colour(96, 116, 148), Colour(190, 176, 150), Colour(230, 228, 222)])
                .varied(&generator),
            hasSkirt: generator.chance(0.25))
    }

    private static func arm(_ side: Float, _ kind: Kind, _ generator: inout SeededGenerator) -> [Point] {
        let shoulder = Point(0.72 * side, 0.36)
        func away(_ x: Float, _ y: Float) -> Point { Point(x * side, y) }
        func near(_ value: Float, _ spread: Float) -> Float { generator.float(value - spread, value + spread) }
        switch kind {
        case .lyingFlat:
            let turns = near(0.09, 0.06)
            let d = direction(turns: 0.25 - turns)
            let elbow = shoulder + 1.35 * away(d.x, d.y)
            let e = direction(turns: 0.25 - turns * near(0.6, 0.5))
            return [shoulder, elbow, elbow + 1.25 * away(e.x, e.y)]
        case .hanger, .nobody:
            let elbow = shoulder + away(near(0.34, 0.12), 1.3)
            return [shoulder, elbow, elbow + away(near(0.1, 0.1), 1.25)]
        case .person, .mannequin:
            if generator.chance(0.22) {
                let elbow = shoulder + away(near(0.72, 0.1), near(1.1, 0.1))
                return [shoulder, elbow, elbow + away(near(-0.6, 0.12), near(0.95, 0.1))]
            }
            let elbow = shoulder + away(near(0.36, 0.1), near(1.32, 0.06))
            return [shoulder, elbow, elbow + away(near(0.02, 0.16), near(1.22, 0.08))]
        }
    }

    /// Chest and neck, seen where a garment leaves them bare.
    static var trunk: Path {
        var path = Path(from: Point(0, -0.6))
        path.line(to: Point(0.24, -0.6))
        path.curve(Point(0.22, -0.08), to: Point(0.48, 0.04))
        path.curve(Point(0.92, 0.12), to: Point(0.98, 0.45))
        path.curve(Point(0.9, 0.8), to: Point(0.78, 1.2))
        path.curve(Point(0.62, 2), to: Point(0.8, 3))
        path.line(to: Point(0, 3))
        return path.mirrored()
    }

    static func armPath(_ arm: [Point]) -> Path {
        let line = softLine(arm, steps: 10)
        return .band(
            along: line, halfWidths: line.indices.map { 0.225 - 0.11 * Float($0) / Float(line.count - 1) }, isRound: true)
    }

    /// A hand hanging from the wrist.
    static func hand(_ arm: [Point]) -> Path {
        let (elbow, wrist) = (arm[1], arm[2])
        let d = (wrist - elbow) / max(length(wrist - elbow), 1e-6)
        let line = [wrist - d * 0.1, wrist + d * 0.16, wrist + d * 0.34, wrist + d * 0.5]
        return .band(along: line, halfWidths: [0.1, 0.15, 0.13, 0.06], isRound: true)
    }

    /// Trousers or a skirt from the hips to the bottom.
    var lowerBody: [Path] {
        if hasSkirt {
            var path = Path(from: Point(0, 2))
            path.line(to: Point(0.7, 2))
            path.curve(Point(0.95, 2.8), to: Point(1.1, 4.3))
            path.curve(Point(0.5, 4.42), to: Point(0, 4.4))
            return [path.mirrored()]
        }
        return [Float(1), -1].map { side in
            var path = Path(from: Point(-0.04 * side, 2))
            path.line(to: Point(0.72 * side, 2))
            path.curve(Point(0.88 * side, 2.8), to: Point(0.76 * side, 4))
            path.curve(Point(0.62 * side, 5.4), to: Point(0.5 * side, 7))
            path.line(to: Point(0.1 * side, 7))
            path.curve(Point(0.1 * side, 5), to: Point(0.02 * side, 3.4))
            return path
        }
    }

    static let head = Path.ellipse(Point(0, -0.86), Point(0.375, 0.53))
}
