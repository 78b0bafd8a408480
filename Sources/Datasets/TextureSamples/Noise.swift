// Smooth randomness over a plane, and trigonometry that every machine computes alike.
//
// Nothing here calls the system's mathematical functions, which differ in the last digit from one system to the next: the
// same seed draws the same pixels everywhere.

typealias Point = SIMD2<Float>

/// Value noise: numbers at the points of a grid, and smooth in between.
struct Noise {
    let seed: UInt32

    /// A new field.
    init(_ generator: inout SeededGenerator) { seed = UInt32(truncatingIfNeeded: generator.next()) }

    /// Scrambled bits of one grid point.
    @inline(__always)
    func bits(_ x: Int32, _ y: Int32) -> UInt32 {
        var h = UInt32(bitPattern: x) &* 0x9E37_79B1 ^ UInt32(bitPattern: y) &* 0x85EB_CA77 ^ seed
        h = (h ^ (h >> 15)) &* 0x2C1B_3C6D
        h = (h ^ (h >> 12)) &* 0x297A_2D39
        return h ^ (h >> 15)
    }

    /// 0…1, of one grid point.
    @inline(__always)
    func number(_ x: Int32, _ y: Int32) -> Float { Float(bits(x, y) >> 8) * 0x1p-24 }

    /// 0…1, about 0.5 on average; features are about one unit wide.
    @inline(__always)
    func callAsFunction(_ x: Float, _ y: Float) -> Float {
        let (ix, iy) = (floor(x), floor(y))
        let (tx, ty) = (x - Float(ix), y - Float(iy))
        let (sx, sy) = (tx * tx * (3 - 2 * tx), ty * ty * (3 - 2 * ty))
        let top = mix(number(ix, iy), number(ix &+ 1, iy), sx)
        let bottom = mix(number(ix, iy &+ 1), number(ix &+ 1, iy &+ 1), sx)
        return mix(top, bottom, sy)
    }

    /// 0…1, with details of ever smaller size and weight.
    func fractal(_ x: Float, _ y: Float, octaves: Int) -> Float {
        var sum: Float = 0
        var weight: Float = 0.5
        var (x, y) = (x, y)
        for _ in 0..<octaves {
            sum += weight * (self(x, y) - 0.5)
            // A turn of about 37° between octaves hides the grid.
            (x, y) = (1.6 * x - 1.2 * y + 7.3, 1.2 * x + 1.6 * y + 3.1)
            weight *= 0.5
        }
        return 0.5 + sum
    }
}

@inline(__always)
func mix(_ a: Float, _ b: Float, _ t: Float) -> Float { a + (b - a) * t }

@inline(__always)
func mix(_ a: Colour, _ b: Colour, _ t: Float) -> Colour { a + (b - a) * t }

/// 0 up to `low`, 1 from `high` on, and smooth in between.
@inline(__always)
func smoothstep(_ low: Float, _ high: Float, _ x: Float) -> Float {
    let t = min(max((x - low) / (high - low), 0), 1)
    return t * t * (3 - 2 * t)
}

/// The next whole number below. (`rounded(.down)` is a call to the system on the oldest processors that are supported.)
@inline(__always)
func floor(_ x: Float) -> Int32 {
    let whole = Int32(x)
    return Float(whole) > x ? whole &- 1 : whole
}

/// The part behind the decimal point, 0…1.
@inline(__always)
func fraction(_ x: Float) -> Float { x - Float(floor(x)) }

/// The sine of an angle in turns, to within 0.001: a parabola, and a correction by its square.
@inline(__always)
func sine(turns: Float) -> Float {
    let x = turns - turns.rounded()
    let parabola = 8 * x * (1 - 2 * abs(x))
    return 0.225 * (parabola * abs(parabola) - parabola) + parabola
}

/// The direction of an angle in turns: cosine and sine.
@inline(__always)
func direction(turns: Float) -> Point { Point(sine(turns: turns + 0.25), sine(turns: turns)) }

@inline(__always)
func length(_ p: Point) -> Float { (p.x * p.x + p.y * p.y).squareRoot() }

extension SeededGenerator {
    /// A number between two bounds.
    mutating func float(_ low: Float, _ high: Float) -> Float { low + Float(unit()) * (high - low) }

    /// One of several, with these weights.
    mutating func choose<T>(_ choices: [(weight: Double, value: T)]) -> T {
        var left = unit() * choices.reduce(0) { $0 + $1.weight }
        for choice in choices.dropLast() {
            left -= choice.weight
            if left < 0 { return choice.value }
        }
        return choices[choices.count - 1].value
    }
}
