// Resizing with the triangle filter, widened when it shrinks so that nothing is skipped: Pillow's BILINEAR.
//
// Pillow, src/libImaging/Resample.c (https://github.com/python-pillow/Pillow). Weights are rounded to 22 bits, the
// picture is resized along its rows, rounded to bytes, then along its columns. All of that is done here in the same
// arithmetic, so the results are equal to the bit; and any part of the result can be computed alone. (From version 13 on
// Pillow resizes the columns first where the height shrinks most; such pictures differ from ours by a level here and there.)

import CPixels

/// A rectangle of whole pixels.
struct Window: Hashable {
    var x, y, width, height: Int
}

/// For each pixel of the output along one axis, the input pixels that make it, and their weights.
struct AxisWeights {
    private(set) var taps: [CPXTaps] = []
    private(set) var weights: [Int32] = []
    /// The input pixels that any of the taps needs.
    private(set) var inputs = 0..<0

    /// Weights for the pixels `outputs` out of `outputCount`.
    ///
    /// The input has `inputCount` pixels. The output covers `extent` of them, which is less than `inputCount` where the
    /// last pixel of the input is only partly of the picture, as in a JPEG decoded at a fraction of its size.
    init(inputCount: Int, extent: Double, outputCount: Int, outputs: Range<Int>) {
        let scale = extent / Double(outputCount)
        let support = max(scale, 1)
        taps.reserveCapacity(outputs.count)
        weights.reserveCapacity(outputs.count * (2 * Int(support.rounded(.up)) + 2))
        var row: [Double] = []
        for output in outputs {
            let centre = (Double(output) + 0.5) * scale
            let first = max(Int(centre - support + 0.5), 0)
            let end = min(Int(centre + support + 0.5), inputCount)
            row.removeAll(keepingCapacity: true)
            var sum = 0.0
            for input in first..<end {
                let distance = abs((Double(input) - centre + 0.5) * (1 / support))
                let weight = distance < 1 ? 1 - distance : 0
                row.append(weight)
                sum += weight
            }
            taps.append(CPXTaps(first: Int32(first), count: Int32(end - first), weights: Int32(weights.count)))
            for weight in row { weights.append(Int32(0.5 + weight / sum * Double(1 << CPX_PRECISION))) }
            if (end - first) % 2 == 1 { weights.append(0) }
        }
        if let first = taps.first, let last = taps.last {
            inputs = Int(first.first)..<Int(last.first + last.count)
        }
    }

    /// The same weights, counted from the first input that is needed.
    func fromFirstInput() -> AxisWeights {
        var result = self
        for index in taps.indices { result.taps[index].first -= Int32(inputs.lowerBound) }
        return result
    }
}

/// Resizes the `extent` of `source` to `width` × `height` pixels and writes the part `window` of that.
///
/// Row y of the window begins at `destination + y * stride`; it must not overlap the workspace's `rows`.
func resize(
    _ source: Raster, extent: (width: Double, height: Double), to width: Int, _ height: Int, window: Window,
    into destination: UnsafeMutablePointer<UInt8>, stride: Int, in workspace: Workspace
) {
    let columns = AxisWeights(
        inputCount: source.width, extent: extent.width, outputCount: width,
        outputs: window.x..<window.x + window.width)
    let rows = AxisWeights(
        inputCount: source.height, extent: extent.height, outputCount: height,
        outputs: window.y..<window.y + window.height
    )
    let between = 3 * window.width
    let buffer = workspace.rows.room(for: between * rows.inputs.count)
    cpx_resize_rows(
        source.base + 3 * source.width * rows.inputs.lowerBound, 3 * source.width, source.readableEnd,
        buffer, between, Int32(rows.inputs.count), columns.taps, columns.weights, Int32(window.width))
    for (y, taps) in rows.fromFirstInput().taps.enumerated() {
        rows.weights.withUnsafeBufferPointer { weights in
            guard let weights = weights.baseAddress else { return }
            cpx_sum_rows(
                buffer + between * Int(taps.first), between, taps.count, weights + Int(taps.weights),
                destination + y * stride, Int32(between))
        }
    }
}
