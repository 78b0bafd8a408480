// One rule by which every picture becomes 8-bit RGB. It is Pillow's `convert("RGB")`, with transparency laid on white.
//
// - Grey: three equal channels. One bit: 0 or 255. Palettes: their colours.
// - 16 bits: the upper eight, `value >> 8`. (Pillow does the same to RGB; its 16-bit grey pictures it keeps as they are, and
//   clips them at 255 when they become RGB, which makes nearly all of them white. Here they are treated as RGB is.)
// - CMYK: with light = 255 − black, red = light − cyan · light / 255, rounded; green from magenta, blue from yellow. CMYK
//   in JPEG files is stored inverted, as Adobe does it, whether a marker says so or not. YCCK is turned into CMYK first.
// - Transparency: over white, c · a / 255 + 255 · (255 − a) / 255, rounded. Alpha is taken as not premultiplied.
// - Colour profiles, gamma and chromaticity are not applied. The numbers of the file are the numbers of the picture.
// - Floats, 32-bit integers, Lab and pictures of more than four inks are refused.

/// Turns samples into RGB bytes.
enum ColourRule {
    /// How the samples of a pixel lie in memory.
    struct Layout: Equatable {
        enum Colour { case grey, rgb, cmyk }
        let colour: Colour
        let hasAlpha: Bool
        let bytesPerSample: Int
        /// Samples per pixel; those beyond colour and alpha are ignored.
        let bands: Int
    }

    /// Converts `count` pixels, whose 16-bit samples are in the machine's byte order.
    static func convert(
        _ samples: UnsafeRawPointer, _ layout: Layout, count: Int, into out: UnsafeMutablePointer<UInt8>
    ) {
        // The upper byte of a 16-bit sample is its second one on all processors that Swift runs on but big-endian ones.
        let wide = layout.bytesPerSample == 2
        let upper = wide && UInt16(1).littleEndian == 1 ? 1 : 0
        let first = samples.assumingMemoryBound(to: UInt8.self) + upper
        let step = layout.bytesPerSample
        let pixel = layout.bands * step
        let alpha = (layout.bands - 1) * step
        for index in 0..<count {
            let p = first + index * pixel
            var (r, g, b) = (p[0], p[0], p[0])
            switch layout.colour {
            case .grey: break
            case .rgb: (g, b) = (p[step], p[2 * step])
            case .cmyk:
                let light = 255 - p[3 * step]
                (r, g, b) = (under(p[0], light), under(p[step], light), under(p[2 * step], light))
            }
            if layout.hasAlpha {
                let a = p[alpha]
                (r, g, b) = (overWhite(r, a), overWhite(g, a), overWhite(b, a))
            }
            let q = out + 3 * index
            (q[0], q[1], q[2]) = (r, g, b)
        }
    }

    /// Converts CMYK as JPEG files store it, 255 for no ink.
    static func invertedCMYK(_ samples: UnsafePointer<UInt8>, count: Int, into out: UnsafeMutablePointer<UInt8>) {
        for index in 0..<count {
            let p = samples + 4 * index
            let q = out + 3 * index
            for channel in 0..<3 { q[channel] = under(255 - p[channel], p[3]) }
        }
    }

    /// a · b / 255, rounded, exactly.
    static func product(_ a: UInt8, _ b: UInt8) -> UInt8 {
        let x = UInt32(a) * UInt32(b) + 128
        return UInt8(truncatingIfNeeded: (x + x >> 8) >> 8)
    }

    /// What an ink leaves of the light.
    private static func under(_ ink: UInt8, _ light: UInt8) -> UInt8 { light - product(ink, light) }

    static func overWhite(_ colour: UInt8, _ alpha: UInt8) -> UInt8 { 255 - product(255 - colour, alpha) }
}
