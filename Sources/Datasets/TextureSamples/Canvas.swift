// The picture while it is painted: light and shadow on shapes, in fractions of white.

/// Red, green and blue of each pixel, 0…1; the fourth number is not used.
struct Canvas {
    let width: Int, height: Int
    var pixels: [Colour]

    init(width: Int, height: Int, _ colour: Colour = Colour()) {
        (self.width, self.height) = (width, height)
        pixels = [Colour](repeating: colour, count: width * height)
    }

    /// The coverage of an outline in pixels.
    func mask(_ path: Path, margin: Int = 2) -> Mask { Mask(path, canvas: (width, height), margin: margin) }

    /// Lays a colour for each pixel over the canvas, where and as far as the mask says.
    mutating func paint(_ mask: Mask, opacity: Float = 1, _ colour: (Int, Int) -> Colour) {
        let (left, right) = (max(mask.x, 0), min(mask.x + mask.width, width))
        let (top, bottom) = (max(mask.y, 0), min(mask.y + mask.height, height))
        guard left < right && top < bottom else { return }
        for y in top..<bottom {
            for x in left..<right {
                let cover = mask.values[(y - mask.y) * mask.width + x - mask.x] * opacity
                guard cover > 0.002 else { continue }
                let index = y * width + x
                pixels[index] = mix(pixels[index], colour(x, y), cover)
            }
        }
    }

    /// Makes the canvas darker where the mask is, as far as `amount`.
    mutating func darken(_ mask: Mask, by amount: Float) { paint(mask, opacity: amount) { _, _ in Colour() } }

    mutating func blur(_ radius: Int, passes: Int = 2) {
        guard radius > 0 else { return }
        boxBlur(&pixels, width: width, height: height, radius: radius, passes: passes)
    }
}

/// Creases of a cloth, as a height over its surface in the figure's units.
struct Folds {
    /// Waves of one direction.
    struct Wave {
        /// Along the wave's change, times how many waves a unit there are.
        let across: Point
        /// Along its crest, likewise; far fewer.
        let along: Point
        let height: Float
        /// Sharp crests instead of soft ones.
        let isSharp: Bool
        let offset: Float
    }

    let waves: [Wave]
    let noise: Noise

    @inline(__always)
    func height(_ p: Point) -> Float {
        var sum: Float = 0
        for wave in waves {
            let a = p.x * wave.across.x + p.y * wave.across.y + wave.offset
            let b = p.x * wave.along.x + p.y * wave.along.y
            let n = noise(a, b)
            // A sharp crest is still a little round, or the cloth would jump across it.
            let c = 2 * n - 1
            sum += wave.height * (wave.isSharp ? 1 - (c * c + 0.03).squareRoot() : n)
        }
        return sum
    }

    /// - Parameters:
    ///   - turns: The direction of most crests; 0.25 is downwards.
    ///   - strength: About 1 for a worn garment.
    static func drawn(_ generator: inout SeededGenerator, turns: Float, strength: Float, isCrumpled: Bool) -> Folds {
        var waves: [Wave] = []
        for index in 0..<5 {
            let spread: Float = isCrumpled ? 0.5 : 0.07
            let crest = direction(turns: turns + generator.float(-spread, spread))
            let frequency = generator.float(1, 2.2) * (index < 3 ? 1 : 2.2)
            let slow = frequency * (isCrumpled ? generator.float(0.3, 0.9) : generator.float(0.12, 0.4))
            waves.append(
                Wave(
                    across: Point(-crest.y, crest.x) * frequency, along: crest * slow,
                    height: strength * generator.float(0.10, 0.24) / frequency, isSharp: generator.chance(0.55),
                    offset: generator.float(0, 100)))
        }
        return Folds(waves: waves, noise: Noise(&generator))
    }

    static let none = Folds(waves: [], noise: Noise(seed: 0))
}

extension Noise {
    init(seed: UInt32) { self.seed = seed }
}

/// How places of a garment's picture lie in its cloth.
enum ClothFrame {
    /// The cloth lies as the figure stands.
    case flat
    /// Turned and moved.
    case turned(Point, Point)
    /// Around a body whose half width at each height is listed, 0.25 units apart from -1 on.
    case around([Float])
    /// Along an arm from the first point over the second to the third.
    case along(Point, Point, Point)

    @inline(__always)
    func callAsFunction(_ p: Point) -> Point {
        switch self {
        case .flat: return p
        case .turned(let turn, let origin):
            let d = p - origin
            return Point(turn.x * d.x - turn.y * d.y, turn.y * d.x + turn.x * d.y)
        case .around(let halfWidths):
            let place = min(max((p.y + 1) * 4, 0), Float(halfWidths.count) - 1.001)
            let index = Int(place)
            let half = mix(halfWidths[index], halfWidths[index + 1], place - Float(index))
            // The arc sine, nearly: more cloth to a pixel towards the sides.
            let t = min(max(p.x / half, -1), 1)
            return Point(half * t * (1 + 0.38 * t * t * t * t), p.y)
        case .along(let a, let b, let c):
            func place(_ start: Point, _ end: Point) -> (along: Float, across: Float, distance: Float, length: Float) {
                let d = end - start
                let l = max(length(d), 1e-6)
                let (q, u) = (p - start, d / l)
                let along = q.x * u.x + q.y * u.y
                let nearest = q - u * min(max(along, 0), l)
                return (along, q.x * u.y - q.y * u.x, length(nearest), l)
            }
            let (upper, lower) = (place(a, b), place(b, c))
            return upper.distance <= lower.distance
                ? Point(upper.across, upper.along) : Point(lower.across, upper.length + lower.along)
        }
    }
}
