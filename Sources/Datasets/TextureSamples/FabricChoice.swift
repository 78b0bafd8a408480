// Which cloth a garment is made of, drawn by lot.
//
// Colours are shared by the three textures as far as shops share them, so that colour alone does not tell them apart.

extension Colour {
    /// From three numbers of 0…255.
    init(_ red: Float, _ green: Float, _ blue: Float) { self = Colour(red / 255, green / 255, blue / 255, 0) }

    /// A little lighter or darker, and a little to one side, as no two dyes are alike.
    func varied(_ generator: inout SeededGenerator, by amount: Float = 0.06) -> Colour {
        let light = generator.float(1 - amount * 1.5, 1 + amount * 1.5)
        let shift = Colour(
            generator.float(-amount, amount), generator.float(-amount, amount), generator.float(-amount, amount), 0)
        return (self * light + shift * 0.6).clamped(lowerBound: Colour(repeating: 0.015), upperBound: Colour(repeating: 0.97))
    }

    /// How light it looks.
    var lightness: Float { 0.3 * x + 0.59 * y + 0.11 * z }
}

/// The dyes that clothing comes in.
enum Dyes {
    static let dark = [
        Colour(18, 18, 22), Colour(24, 30, 58), Colour(60, 20, 30), Colour(40, 44, 48), Colour(30, 52, 44), Colour(58, 40, 30),
    ]
    static let light = [
        Colour(240, 240, 238), Colour(232, 226, 212), Colour(214, 216, 220), Colour(238, 214, 206), Colour(206, 222, 234),
        Colour(224, 206, 172),
    ]
    static let strong = [
        Colour(186, 32, 42), Colour(30, 78, 150), Colour(228, 176, 40), Colour(36, 120, 84), Colour(214, 96, 130),
        Colour(224, 110, 44), Colour(108, 62, 130), Colour(92, 168, 196),
    ]
    static let earthy = [
        Colour(196, 152, 98), Colour(176, 130, 84), Colour(150, 108, 70), Colour(208, 178, 132), Colour(124, 84, 54),
        Colour(166, 146, 120), Colour(140, 134, 128),
    ]
    static let skin = [
        Colour(236, 200, 176), Colour(224, 182, 152), Colour(204, 158, 126), Colour(170, 122, 92), Colour(124, 84, 62),
        Colour(88, 58, 44),
    ]

    /// Two colours that can be told apart when one lies on the other.
    static func pair(_ generator: inout SeededGenerator) -> (ground: Colour, figure: Colour) {
        let kind = generator.unit()
        var pair: (Colour, Colour)
        if kind < 0.42 {
            pair = (generator.element(of: dark), generator.element(of: light))
        } else if kind < 0.62 {
            pair = (generator.element(of: strong), generator.element(of: light))
        } else if kind < 0.72 {
            pair = (generator.element(of: strong), generator.element(of: dark))
        } else if kind < 0.92 {
            pair = (generator.element(of: earthy), generator.chance(0.7) ? generator.element(of: dark) : generator.element(of: light))
        } else {
            pair = (generator.element(of: strong), generator.element(of: strong))
        }
        pair = (pair.0.varied(&generator), pair.1.varied(&generator))
        if abs(pair.0.lightness - pair.1.lightness) < 0.12 { pair.1 = pair.1 * (pair.0.lightness > 0.4 ? 0.35 : 2.2) }
        return generator.chance(0.5) ? pair : (pair.1, pair.0)
    }

    /// Any colour of a plain garment.
    static func plain(_ generator: inout SeededGenerator) -> Colour {
        generator.element(of: generator.choose([(3, dark), (3, light), (2, strong), (2, earthy)])).varied(&generator)
    }
}

extension Fabric {
    /// A cloth of the kind that a picture is to show.
    static func drawn(_ texture: Texture, _ generator: inout SeededGenerator) -> Fabric {
        let print: Print =
            switch texture {
            case .striped: .stripes(Stripes.drawn(&generator))
            case .dotted: .dots(Dots.drawn(&generator))
            case .leopard: .leopard(Leopard.drawn(&generator))
            }
        return Fabric(print: print, &generator)
    }

    static func plain(_ colour: Colour, _ generator: inout SeededGenerator) -> Fabric {
        Fabric(print: .plain(Plain(everywhere: colour)), &generator)
    }

    private init(print: Print, _ generator: inout SeededGenerator) {
        self.print = print
        weave = generator.float(0.02, 0.08)
        stitches = generator.chance(0.25) ? generator.float(14, 30) : 0
        gloss = generator.chance(0.15) ? generator.float(0.1, 0.35) : 0
        noise = Noise(&generator)
    }

    /// The same cloth without its pattern, as cuffs and collars are often made.
    func trim(_ generator: inout SeededGenerator) -> Fabric {
        let colour =
            switch print {
            case .plain(let plain): plain.everywhere * 0.9
            case .stripes(let stripes): stripes.bands[generator.index(below: stripes.bands.count)].colour
            case .dots(let dots): generator.chance(0.7) ? dots.ground : dots.colours[0]
            case .leopard(let leopard): generator.chance(0.6) ? leopard.ring : leopard.ground
            }
        var trim = self
        trim.print = .plain(Plain(everywhere: colour))
        return trim
    }
}

extension Stripes {
    static func drawn(_ generator: inout SeededGenerator) -> Stripes {
        let (ground, figure) = Dyes.pair(&generator)
        var widths: [(Float, Colour)] = []
        var period = generator.float(0.09, 0.42)
        switch generator.unit() {
        case ..<0.38:  // As wide as what is between them.
            widths = [(generator.float(0.8, 1.2), figure), (1, ground)]
        case ..<0.60:  // Narrow stripes on a wide ground.
            widths = [(generator.float(0.2, 0.5), figure), (1, ground)]
        case ..<0.72:  // Pinstripes.
            period = generator.float(0.07, 0.2)
            widths = [(0.28, ground + (figure - ground) * generator.float(0.5, 1)), (1, ground)]
        case ..<0.88:  // Three colours.
            let third = (generator.chance(0.5) ? Dyes.plain(&generator) : figure * 0.6)
            period *= 1.7
            widths = [(0.5, figure), (generator.float(0.3, 0.8), ground), (0.4, third), (0.8, ground)]
        default:  // Widths without a rule.
            period *= 2.4
            for index in 0..<8 { widths.append((generator.float(0.2, 1.4), index % 2 == 0 ? figure : ground)) }
        }
        let total = widths.reduce(0) { $0 + $1.0 }
        var sum: Float = 0
        let bands = widths.map { width, colour -> (end: Float, colour: Colour) in
            sum += width / total
            return (sum, colour)
        }
        // Across: downwards for level stripes, sideways for upright ones.
        let turns: Float = generator.choose([
            (0.58, 0.25), (0.24, 0), (0.18, generator.float(0.06, 0.19) * (generator.chance(0.5) ? 1 : -1)),
        ])
        return Stripes(
            across: direction(turns: turns + generator.float(-0.01, 0.01)), period: period, bands: bands,
            wander: generator.chance(0.3) ? generator.float(0.04, 0.22) : 0,
            gaps: generator.chance(0.08) ? generator.float(0.15, 0.38) : 0,
            zigzag: generator.chance(0.06) ? generator.float(0.2, 0.5) : 0, noise: Noise(&generator))
    }
}

extension Dots {
    static func drawn(_ generator: inout SeededGenerator) -> Dots {
        let (ground, figure) = Dyes.pair(&generator)
        let isRough = generator.chance(0.22)
        let isScattered = generator.chance(isRough ? 0.8 : 0.3)
        return Dots(
            ground: ground,
            colours: generator.chance(0.15) ? [figure, Dyes.plain(&generator)] : [figure],
            spacing: generator.chance(0.45) ? generator.float(0.09, 0.18) : generator.float(0.18, 0.5),
            radius: generator.float(0.17, isScattered ? 0.3 : 0.4),
            variety: isRough ? generator.float(0.2, 0.45) : generator.chance(0.15) ? 0.3 : 0,
            scatter: isScattered ? generator.float(0.1, 0.3) : generator.chance(0.3) ? 0.03 : 0,
            missing: isScattered ? generator.float(0, 0.3) : 0,
            isStaggered: generator.chance(0.6), wobble: isRough ? generator.float(0.15, 0.5) : 0,
            hollow: generator.chance(0.07) ? generator.float(0.4, 0.7) : 0,
            turn: direction(turns: generator.chance(0.3) ? 0.125 : generator.float(-0.03, 0.03)), noise: Noise(&generator))
    }
}

extension Leopard {
    static func drawn(_ generator: inout SeededGenerator) -> Leopard {
        var ground: Colour
        var ring = generator.element(of: [Colour(22, 16, 14), Colour(40, 26, 18), Colour(16, 16, 18)])
        switch generator.unit() {
        case ..<0.46: ground = generator.element(of: Dyes.earthy)
        case ..<0.66: ground = generator.element(of: Dyes.light)
        case ..<0.78: ground = generator.element(of: [Colour(150, 152, 156), Colour(190, 192, 196), Colour(110, 112, 118)])
        case ..<0.92: ground = generator.element(of: Dyes.strong)
        default:
            ground = generator.element(of: Dyes.dark)
            ring = generator.element(of: Dyes.earthy + Dyes.light + Dyes.strong)
        }
        ground = ground.varied(&generator)
        let isSmall = generator.chance(0.4)
        return Leopard(
            ground: ground, centre: (ground * generator.float(0.55, 0.95)).varied(&generator, by: 0.04),
            ring: ring.varied(&generator, by: 0.04),
            spacing: isSmall ? generator.float(0.12, 0.2) : generator.float(0.2, 0.42),
            radius: generator.float(0.40, 0.52), thickness: generator.chance(0.15) ? 1 : generator.float(0.34, 0.56),
            gaps: generator.float(0.22, 0.42), wobble: generator.float(0.18, 0.45), stretch: generator.float(1, 1.5),
            turn: direction(turns: generator.float(-0.08, 0.08) + (generator.chance(0.3) ? 0.25 : 0)),
            noise: Noise(&generator))
    }
}
