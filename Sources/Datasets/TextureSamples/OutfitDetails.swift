// What makes a shape a garment: collars, hems, seams, buttons, pockets, prints.

/// Paints the small parts on a garment's front.
struct OutfitDetails {
    let outfit: Outfit

    private var garment: Garment { outfit.garment }

    func paint(_ painter: inout Painter, _ generator: inout SeededGenerator) {
        paintHems(&painter)
        paintSeams(&painter)
        switch garment.kind {
        case .blouse: paintShirtCollar(&painter)
        case .hoodie: paintStrings(&painter, &generator)
        case .sweater where garment.neckline == .turtle: paintTurtleneck(&painter)
        case .waistcoat, .cardigan: break
        default: paintNeckband(&painter)
        }
        if garment.isButtoned { paintButtons(&painter, &generator) }
        if garment.hasPocket { paintPocket(&painter) }
        if generator.chance(0.12) && outfit.gape == nil { paintPrint(&painter, &generator) }
        if garment.kind == .dress && generator.chance(0.4) {
            let belt = Path.band(along: softLine([Point(-garment.waist, 1.92), Point(0, 1.99), Point(garment.waist, 1.92)]), halfWidths: [Float](repeating: 0.07, count: 17))
            painter.shadow(belt, offset: Point(0, 0.04), softness: 0.04, strength: 0.4)
            painter.shape(belt, Dyes.plain(&generator), roundness: 0.06)
        }
    }

    private func paintNeckband(_ painter: inout Painter) {
        let band = garment.collar(width: garment.isTrimmed ? 0.1 : 0.05)
        painter.shadow(band, offset: Point(0, 0.02), softness: 0.02, strength: 0.25)
        painter.cloth(band, outfit.trim, .turned(Point(0, 1), Point(0.3, 0)), folds: .none, roundness: 0.05)
    }

    private func paintTurtleneck(_ painter: inout Painter) {
        var path = Path(from: Point(0, -0.42))
        path.curve(Point(0.2, -0.42), to: Point(0.3, -0.38))
        path.curve(Point(0.33, -0.1), to: Point(0.4, 0.06))
        path.curve(Point(0.2, 0.16), to: Point(0, 0.17))
        painter.shadow(path.mirrored(), offset: Point(0, 0.05), softness: 0.05, strength: 0.4)
        painter.cloth(path.mirrored(), outfit.trim, .flat, folds: outfit.folds, roundness: 0.15)
    }

    private func paintHems(_ painter: inout Painter) {
        let (hem, length) = (garment.hem, garment.length)
        let bow = garment.hemBow
        let line = softLine([Point(-hem * garment.skew, length), Point(0, length + bow), Point(hem, length)])
        if garment.isTrimmed && outfit.gape == nil && garment.kind != .dress {
            let height: Float = garment.kind == .tShirt ? 0.05 : 0.17
            let inside = line.map { Point($0.x * 0.985, $0.y - height) }
            let band = Path(line + inside.reversed())
            painter.shadow(band, offset: Point(0, -0.02), softness: 0.03, strength: 0.2)
            painter.cloth(band, outfit.trim, .flat, folds: .none, roundness: 0.08)
        } else {
            painter.line(line.map { Point($0.x * 0.98, $0.y - 0.07) }, width: 0.016, Colour(), opacity: 0.22)
        }
    }

    private func paintSeams(_ painter: inout Painter) {
        for side in [Float(1), -garment.skew] {
            let shoulder = [Point(garment.neckWidth * side, -0.02), Point(garment.shoulder * side, 0.26)]
            painter.line(shoulder, width: 0.02, Colour(), opacity: 0.15)
            guard garment.sleeve > 0 else { continue }
            let armhole = softLine([
                Point(garment.shoulder * side, 0.27), Point((garment.shoulder - 0.09) * side, 0.6), Point(garment.chest * side, 1.0),
            ])
            painter.line(armhole, width: 0.025, Colour(), opacity: 0.3)
        }
    }

    private func paintShirtCollar(_ painter: inout Painter) {
        for side in [Float(1), -1] {
            var path = Path(from: Point(0.02 * side, garment.neckDepth + 0.02))
            path.line(to: Point(garment.neckWidth * 0.95 * side, -0.16))
            path.line(to: Point((garment.neckWidth + 0.1) * side, 0.02))
            path.line(to: Point((garment.neckWidth + 0.06) * side, 0.34))
            path.line(to: Point(0.16 * side, garment.neckDepth + 0.3))
            painter.shadow(path, offset: Point(0, 0.04), softness: 0.04, strength: 0.45)
            painter.cloth(path, outfit.trim, .turned(direction(turns: 0.1 * side), Point()), folds: .none, roundness: 0.06)
        }
    }

    private func paintButtons(_ painter: inout Painter, _ generator: inout SeededGenerator) {
        let x: Float = outfit.gape.map { $0 * 0.9 } ?? 0
        let top = garment.neckDepth
        if outfit.gape == nil {
            painter.line([Point(0.09, top), Point(0.09, garment.length)], width: 0.02, Colour(), opacity: 0.3)
            painter.line([Point(-0.09, top), Point(-0.09, garment.length)], width: 0.014, Colour(), opacity: 0.2)
        }
        let colour = generator.element(of: [Colour(240, 238, 232), Colour(30, 28, 28), Colour(120, 84, 56)])
        var y = top + 0.2
        while y < garment.length - 0.15 {
            let button = Path.ellipse(Point(x * y / garment.length, y), Point(repeating: 0.042))
            painter.shadow(button, offset: Point(0.01, 0.02), softness: 0.02, strength: 0.4)
            painter.shape(button, colour, roundness: 0.03)
            y += 0.4
        }
    }

    private func paintPocket(_ painter: inout Painter) {
        var path = Path()
        if garment.kind == .hoodie {
            guard outfit.gape == nil else { return }
            path = Path([Point(-0.38, 1.75), Point(0.38, 1.75), Point(0.62, 2.1), Point(0.62, 2.5), Point(-0.62, 2.5), Point(-0.62, 2.1)])
        } else {
            path = Path([Point(0.26, 0.8), Point(0.64, 0.8), Point(0.64, 1.18), Point(0.45, 1.25), Point(0.26, 1.18)])
        }
        painter.shadow(path, offset: Point(0, 0.02), softness: 0.025, strength: 0.28)
        painter.cloth(path, outfit.body, .turned(Point(1, 0), Point(0.05, 0.08)), folds: outfit.folds, roundness: 0.03)
        painter.line(path.points + path.points.prefix(1), width: 0.016, Colour(), opacity: 0.22)
    }

    private func paintStrings(_ painter: inout Painter, _ generator: inout SeededGenerator) {
        let colour = generator.element(of: Dyes.light)
        for side in [Float(1), -1] {
            let line = softLine([
                Point(0.2 * side, 0.2), Point(0.22 * side, 0.6), Point(generator.float(0.14, 0.26) * side, generator.float(0.9, 1.3)),
            ])
            let path = Path.band(along: line, halfWidths: line.map { _ in 0.024 })
            painter.shadow(path, offset: Point(0.02, 0.02), softness: 0.02, strength: 0.4)
            painter.shape(path, colour, roundness: 0.03)
        }
    }

    /// A few marks on the chest that could be letters.
    private func paintPrint(_ painter: inout Painter, _ generator: inout SeededGenerator) {
        let colour = Dyes.plain(&generator)
        let isSmall = generator.chance(0.6)
        let size: Float = isSmall ? 0.05 : 0.14
        let centre = isSmall ? Point(-0.42, 0.85) : Point(0, 1.15)
        let letters = isSmall ? 4 : 5
        for letter in 0..<letters {
            let at = centre + Point((Float(letter) - Float(letters - 1) / 2) * size * 1.5, 0)
            for _ in 0..<3 {
                let a = at + Point(generator.float(-0.5, 0.5), generator.float(-0.9, 0.9)) * size
                let b = at + Point(generator.float(-0.5, 0.5), generator.float(-0.9, 0.9)) * size
                painter.line([a, b], width: size * 0.3, colour, opacity: 0.85)
            }
        }
    }
}
