// What is behind the clothes, drawn by lot: a studio, a wall, a wooden floor, a room or a street out of focus.

/// Paints the background of a picture.
struct Backdrop {
    /// What kind of place it is.
    enum Kind { case studio, wall, plaster, planks, sheet, room, outdoors, tiles }

    let kind: Kind
    let isFlat: Bool
    private let colour: Colour
    private let noise: Noise
    /// Lighter towards here, in fractions of the sides.
    private let brightSpot: Point
    private let falloff: Float

    /// A place to stand in front of, or, if `isFlat`, to lie on.
    static func drawn(_ generator: inout SeededGenerator, isFlat: Bool) -> Backdrop {
        let kind: Kind =
            isFlat
            ? generator.choose([(3, .studio), (4, .planks), (3, .sheet), (2, .plaster), (1, .tiles)])
            : generator.choose([
                (4.5, .studio), (2.5, .wall), (1.6, .plaster), (2.2, .room), (2.4, .outdoors), (0.6, .planks), (0.5, .tiles),
            ])
        let colour: Colour =
            switch kind {
            case .studio:
                generator.choose([
                    (5, Colour(246, 246, 246)), (2, Colour(226, 227, 229)), (1, Colour(200, 202, 206)), (0.6, Colour(238, 232, 222)),
                ])
            case .wall: generator.element(of: Dyes.light + Dyes.strong + Dyes.earthy + [Colour(120, 128, 134), Colour(70, 76, 84)])
            case .plaster: generator.element(of: [Colour(206, 200, 190), Colour(176, 174, 172), Colour(222, 216, 204), Colour(140, 142, 146)])
            case .planks: generator.element(of: [Colour(150, 112, 78), Colour(188, 156, 118), Colour(206, 200, 190), Colour(96, 72, 54)])
            case .sheet: generator.element(of: Dyes.light + [Colour(160, 166, 176), Colour(120, 124, 132)])
            case .room: generator.element(of: [Colour(198, 188, 172), Colour(160, 152, 148), Colour(210, 206, 200), Colour(120, 108, 98)])
            case .outdoors: generator.element(of: [Colour(150, 160, 150), Colour(120, 140, 104), Colour(170, 176, 182), Colour(150, 140, 128)])
            case .tiles: generator.element(of: [Colour(220, 220, 216), Colour(180, 186, 190), Colour(170, 120, 100)])
            }
        return Backdrop(
            kind: kind, isFlat: isFlat, colour: colour.varied(&generator, by: kind == .studio ? 0.012 : 0.05), noise: Noise(&generator),
            brightSpot: Point(generator.float(0.1, 0.9), generator.float(-0.1, 0.7)),
            falloff: generator.float(0.02, kind == .studio ? 0.12 : 0.45))
    }

    /// Fills the canvas.
    func paint(_ canvas: inout Canvas, _ generator: inout SeededGenerator) {
        let size = Float(max(canvas.width, canvas.height))
        let turn = direction(turns: isFlat ? generator.float(0, 1) : generator.float(-0.01, 0.01))
        let scale = generator.float(0.7, 1.5)
        let horizon: Float = generator.chance(0.5) && !isFlat ? generator.float(0.72, 0.95) : 2
        for y in 0..<canvas.height {
            for x in 0..<canvas.width {
                let p = Point(Float(x), Float(y)) / size
                let q = Point(turn.x * p.x - turn.y * p.y, turn.y * p.x + turn.x * p.y) * scale
                let d = p - brightSpot
                let light = 1 - falloff * min(1.4, d.x * d.x + d.y * d.y) + (p.y > horizon ? -0.05 : 0)
                canvas.pixels[y * canvas.width + x] = surface(q) * light
            }
        }
        switch kind {
        case .room: clutter(&canvas, &generator, colours: Dyes.earthy + Dyes.dark + Dyes.light, count: 16, isAngular: true)
        case .outdoors:
            clutter(
                &canvas, &generator,
                colours: [
                    Colour(70, 96, 52), Colour(104, 130, 76), Colour(60, 66, 60), Colour(190, 200, 212), Colour(130, 124, 116),
                    Colour(214, 208, 190), Colour(150, 90, 70),
                ], count: 26, isAngular: false)
        default: break
        }
    }

    /// The ground at a place; one unit is the longer side.
    private func surface(_ p: Point) -> Colour {
        switch kind {
        case .studio, .wall: return colour * (0.985 + 0.03 * noise.fractal(p.x * 5, p.y * 5, octaves: 3))
        case .plaster:
            let rough = noise.fractal(p.x * 30, p.y * 30, octaves: 4) - 0.5
            let blotch = noise.fractal(p.x * 3, p.y * 3, octaves: 3) - 0.5
            return colour * (1 + 0.3 * rough + 0.22 * blotch)
        case .planks:
            let plank = floor(p.x * 7)
            let edge = abs(fraction(p.x * 7) - 0.5)
            let own = noise.number(plank, 3)
            let bend = noise(p.x * 6, p.y * 1.5 + own * 30) * 2.5
            let rings = noise(p.x * 60 + bend * 3, p.y * 3 + own * 50)
            let streak = noise(p.x * 170, p.y * 6 + own * 9)
            let light = 0.78 + 0.3 * own + 0.22 * (rings - 0.5) + 0.14 * (streak - 0.5)
            return colour * (edge > 0.485 ? light * 0.4 : light)
        case .sheet:
            let a = 1 - abs(2 * noise.fractal(p.x * 3, p.y * 3, octaves: 2) - 1)
            let b = noise.fractal(p.x * 9 + 20, p.y * 9, octaves: 3)
            return colour * (0.72 + 0.3 * a + 0.14 * (b - 0.5))
        case .room, .outdoors: return colour * (0.8 + 0.4 * noise.fractal(p.x * 3, p.y * 3, octaves: 3))
        case .tiles:
            let (u, v) = (p.x * 6, p.y * 9)
            let shifted = u + (floor(v) & 1 == 0 ? 0.5 : 0)
            let own = noise.number(floor(shifted), floor(v))
            let isJoint = fraction(shifted) < 0.03 || fraction(v) < 0.045
            let light = isJoint ? 0.72 : 0.9 + 0.14 * own
            return colour * (light + 0.12 * (noise.fractal(p.x * 24, p.y * 24, octaves: 3) - 0.5))
        }
    }

    /// Things too far out of focus to be told.
    private func clutter(
        _ canvas: inout Canvas, _ generator: inout SeededGenerator, colours: [Colour], count: Int, isAngular: Bool
    ) {
        let (w, h) = (Float(canvas.width), Float(canvas.height))
        for _ in 0..<count {
            let at = Point(generator.float(-0.1, 1.1) * w, generator.float(-0.1, 1.1) * h)
            let size = Point(generator.float(0.04, 0.3) * w, generator.float(0.05, 0.5) * h)
            let path = isAngular ? Path.rectangle(at, at + size) : Path.ellipse(at, size * 0.5, turns: generator.float(0, 1))
            let colour = generator.element(of: colours).varied(&generator, by: 0.1)
            canvas.paint(canvas.mask(path), opacity: generator.float(0.35, 0.9)) { _, _ in colour }
        }
        // Lamps, and gaps between leaves, become discs.
        for _ in 0..<(generator.chance(0.4) ? 10 : 0) {
            let at = Point(generator.float(0, 1) * w, generator.float(0, 0.7) * h)
            let path = Path.ellipse(at, Point(repeating: generator.float(0.01, 0.04) * h))
            canvas.paint(canvas.mask(path), opacity: 0.5) { _, _ in Colour(255, 244, 220) }
        }
        canvas.blur(Int(generator.float(0.006, 0.03) * h), passes: 3)
    }
}
