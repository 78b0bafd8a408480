// Whether the colours of charts are told apart, by everyone.

import Evaluation
import Foundation
import Testing

@Suite struct PaletteTests {
    typealias Vector = [Double]

    /// How linear RGB looks to people without one kind of cone (Machado and others, 2009, table 1, severity 1).
    static let visions: [[Vector]] = [
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    ]

    private func times(_ matrix: [Vector], _ v: Vector) -> Vector {
        matrix.map { zip($0, v).map(*).reduce(0, +) }
    }

    /// “#rrggbb” → linear RGB, by the sRGB standard (IEC 61966-2-1).
    private func linear(_ hex: String) throws -> Vector {
        let value = try #require(Int(hex.dropFirst(), radix: 16))
        return [16, 8, 0].map { shift in
            let c = Double(value >> shift & 255) / 255
            return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4)
        }
    }

    /// Linear RGB → CIE Lab under D65.
    private func lab(_ rgb: Vector) -> Vector {
        let xyz = times(
            [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]],
            rgb.map { min(max($0, 0), 1) })
        let f = zip(xyz, [0.9505, 1, 1.089]).map { $0 / $1 > 0.008856 ? cbrt($0 / $1) : 7.787 * $0 / $1 + 16 / 116 }
        return [116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]
    }

    @Test(arguments: [Palette.light, Palette.dark]) func coloursDifferForEveryVision(_ palette: [String]) throws {
        for vision in Self.visions {
            let colours = try palette.dropFirst().map { lab(times(vision, try linear($0))) }
            for i in colours.indices {
                for j in 0..<i {
                    let distance = zip(colours[i], colours[j]).map { ($0 - $1) * ($0 - $1) }.reduce(0, +).squareRoot()
                    #expect(distance >= (i < 4 ? 24 : 12), "colours \(i) and \(j)")
                }
            }
        }
    }

    @Test(arguments: [Palette.light, Palette.dark]) func coloursDifferFromTheGround(_ palette: [String]) throws {
        // Relative luminance and contrast as WCAG 2.2 defines them.
        let luminances = try palette.map { hex in
            zip(try linear(hex), [0.2126, 0.7152, 0.0722]).map(*).reduce(0, +)
        }
        for luminance in luminances.dropFirst() {
            let (low, high) = (min(luminance, luminances[0]), max(luminance, luminances[0]))
            #expect((high + 0.05) / (low + 0.05) >= 3)
        }
    }
}
