// The changes to the pixels of a square: drawing it through a map, its colours, blur, noise, and what is covered.
//
// Colours: torchvision's adjust_brightness, adjust_contrast, adjust_saturation and adjust_hue on bytes, to the bit; the
// arithmetic is in CPixels. As there, all pixels of the square make the contrast's mean grey, padding included.

import CPixels
import Foundation

/// A way to draw `side` × `side` pixels, each at the place in a source that a map from the square's pixels says.
struct Drawing {
    private let source: Raster
    private let path: CPXPath
    private let side: Int
    private let padding: [UInt8]

    init(_ source: Raster, by map: AffineMap, side: Int, padding: [UInt8]) {
        func fixed(_ value: Double) -> Int64 { Int64((min(max(value, -0x1p30), 0x1p30) * 0x1p32).rounded()) }
        let first = map(x: 0.5, y: 0.5)
        path = CPXPath(
            x: fixed(first.x - 0.5), y: fixed(first.y - 0.5), x_per_column: fixed(map.xx), y_per_column: fixed(map.yx),
            x_per_row: fixed(map.xy), y_per_row: fixed(map.yy))
        (self.source, self.side, self.padding) = (source, side, padding)
    }

    /// Bilinear, between the centres of four pixels; beyond the source's edge the padding takes their place.
    func draw(into square: UnsafeMutablePointer<UInt8>) {
        cpx_warp(
            source.base, source.stride, Int32(source.width), Int32(source.height), path, padding, square, Int32(side),
            Int32(side))
    }

    /// Draws only the padding that has nothing of the source in it.
    func pad(_ square: UnsafeMutablePointer<UInt8>) {
        cpx_pad(Int32(source.width), Int32(source.height), path, padding, square, Int32(side), Int32(side))
    }
}

extension AugmentationPlan {
    /// Whether more is done than moving pixels.
    var changesPixels: Bool { operations.contains { !$0.movesPixels } }

    /// Changes the colours of a square of `side` × `side` pixels, and what else does not move its pixels.
    func change(_ square: UnsafeMutablePointer<UInt8>, side: Int, padding: [UInt8], in workspace: Workspace) {
        let count = side * side
        changeLight(square, count)
        if saturation != 1 { cpx_saturate(square, count, Float(saturation), Float(1 - saturation)) }
        if hue != 0 { cpx_turn_hue(square, count, Float(hue)) }
        if isBlurred { soften(square, side, in: workspace) }
        if noise > 0 {
            cpx_add_noise(square, 3 * count, noiseSeed, NormalTable.values, Int32((noise * 255 * 256).rounded()))
        }
        if let erased { cover(square, side, erased, padding) }
    }

    /// Brightness and contrast: each byte becomes another by a table.
    private func changeLight(_ square: UnsafeMutablePointer<UInt8>, _ count: Int) {
        guard brightness != 1 || contrast != 1 else { return }
        var table = (0...255).map { blend(Float($0), brightness, with: 0) }
        if contrast != 1 {
            let mean = Float(Double(cpx_grey_sum(square, count, table)) / Double(count))
            table = table.map { blend(Float($0), contrast, with: mean) }
        }
        cpx_replace(square, 3 * count, table)
    }

    /// Gaussian blur, mirrored at the edges, out to three deviations.
    private func soften(_ square: UnsafeMutablePointer<UInt8>, _ side: Int, in workspace: Workspace) {
        let copy = workspace.reduced.room(for: 3 * side * side)
        copy.update(from: square, count: 3 * side * side)
        let weights = AxisWeights(blurring: side, deviation: blur)
        let source = Raster(base: UnsafePointer(copy), width: side, height: side, slack: Workspace.slack)
        carryOut(weights, weights, on: source, into: square, stride: 3 * side, in: workspace)
    }

    private func cover(
        _ square: UnsafeMutablePointer<UInt8>, _ side: Int, _ erased: Rectangle, _ padding: [UInt8]
    ) {
        func pixel(_ fraction: Double) -> Int { min(max(Int((fraction * Double(side)).rounded()), 0), side) }
        for y in pixel(erased.y)..<max(pixel(erased.y), pixel(erased.y + erased.height)) {
            for x in pixel(erased.x)..<max(pixel(erased.x), pixel(erased.x + erased.width)) {
                (square + 3 * (y * side + x)).update(from: padding, count: 3)
            }
        }
    }
}

/// torchvision's `_blend` of a byte: in 32-bit floats, the fraction cut off.
private func blend(_ value: Float, _ ratio: Double, with other: Float) -> UInt8 {
    let first = Float(ratio) * value
    let second = Float(1 - ratio) * other
    return UInt8(min(max(first + second, 0), 255))
}

extension AxisWeights {
    /// Weights that blur `count` pixels by a Gaussian of that deviation in pixels.
    init(blurring count: Int, deviation: Double) {
        let radius = Int((3 * deviation).rounded(.up))
        let bell = (-radius...radius).map { exp(-0.5 * (Double($0) / deviation) * (Double($0) / deviation)) }
        let sum = bell.reduce(0, +)
        // Mirrored at the centre of the last pixel, as often as it takes.
        let period = max(2 * (count - 1), 1)
        func inside(_ index: Int) -> Int {
            let place = ((index % period) + period) % period
            return count == 1 ? 0 : min(place, period - place)
        }
        self.init(
            rows: (0..<count).map { centre in
                let (first, last) = (max(centre - radius, 0), min(centre + radius, count - 1))
                var row = [Double](repeating: 0, count: last - first + 1)
                for (offset, weight) in bell.enumerated() {
                    let place = inside(centre + offset - radius) - first
                    row[min(max(place, 0), row.count - 1)] += weight / sum
                }
                return (first, row)
            })
    }
}

/// 4096 equally likely numbers of the normal distribution of deviation 1, in steps of 1 / 4096.
private enum NormalTable {
    static let values: [Int16] = (0..<4096).map { index in
        Int16((quantile((Double(index) + 0.5) / 4096) * 4096).rounded())
    }

    /// The number below which `p` of the normal distribution lies.
    ///
    /// Found by halving: 60 steps from ±6, of which the table needs 16.
    private static func quantile(_ p: Double) -> Double {
        var (low, high) = (-6.0, 6.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if 0.5 * erfc(-middle / 2.0.squareRoot()) < p { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
