// A figure with clothes on, painted from back to front.

/// The cloths of a picture and how they are worn.
struct Outfit {
    let garment: Garment
    let figure: Figure
    /// Of the garment's body, its sleeves, its cuffs and collar, and of what is worn below an open one.
    let body: Fabric, sleeves: Fabric, trim: Fabric, inner: Fabric
    let folds: Folds
    let sleeveFolds: [Folds]
    /// How far an open front gapes at the hem; nil for closed ones.
    let gape: Float?

    static func drawn(_ texture: Texture, _ garment: Garment, _ figure: Figure, _ generator: inout SeededGenerator) -> Outfit {
        var cloth = Fabric.drawn(texture, &generator)
        if garment.kind == .sweater || garment.kind == .cardigan { cloth.stitches = generator.float(12, 26) }
        var plain = cloth.trim(&generator)
        if generator.chance(0.3) { plain = .plain(Dyes.plain(&generator), &generator) }
        let hasPlainSleeves = garment.sleeve > 0 && generator.chance(0.1)
        let hasPlainBody = garment.sleeve > 0.3 && !hasPlainSleeves && generator.chance(0.04)
        let isFlat = figure.kind == .lyingFlat
        let strength = generator.float(0.5, 1.6) * (isFlat ? 0.8 : 1)
        let isOpen = garment.kind == .cardigan || garment.kind == .hoodie && generator.chance(0.15)
        return Outfit(
            garment: garment, figure: figure, body: hasPlainBody ? plain : cloth, sleeves: hasPlainSleeves ? plain : cloth,
            trim: garment.isTrimmed ? cloth.trim(&generator) : cloth, inner: .plain(Dyes.plain(&generator), &generator),
            folds: .drawn(
                &generator, turns: 0.25 + generator.float(-0.06, 0.06), strength: strength, isCrumpled: isFlat || generator.chance(0.25)),
            sleeveFolds: (0..<2).map { _ in .drawn(&generator, turns: generator.float(-0.08, 0.08), strength: strength, isCrumpled: false) },
            gape: isOpen ? generator.float(0.15, 0.55) : nil)
    }

    func paint(_ painter: inout Painter, _ generator: inout SeededGenerator) {
        castShadow(&painter, &generator)
        paintBehind(&painter)
        if figure.kind == .person || figure.kind == .mannequin { paintBody(&painter, &generator) }
        for (index, arm) in figure.arms.enumerated() { paintArm(arm, index, &painter) }
        paintFront(&painter)
        OutfitDetails(outfit: self).paint(&painter, &generator)
        if figure.kind == .person { paintHairInFront(&painter, &generator) }
    }

    private var frame: ClothFrame {
        figure.kind == .lyingFlat || figure.kind == .hanger ? .flat : .around(garment.halfWidths)
    }

    private var roundness: Float {
        switch figure.kind {
        case .lyingFlat: 0.1
        case .hanger: 0.2
        case .person, .mannequin, .nobody: 0.42
        }
    }

    private func castShadow(_ painter: inout Painter, _ generator: inout SeededGenerator) {
        let isNear = figure.kind == .lyingFlat || figure.kind == .hanger
        let offset = Point(-painter.light.towards.x, -painter.light.towards.y) * (isNear ? 0.12 : 0.35)
        let strength = generator.float(0.12, isNear ? 0.5 : 0.3)
        painter.shadow(garment.front, offset: offset, softness: isNear ? 0.06 : 0.2, strength: strength)
        guard garment.sleeve > 0 else { return }
        for arm in figure.arms {
            painter.shadow(
                garment.sleevePath(arm).sleeve, offset: offset, softness: isNear ? 0.06 : 0.2, strength: strength * 0.8)
        }
    }

    /// What the garment's own front hides: its back seen through the neck, a hood, a hanger, hair that falls behind.
    private func paintBehind(_ painter: inout Painter) {
        if figure.kind == .person && figure.hasLongHair {
            painter.hair(.ellipse(Point(0, -0.55), Point(0.58, 1.0)), figure.hair * 0.8, turns: 0.25)
        }
        if figure.kind == .hanger {
            let hook = softLine([Point(0.12, -0.72), Point(0.02, -0.86), Point(-0.1, -0.72), Point(0, -0.55), Point(0, -0.1)])
            painter.line(hook, width: 0.045, Colour(150, 152, 156), opacity: 1)
            painter.shape(
                .band(along: softLine([Point(-0.95, 0.3), Point(-0.3, 0), Point(0.3, 0), Point(0.95, 0.3)]), halfWidths: [Float](repeating: 0.07, count: 25)),
                Colour(140, 104, 70), roundness: 0.05)
        }
        if garment.kind == .hoodie {
            painter.cloth(
                .ellipse(Point(0, -0.12), Point(0.66, 0.5)), body, .flat, folds: folds, roundness: 0.3)
            painter.shape(.ellipse(Point(0, -0.02), Point(0.44, 0.36)), Colour(30, 30, 32), roundness: 0.2)
        }
        // The inside of the back.
        if figure.kind != .person && figure.kind != .mannequin && garment.neckDepth > 0 {
            var back = Path(from: Point(0, -0.06))
            back.line(to: Point(garment.neckWidth + 0.1, -0.03))
            back.line(to: Point(garment.neckWidth + 0.1, garment.neckDepth + 0.25))
            back.line(to: Point(0, garment.neckDepth + 0.3))
            painter.cloth(back.mirrored(), body, .turned(Point(1, 0), Point(0.13, 0.2)), folds: folds, roundness: 0.1)
            let half = Path(back.points).mirrored()
            painter.shadow(half, offset: Point(0, 0), softness: 0.05, strength: 0.55)
        }
    }

    private func paintBody(_ painter: inout Painter, _ generator: inout SeededGenerator) {
        painter.shape(Figure.trunk, figure.skin, roundness: 0.3, roughness: 0.025)
        if figure.kind == .person && garment.kind != .dress {
            for leg in figure.lowerBody { painter.shape(leg, figure.legs, roundness: 0.4, roughness: 0.12) }
        } else if garment.kind == .dress {
            for x in [Float(-0.3), 0.3] {
                painter.shape(.band(along: [Point(x, 3), Point(x * 1.05, 7)], halfWidths: [0.26, 0.15]), figure.skin, roundness: 0.3)
            }
        }
        if figure.kind == .mannequin {
            // A stub where the head would be.
            painter.shape(.ellipse(Point(0, -0.6), Point(0.24, 0.08)), figure.skin * 0.8, roundness: 0.06)
            return
        }
        painter.shadow(.ellipse(Point(0, -0.35), Point(0.3, 0.2)), offset: Point(0, 0.05), softness: 0.09, strength: 0.4)
        if figure.isFromBehind {
            painter.hair(.ellipse(Point(0, -0.84), Point(0.5, 0.66)), figure.hair, turns: 0.25)
            return
        }
        let tilt = Point(figure.headTilt * 6, 0)
        if !figure.hasLongHair { painter.hair(.ellipse(Point(0, -1.02) + tilt, Point(0.47, 0.52)), figure.hair, turns: 0.2) }
        if figure.hasLongHair { painter.hair(.ellipse(Point(0, -0.99) + tilt, Point(0.52, 0.6)), figure.hair, turns: 0.25) }
        painter.shape(Figure.head.moved(tilt), figure.skin, roundness: 0.3, roughness: 0.02)
        paintFace(tilt, &painter)
    }

    private func paintFace(_ tilt: Point, _ painter: inout Painter) {
        let dark = figure.skin * 0.35
        for x in [Float(-0.16), 0.16] {
            painter.line([Point(x - 0.08, -1.04) + tilt, Point(x, -1.07) + tilt, Point(x + 0.08, -1.04) + tilt], width: 0.035, figure.hair * 0.7, opacity: 0.7, softness: 1)
            painter.line([Point(x - 0.06, -0.93) + tilt, Point(x + 0.06, -0.93) + tilt], width: 0.05, dark, opacity: 0.85, softness: 1)
        }
        painter.line([Point(-0.05, -0.72) + tilt, Point(0.06, -0.72) + tilt], width: 0.04, figure.skin * 0.62, opacity: 0.7, softness: 1)
        painter.line([Point(-0.13, -0.56) + tilt, Point(0, -0.54) + tilt, Point(0.13, -0.56) + tilt], width: 0.06, Colour(150, 62, 62), opacity: 0.65, softness: 1)
        // The fringe.
        var fringe = Path(from: Point(-0.42, -0.94) + tilt)
        fringe.curve(Point(-0.3, -1.24) + tilt, to: Point(0.1, -1.24) + tilt)
        fringe.curve(Point(0.36, -1.19) + tilt, to: Point(0.42, -0.89) + tilt)
        fringe.curve(Point(0.5, -1.49) + tilt, to: Point(0, -1.5) + tilt)
        fringe.curve(Point(-0.5, -1.49) + tilt, to: Point(-0.42, -0.94) + tilt)
        painter.hair(fringe, figure.hair, turns: 0.05, roundness: 0.15)
    }

    private func paintArm(_ arm: [Point], _ index: Int, _ painter: inout Painter) {
        let hasSkin = figure.kind == .person || figure.kind == .mannequin
        if hasSkin {
            let path = Figure.armPath(arm)
            painter.shadow(path, offset: Point(0, 0.03), softness: 0.06, strength: 0.15)
            painter.shape(path, figure.skin, roundness: 0.16, roughness: 0.025)
            painter.shape(Figure.hand(arm), figure.skin, roundness: 0.1, roughness: 0.04)
        }
        guard garment.sleeve > 0 else { return }
        let (sleeve, cuff) = garment.sleevePath(arm)
        painter.shadow(sleeve, offset: Point(-painter.light.towards.x, -painter.light.towards.y) * 0.06, softness: 0.06, strength: 0.22)
        let frame = ClothFrame.along(arm[0], arm[1], arm[2])
        let round: Float = figure.kind == .lyingFlat ? 0.08 : 0.22
        painter.cloth(sleeve, sleeves, frame, folds: sleeveFolds[index], roundness: round)
        if garment.isTrimmed { painter.cloth(cuff, trim, frame, folds: .none, roundness: round) }
    }

    private func paintFront(_ painter: inout Painter) {
        let shadow = Point(-painter.light.towards.x, -painter.light.towards.y) * 0.05
        if let gape {
            painter.cloth(garment.front, inner, frame, folds: folds, roundness: roundness)
            for half in garment.openFront(gap: gape) {
                painter.shadow(half, offset: shadow, softness: 0.07, strength: 0.5)
                painter.cloth(half, body, frame, folds: folds, roundness: roundness * 0.8)
            }
            return
        }
        painter.shadow(garment.front, offset: shadow, softness: 0.06, strength: 0.25)
        painter.cloth(garment.front, body, frame, folds: folds, roundness: roundness)
    }

    private func paintHairInFront(_ painter: inout Painter, _ generator: inout SeededGenerator) {
        guard figure.hasLongHair else { return }
        for side in [Float(-1), 1] where figure.isFromBehind || generator.chance(0.55) {
            let end = generator.float(0.3, 1.3)
            let line = softLine([
                Point(0.42 * side, -1.04), Point(0.5 * side, -0.34), Point(generator.float(0.4, 0.6) * side, 0.1), Point(generator.float(0.3, 0.65) * side, end),
            ])
            let widths = line.indices.map { 0.17 - 0.1 * Float($0) / Float(line.count) }
            let path = Path.band(along: line, halfWidths: widths, isRound: true)
            painter.shadow(path, offset: Point(0.02, 0.03), softness: 0.05, strength: 0.35)
            painter.hair(path, figure.hair, turns: 0.25, roundness: 0.12)
        }
        if figure.isFromBehind { painter.hair(.ellipse(Point(0, -0.24), Point(0.55, 0.95)), figure.hair, turns: 0.25) }
    }
}
