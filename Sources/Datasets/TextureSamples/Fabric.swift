// What a cloth is printed or woven with: stripes, dots, or a leopard's rosettes.

typealias Colour = SIMD4<Float>

/// The classes of the demo set, in the order of their names.
public enum Texture: String, CaseIterable, Codable, Sendable {
    case dotted, leopard, striped
}

/// What is printed on a cloth.
protocol Pattern {
    /// The colour at a place of the cloth, in the figure's units.
    func colour(_ p: Point) -> Colour
}

/// One colour everywhere.
struct Plain: Pattern {
    var everywhere: Colour

    @inline(__always)
    func colour(_ p: Point) -> Colour { everywhere }
}

/// A cloth: its pattern and how it is made.
struct Fabric {
    enum Print {
        case plain(Plain)
        case stripes(Stripes)
        case dots(Dots)
        case leopard(Leopard)
    }

    var print: Print
    /// How rough it is: the strength of its weave.
    var weave: Float
    /// Rows of stitches a unit; 0 for woven cloth.
    var stitches: Float
    /// How much of the light it throws back like a mirror.
    var gloss: Float
    let noise: Noise

    /// How light a place is made by threads and stitches; about 1.
    @inline(__always)
    func relief(_ p: Point) -> Float {
        var value = 1 + weave * (noise(p.x * 90, p.y * 90) - 0.5)
        if stitches > 0 {
            // Stitches are rows of small Vs.
            let column = fraction(p.x * stitches)
            let row = sine(turns: p.y * stitches * 0.8 + abs(column - 0.5))
            value += 0.07 * row - 0.10 * max(0, abs(column - 0.5) * 4 - 1.4)
        }
        return value
    }
}

/// Bands of colour side by side.
struct Stripes: Pattern {
    /// Across the stripes, in the cloth.
    let across: Point
    /// From one repeat to the next.
    let period: Float
    /// Where each band ends, as a fraction of the period, and its colour.
    let bands: [(end: Float, colour: Colour)]
    /// How far the edges wander, as a fraction of the period.
    let wander: Float
    /// How much of the stripes is missing, as on a worn print, 0…1.
    let gaps: Float
    /// Half of a zigzag's height in periods; 0 for straight stripes.
    let zigzag: Float
    let noise: Noise

    @inline(__always)
    func colour(_ p: Point) -> Colour {
        var t = (p.x * across.x + p.y * across.y) / period
        if zigzag > 0 {
            let along = (p.x * across.y - p.y * across.x) / (period * 3)
            t += zigzag * abs(fraction(along) - 0.5) * 4
        }
        if wander > 0 { t += wander * (noise(p.x * 7, p.y * 7) + 0.3 * noise(p.x * 19, p.y * 19) - 0.65) }
        let phase = fraction(t)
        let base = bands[bands.count - 1].colour
        let band = bands.first { phase < $0.end } ?? bands[bands.count - 1]
        if gaps > 0 && noise(p.x * 9 + 50, p.y * 9) < gaps { return base }
        return band.colour
    }
}

/// Round spots on a ground.
struct Dots: Pattern {
    let ground: Colour
    /// Most dots have the first colour.
    let colours: [Colour]
    /// From one dot to the next.
    let spacing: Float
    /// Of a dot, as a fraction of the spacing.
    let radius: Float
    /// How much radii differ, 0…1.
    let variety: Float
    /// How far dots lie from the grid, as a fraction of the spacing, 0…0.5.
    let scatter: Float
    /// How many dots are missing, 0…1.
    let missing: Float
    /// Whether every second row is moved by half the spacing.
    let isStaggered: Bool
    /// How far outlines are from a circle, in spacings.
    let wobble: Float
    /// The part of the radius that is hollow; 0 for full dots.
    let hollow: Float
    let turn: Point
    let noise: Noise

    @inline(__always)
    func colour(_ p: Point) -> Colour {
        var q = Point(turn.x * p.x - turn.y * p.y, turn.y * p.x + turn.x * p.y) / spacing
        if wobble > 0 {
            let w = q * 2.2
            q += wobble * Point(noise(w.x, w.y) - 0.5, noise(w.x + 40, w.y) - 0.5)
        }
        let reach: Int32 = scatter > 0 || radius > 0.45 ? 1 : 0
        let rowHeight: Float = isStaggered ? 0.866 : 1
        let row = floor(q.y / rowHeight)
        for y in row &- reach...row &+ reach {
            let shift: Float = isStaggered && y & 1 == 1 ? 0.5 : 0
            let column = floor(q.x - shift)
            for x in column &- reach...column &+ reach {
                let bits = noise.bits(x, y)
                func part(_ shift: UInt32) -> Float { Float((bits >> shift) & 0xFF) / 255 }
                if missing > 0 && part(0) < missing { continue }
                let centre = Point(
                    Float(x) + shift + 0.5 + scatter * 2 * (part(8) - 0.5),
                    (Float(y) + 0.5 + scatter * 2 * (part(16) - 0.5)) * rowHeight)
                let r = radius * (1 + variety * 2 * (part(24) - 0.5))
                let d = q - centre
                let distance = d.x * d.x + d.y * d.y
                guard distance < r * r, distance >= r * r * hollow * hollow else { continue }
                return colours[colours.count > 1 && bits & 7 == 0 ? 1 : 0]
            }
        }
        return ground
    }
}

/// Rosettes: dark rings, broken and irregular, around a centre a little darker than the ground.
struct Leopard: Pattern {
    let ground: Colour
    let centre: Colour
    let ring: Colour
    /// From one rosette to the next.
    let spacing: Float
    /// Of a rosette, as a fraction of the spacing.
    let radius: Float
    /// The ring's share of the radius, 0…1; 1 for solid spots.
    let thickness: Float
    /// How much of the rings is missing, 0…1.
    let gaps: Float
    /// How far outlines are from an ellipse, in spacings.
    let wobble: Float
    /// How much longer than wide the rosettes are, along `turn`.
    let stretch: Float
    let turn: Point
    let noise: Noise

    @inline(__always)
    func colour(_ p: Point) -> Colour {
        let straight = Point(turn.x * p.x - turn.y * p.y, turn.y * p.x + turn.x * p.y) / spacing
        var q = Point(straight.x, straight.y / stretch)
        let w = q * 2.3
        q += wobble * Point(noise(w.x, w.y) - 0.5, noise(w.x + 40, w.y) - 0.5)
        q += wobble * 0.35 * Point(noise(w.x * 3.1, w.y * 3.1) - 0.5, noise(w.x * 3.1, w.y * 3.1 + 40) - 0.5)
        var nearest: Float = 9
        var nearestBits: UInt32 = 0
        let (row, column) = (floor(q.y), floor(q.x))
        for y in row &- 1...row &+ 1 {
            for x in column &- 1...column &+ 1 {
                let bits = noise.bits(x, y)
                func part(_ shift: UInt32) -> Float { Float((bits >> shift) & 0xFF) / 255 }
                var d = q - Point(Float(x) + 0.5 + 0.5 * (part(0) - 0.5), Float(y) + 0.5 + 0.5 * (part(8) - 0.5))
                // Each rosette is a little longer in a direction of its own.
                d.x *= 0.8 + 0.4 * part(16)
                d.y += d.x * (part(20) - 0.5)
                let size = radius * (0.6 + 0.5 * part(24))
                let distance = length(d) / size
                if distance < nearest { (nearest, nearestBits) = (distance, bits) }
            }
        }
        let shade = 0.9 + 0.2 * noise(p.x * 4, p.y * 4)
        guard nearest < 1 else {
            // Small spots between the rosettes.
            let speckle = noise(straight.x * 3.4 + 9, straight.y * 3.4)
            return nearest > 1.3 && speckle > 0.8 ? ring : ground * shade
        }
        let isSolid = nearestBits & 3 == 0 || thickness >= 1
        if !isSolid && nearest < 1 - thickness { return centre * shade }
        if !isSolid && noise(q.x * 2.6 + 90, q.y * 2.6) < gaps { return mix(centre, ground, nearest) * shade }
        return ring
    }
}
