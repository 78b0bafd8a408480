// From light to bytes, with the faults of cameras and of people who hold them.

import Imaging

/// Exposure, focus and noise.
struct Camera {
    private var generator: SeededGenerator
    /// Times the light.
    let exposure: Float
    /// Times each colour.
    let whiteBalance: Colour
    let saturation: Float
    /// How much the light differs from place to place, as under trees or beside a window.
    let unevenness: Float
    private let shade: Noise
    /// How much darker the corners are.
    let vignette: Float
    /// In pixels.
    let blur: Int
    /// How much of the blurred picture is mixed in, for blurs of less than a pixel.
    let softness: Float
    /// Standard deviation, of 255.
    let noise: Float
    /// How much steeper middle greys are.
    let contrast: Float

    static func drawn(_ generator: inout SeededGenerator) -> Camera {
        let warmth = generator.float(-0.06, 0.06)
        return Camera(
            generator: SeededGenerator(seed: generator.next()),
            exposure: generator.float(0.94, 1.2), whiteBalance: Colour(1 + warmth, 1 + generator.float(-0.015, 0.015), 1 - warmth, 0),
            saturation: generator.float(0.75, 1.15),
            unevenness: generator.chance(0.5) ? generator.float(0.05, 0.35) : 0, shade: Noise(&generator), vignette: generator.chance(0.5) ? generator.float(0.02, 0.25) : 0,
            blur: generator.chance(0.12) ? 2 : 1, softness: generator.float(0.35, 1),
            noise: generator.chance(0.75) ? generator.float(0.4, 2) : generator.float(2, 5), contrast: generator.float(0, 0.5))
    }

    /// Words across the picture, as shops put them there: strokes that could be letters, half transparent.
    mutating func writeMark(_ canvas: inout Canvas, _ generator: inout SeededGenerator) {
        let size = generator.float(4, 9)
        let start = Point(generator.float(0.05, 0.5) * Float(canvas.width), generator.float(0.85, 0.97) * Float(canvas.height))
        let colour = generator.chance(0.5) ? Colour(255, 255, 255) : Colour(90, 90, 90)
        for letter in 0..<8 + generator.index(below: 8) {
            let at = start + Point(Float(letter) * size * 1.2, 0)
            for _ in 0..<3 {
                let a = at + Point(generator.float(0, 0.8), generator.float(-1, 1)) * size
                let b = at + Point(generator.float(0, 0.8), generator.float(-1, 1)) * size
                let stroke = canvas.mask(.band(along: [a, b], halfWidths: [size * 0.1, size * 0.1]))
                canvas.paint(stroke, opacity: 0.7) { _, _ in colour }
            }
        }
    }

    /// Takes the picture.
    mutating func expose(_ canvas: inout Canvas) -> Picture {
        var soft = canvas
        soft.blur(blur, passes: blur > 1 ? 2 : 1)
        var bytes = [UInt8](repeating: 0, count: canvas.width * canvas.height * 3)
        let half = Point(Float(canvas.width), Float(canvas.height)) * 0.5
        // Noise is coarser than pixels after a camera's own processing: each value also takes part of its left neighbour's.
        var carried = Colour()
        for y in 0..<canvas.height {
            for x in 0..<canvas.width {
                let index = y * canvas.width + x
                var colour = mix(canvas.pixels[index], soft.pixels[index], blur > 1 ? 1 : softness)
                let d: Point = (Point(Float(x), Float(y)) - half) / half
                let corner: Float = d.x * d.x + d.y * d.y
                var light: Float = exposure * (1 - vignette * 0.5 * corner)
                if unevenness > 0 { light *= 1 + unevenness * (shade(d.x * 1.3 + 9, d.y * 1.3 + 9) - 0.5) }
                colour *= whiteBalance * light
                let grey = Colour(repeating: colour.lightness)
                colour = grey + (colour - grey) * saturation
                let bounded = colour.clamped(lowerBound: Colour(), upperBound: Colour(repeating: 1))
                // An S-shaped curve: the smooth step, by part.
                let curve: Colour = bounded * bounded * (Colour(repeating: 3) - 2 * bounded)
                colour = mix(bounded, curve, contrast)
                carried = carried * 0.4 + grain()
                colour = colour * 255 + carried * noise
                colour += Colour(repeating: 0.5)
                let limited = colour.clamped(lowerBound: Colour(), upperBound: Colour(repeating: 255))
                bytes[3 * index] = UInt8(limited.x)
                bytes[3 * index + 1] = UInt8(limited.y)
                bytes[3 * index + 2] = UInt8(limited.z)
            }
        }
        return Picture(width: canvas.width, height: canvas.height, pixels: bytes)
    }

    /// Nearly normal noise of about unit deviation: mostly shared by the three colours, partly each one's own.
    @inline(__always)
    private mutating func grain() -> Colour {
        let bits = generator.next()
        func byte(_ shift: UInt64) -> Float { Float((bits >> shift) & 0xFF) / 255 - 0.5 }
        let shared = (byte(0) + byte(8) + byte(16)) * 1.8
        return Colour(shared + byte(24), shared + byte(32), shared + byte(40), 0)
    }
}
