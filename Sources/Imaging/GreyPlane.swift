// A picture's greys, and how they are made smaller: what hashes and thumbnails are computed from.

import CPixels
import Synchronization

/// One byte a pixel, row after row without gaps, in memory that belongs to somebody else.
struct GreyPlane {
    let base: UnsafePointer<UInt8>
    let width: Int
    let height: Int

    /// The plane in another size, by the arithmetic of Pillow's resize of 8-bit pictures.
    func resized(
        width newWidth: Int, height newHeight: Int, _ filter: ResizeFilter, columnsFirst: Bool = false,
        in workspace: Workspace
    ) -> [UInt8] {
        let columns = WholeAxis(inputCount: width, outputCount: newWidth, filter: filter).weights
        let rows = WholeAxis(inputCount: height, outputCount: newHeight, filter: filter).weights
        return [UInt8](unsafeUninitializedCapacity: newWidth * newHeight) { buffer, count in
            guard let out = buffer.baseAddress else { return }
            if columnsFirst {
                let between = workspace.rows.room(for: width * newHeight)
                Self.sumRows(base, width, rows, into: between)
                cpx_resize_grey_rows(
                    between, width, out, newWidth, Int32(newHeight), columns.taps, columns.weights, Int32(newWidth))
            } else {
                let between = workspace.rows.room(for: newWidth * height)
                cpx_resize_grey_rows(
                    base, width, between, newWidth, Int32(height), columns.taps, columns.weights, Int32(newWidth))
                Self.sumRows(between, newWidth, rows, into: out)
            }
            count = newWidth * newHeight
        }
    }

    /// Shrinks or stretches the columns of a plane `width` wide.
    private static func sumRows(
        _ source: UnsafePointer<UInt8>, _ width: Int, _ rows: AxisWeights, into out: UnsafeMutablePointer<UInt8>
    ) {
        rows.weights.withUnsafeBufferPointer { weights in
            guard let weights = weights.baseAddress else { return }
            for (y, taps) in rows.taps.enumerated() {
                cpx_sum_grey_rows(
                    source + width * Int(taps.first), width, taps.count, weights + Int(taps.weights),
                    out + width * y, Int32(width))
            }
        }
    }
}

/// A resize of a whole side.
private struct WholeAxis: Hashable {
    let inputCount, outputCount: Int
    let filter: ResizeFilter

    /// The weights of the last sizes: the photos of a data set have few, and the sines of a window take as long to compute as
    /// the resize itself.
    private static let last = Mutex<[WholeAxis: AxisWeights]>([:])

    var weights: AxisWeights {
        if let known = Self.last.withLock({ $0[self] }) { return known }
        let weights = AxisWeights(
            inputCount: inputCount, extent: Double(inputCount), outputCount: outputCount, outputs: 0..<outputCount,
            filter: filter)
        Self.last.withLock { last in
            if last.count >= 64 { last.removeAll(keepingCapacity: true) }
            last[self] = weights
        }
        return weights
    }
}

extension Raster {
    /// The greys of the pixels, and what is counted over them; the plane lies in `workspace.reduced`.
    func counted(in workspace: Workspace) -> (GreyPlane, CPXCounts) {
        let greys = workspace.reduced.room(for: width * height)
        var counts = CPXCounts()
        cpx_count(base, width * height, greys, &counts)
        return (GreyPlane(base: greys, width: width, height: height), counts)
    }
}
