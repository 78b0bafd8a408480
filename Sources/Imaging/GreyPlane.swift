// A picture's greys, and how they are made smaller: what hashes and thumbnails are computed from.

import CPixels

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
        let columns = AxisWeights(
            inputCount: width, extent: Double(width), outputCount: newWidth, outputs: 0..<newWidth, filter: filter)
        let rows = AxisWeights(
            inputCount: height, extent: Double(height), outputCount: newHeight, outputs: 0..<newHeight, filter: filter)
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

extension Raster {
    /// The greys of the pixels, and what is counted over them; the plane lies in `workspace.reduced`.
    func counted(in workspace: Workspace) -> (GreyPlane, CPXCounts) {
        let greys = workspace.reduced.room(for: width * height)
        var counts = CPXCounts()
        cpx_count(base, width * height, greys, &counts)
        return (GreyPlane(base: greys, width: width, height: height), counts)
    }
}
