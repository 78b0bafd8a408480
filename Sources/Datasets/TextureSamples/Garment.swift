// Cuts of clothing, as outlines in the figure's units: half a shoulder's width, with the base of the neck at the origin.

/// The pieces of a garment.
struct Garment {
    enum Kind: CaseIterable { case tShirt, sweater, blouse, vest, waistcoat, dress, hoodie, cardigan }

    enum Neckline { case crew, scoop, v, boat, turtle }

    let kind: Kind
    let neckline: Neckline
    /// Of the arm's length; 0 for none.
    let sleeve: Float
    /// Where the hem is.
    let length: Float
    let neckWidth: Float
    let neckDepth: Float
    /// Half widths.
    let shoulder: Float, chest: Float, waist: Float, hem: Float
    /// How much wider the left side is than the right.
    let skew: Float
    let hemBow: Float
    let isTrimmed: Bool
    let hasPocket: Bool
    let isButtoned: Bool

    static func drawn(_ generator: inout SeededGenerator) -> Garment {
        let kind: Kind = generator.choose([
            (5, .tShirt), (4, .sweater), (4, .blouse), (2, .vest), (1, .waistcoat), (3, .dress), (2, .hoodie), (2, .cardigan),
        ])
        func pick(_ low: Float, _ high: Float) -> Float { generator.float(low, high) }
        let neckline: Neckline =
            switch kind {
            case .tShirt, .dress: generator.choose([(3, .crew), (2, .scoop), (2, .v), (1, .boat)])
            case .sweater: generator.choose([(4, .crew), (1.5, .v), (1.5, .turtle), (1, .boat)])
            case .vest: generator.choose([(3, .scoop), (1, .v)])
            case .blouse, .hoodie: .crew
            case .waistcoat, .cardigan: .v
            }
        let sleeve: Float =
            switch kind {
            case .tShirt: pick(0.26, 0.48)
            case .sweater, .hoodie: pick(0.93, 1)
            case .cardigan: generator.chance(0.75) ? pick(0.93, 1) : pick(0.55, 0.7)
            case .blouse: generator.chance(0.7) ? pick(0.92, 1) : pick(0.3, 0.7)
            case .vest, .waistcoat: 0
            case .dress: generator.chance(0.45) ? 0 : pick(0.2, 0.6)
            }
        let neckDepth =
            switch neckline {
            case .crew: pick(0.16, 0.3)
            case .boat: pick(0.1, 0.18)
            case .turtle: pick(-0.05, 0.02)
            case .scoop: pick(0.4, 0.65)
            case .v: kind == .cardigan ? pick(1, 1.5) : kind == .waistcoat ? pick(0.8, 1.2) : pick(0.45, 0.85)
            }
        let isDress = kind == .dress
        let waist = isDress ? pick(0.58, 0.72) : pick(0.7, 0.9)
        return Garment(
            kind: kind, neckline: neckline, sleeve: sleeve,
            length: isDress ? pick(4, 5.2) : kind == .waistcoat ? pick(2.2, 2.6) : pick(2.45, 3.1),
            neckWidth: neckline == .boat ? pick(0.55, 0.7) : neckline == .scoop ? pick(0.42, 0.55) : pick(0.3, 0.42),
            neckDepth: neckDepth,
            shoulder: sleeve == 0 ? pick(0.66, 0.84) : pick(0.94, 1.04), chest: pick(0.8, 0.9), waist: waist,
            hem: isDress ? pick(0.95, 1.75) : max(waist, pick(0.74, 0.98)), skew: pick(0.95, 1.05), hemBow: pick(0, 0.12),
            isTrimmed: kind == .sweater || kind == .hoodie || generator.chance(0.25),
            hasPocket: kind == .hoodie || kind == .blouse && generator.chance(0.5) || generator.chance(0.08),
            isButtoned: kind == .blouse || kind == .waistcoat || kind == .cardigan && generator.chance(0.4))
    }

    /// The half of the neckline to the right, from the middle to the shoulder.
    private var rightNeck: Path {
        let corner = Point(neckWidth, -0.04)
        var path = Path(from: Point(0, neckDepth))
        switch neckline {
        case .v: path.curve(Point(neckWidth * 0.62, neckDepth * 0.4), to: corner)
        case .boat: path.curve(Point(neckWidth * 0.7, neckDepth), to: corner)
        case .crew, .scoop, .turtle: path.curve(Point(neckWidth * 0.95, neckDepth * 0.98), to: corner)
        }
        return path
    }

    /// The half of the front to the right of the middle, from the neck down.
    private var rightHalf: Path {
        var path = rightNeck
        let tip = Point(shoulder, 0.25)
        let armpit = Point(chest, 1.02)
        path.curve(Point((neckWidth + shoulder) * 0.5, 0.05), to: tip)
        if sleeve == 0 {
            path.curve(Point(shoulder - 0.14, 0.85), to: armpit)
        } else {
            path.curve(Point(shoulder - 0.05, 0.55), to: armpit)
        }
        path.curve(Point(mixed(chest, waist, 0.6), 1.5), to: Point(waist, 1.95))
        path.curve(Point(mixed(waist, hem, kind == .dress ? 0.35 : 0.7), mixed(1.95, length, 0.45)), to: Point(hem, length))
        path.curve(Point(hem * 0.5, length + hemBow), to: Point(0, length + hemBow))
        return path
    }

    private func mixed(_ a: Float, _ b: Float, _ t: Float) -> Float { a + (b - a) * t }

    /// The front of the body.
    var front: Path { rightHalf.mirrored(stretch: skew) }

    /// The two halves of an open front, each `gap` away from the middle at the hem.
    func openFront(gap: Float) -> [Path] {
        [Float(1), -1].map { side in
            var points = rightHalf.points
            for index in points.indices where points[index].x < gap * points[index].y / length {
                points[index].x = max(points[index].x, gap * points[index].y / length)
            }
            return Path(points.map { Point($0.x * side * (side < 0 ? skew : 1), $0.y) })
        }
    }

    /// The band around the neck.
    func collar(width: Float) -> Path {
        let right = rightNeck.points
        let line = right.reversed().map { Point(-$0.x * skew, $0.y) } + right
        return .band(along: line, halfWidths: line.map { _ in width / 2 })
    }

    /// Half of the width at each height, 0.25 units apart from -1 on, for `ClothFrame.around`.
    var halfWidths: [Float] {
        (0..<28).map { index in
            let y = Float(index) / 4 - 1
            let half =
                y < 1.02
                ? max(chest, 0.9) : y < 1.95 ? mixed(chest, waist, (y - 1.02) / 0.93)
                : mixed(waist, hem, min((y - 1.95) / max(length - 1.95, 0.1), 1.3))
            return half * 1.04
        }
    }

    /// The sleeve along an arm of three points, and the part of it at the cuff.
    func sleevePath(_ arm: [Point]) -> (sleeve: Path, cuff: Path) {
        let line = softLine(arm, steps: 12)
        let end = max(3, Int(sleeve * Float(line.count - 1)))
        let isWide = kind == .sweater || kind == .hoodie || kind == .tShirt
        func half(_ index: Int) -> Float {
            let t = Float(index) / Float(line.count - 1)
            let base = mixed(isWide ? 0.40 : 0.35, isWide ? 0.24 : 0.19, min(t * 1.1, 1))
            return base * (0.66 + 0.34 * smoothstep(0, 0.18, t))
        }
        let part = Array(line[0...end])
        let widths = part.indices.map(half)
        let start = max(end - 2, 1)
        return (
            .band(along: part, halfWidths: widths),
            .band(along: Array(line[start...end]), halfWidths: (start...end).map { half($0) * 0.97 })
        )
    }
}
