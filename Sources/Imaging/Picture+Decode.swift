// From a file's bytes to pixels.

public import Foundation

extension Picture {
    /// Reads a file's bytes: the format by content, turned upright by EXIF, to RGB by one rule (`ColourRule`).
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - shorterSide: To how many pixels the caller will shrink the shorter side. A JPEG is then decoded at a half, a
    ///     quarter or an eighth of its size where that leaves enough (`decodingMargin`), which is quicker. Nil: full size.
    ///   - limits: What is refused by its header.
    /// - Returns: The picture; not resized to `shorterSide`, but at least `decodingMargin` times as large.
    /// - Throws: `ImagingError`, or what `bytes` throws when it is accessed.
    public static func decode(
        _ bytes: some ContiguousBytes, forShorterSide shorterSide: Int? = nil, limits: DecodingLimits = .default
    ) throws -> Picture {
        try bytes.withUnsafeBytes { bytes in
            try Workspace.withWorkspace { workspace in
                let header = try ImageHeader.read(bytes)
                let reduction = shorterSide.map { side in
                    let shorter = min(header.storedWidth, header.storedHeight)
                    return JPEGReduction(from: (shorter, shorter), toAtLeast: (side, side), margin: decodingMargin)
                }
                let upright = try Upright(bytes, header, reduction ?? .none, limits, in: workspace)
                return Picture(width: upright.raster.width, height: upright.raster.height) { out in
                    out.update(from: upright.raster.base, count: upright.raster.byteCount)
                }
            }
        }
    }
}

/// A JPEG that will be shrunk is decoded at no less than this many times the size to which it will be shrunk.
///
/// Measured on 100 photos of 621 to 2848 pixels on the shorter side, made ready for a network (256, 224), per core, and by
/// the cosine of MobileNetV2's features to those from Pillow's pixels: always full size 140 images/s, 1.000000; 2: 159,
/// 0.99983; 1.75: 166, 0.99956; 1.5: 170, 0.99928; 1.25: 179, 0.99889; 1: 184, 0.99671. Pillow: 57. What remains is
/// mostly the decoding of the entropy code, which no reduction spares.
let decodingMargin = 2.0

/// A decoded picture that stands upright, in a workspace, until that is used again.
struct Upright {
    let raster: Raster
    /// What the picture covers of `raster`, in its pixels.
    ///
    /// A JPEG decoded at a fraction ends within the last of them.
    let extent: (width: Double, height: Double)

    init(
        _ bytes: UnsafeRawBufferPointer, _ header: ImageHeader, _ reduction: JPEGReduction, _ limits: DecodingLimits,
        in workspace: Workspace
    ) throws(ImagingError) {
        try limits.check(width: header.storedWidth, height: header.storedHeight)
        var stored: Raster
        var orientation = header.orientation
        var scale = 1.0
        switch header.format {
        case .jpeg:
            stored = try decodeJPEG(bytes, header, reduction, in: workspace)
            scale = Double(reduction.rawValue)
        case .bmp:
            stored = try decodeBMP(bytes, in: workspace)
        case .png, .webp, .gif, .tiff:
            stored = try decodeByVips(bytes, header, limits, in: workspace)
        case .heic, .avif:
            stored = try decodeByVips(bytes, header, limits, in: workspace)
            orientation = .upright  // Turned already, by its decoder.
        }
        if orientation != .upright {
            // The decoder wrote to one of the two buffers; the other is free.
            let pixels = workspace.pixels.room(for: 0)
            let target = stored.base == UnsafePointer(pixels) ? workspace.samples : workspace.pixels
            stored = orientation.turn(stored, into: target.room(for: stored.byteCount))
        }
        raster = stored
        let isReduced = scale > 1
        extent =
            isReduced
            ? (Double(header.width) / scale, Double(header.height) / scale)
            : (Double(stored.width), Double(stored.height))
    }
}
