// JPEG, by libjpeg-turbo's TurboJPEG interface.

import CTurboJPEG

/// How much smaller than stored a JPEG is decoded: its 8 × 8 blocks of frequencies become blocks of 8, 4, 2 or 1 pixels.
///
/// libjpeg-turbo has all eighths between, but vector code for these four only: 5/8 takes longer than the whole picture.
enum JPEGReduction: Int, CaseIterable {
    case none = 1, half = 2, quarter = 4, eighth = 8

    /// The size of a side decoded at this reduction; a pixel that is not whole counts.
    func size(of side: Int) -> Int { (side + rawValue - 1) / rawValue }

    /// The strongest reduction that leaves `margin` times the pixels that are wanted, in each direction.
    init(from stored: (width: Int, height: Int), toAtLeast wanted: (width: Int, height: Int), margin: Double) {
        self =
            Self.allCases.last { reduction in
                Double(stored.width) >= margin * Double(wanted.width * reduction.rawValue)
                    && Double(stored.height) >= margin * Double(wanted.height * reduction.rawValue)
            } ?? .none
    }
}

/// Decodes into `workspace`, where the result lies until the workspace is used again.
func decodeJPEG(
    _ bytes: UnsafeRawBufferPointer, _ header: ImageHeader, _ reduction: JPEGReduction, in workspace: Workspace
) throws(ImagingError) -> Raster {
    // One for each picture. A decompressor that is used again remembers the tables of the last file: a file without tables
    // of its own would be decoded with another's, and after some damaged files all others fail. Making one takes a microsecond.
    guard let handle = tjInitDecompress(), let data = bytes.bindMemory(to: UInt8.self).baseAddress else {
        throw .corrupt("libjpeg-turbo does not start")
    }
    defer { tjDestroy(handle) }
    var (width, height, subsampling, colourSpace): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    let length = CUnsignedLong(bytes.count)
    if tjDecompressHeader3(handle, data, length, &width, &height, &subsampling, &colourSpace) != 0
        && tjGetErrorCode(handle) != TJERR_WARNING.rawValue
    {
        throw .corrupt(reason(handle))
    }
    guard Int(width) == header.storedWidth && Int(height) == header.storedHeight else {
        throw .corrupt("it has two sizes")
    }
    let isCMYK = colourSpace == TJCS_CMYK.rawValue || colourSpace == TJCS_YCCK.rawValue
    let (w, h) = (reduction.size(of: Int(width)), reduction.size(of: Int(height)))
    let samples = workspace.samples.room(for: w * h * (isCMYK ? 4 : 3))
    // Half a thousand scans are more than any camera or encoder writes, and fewer than it takes to keep a machine busy.
    let status = tjDecompress2(
        handle, data, length, samples, Int32(w), 0, Int32(h),
        Int32(isCMYK ? TJPF_CMYK.rawValue : TJPF_RGB.rawValue), TJFLAG_LIMITSCANS)
    if status != 0 { try check(handle, bytes) }
    guard isCMYK else { return Raster(base: samples, width: w, height: h, slack: Workspace.slack) }
    let pixels = workspace.pixels.room(for: 3 * w * h)
    ColourRule.invertedCMYK(samples, count: w * h, into: pixels)
    return Raster(base: pixels, width: w, height: h, slack: Workspace.slack)
}

/// Throws if what libjpeg-turbo said is an error, or a warning that the data ended too soon; other warnings are about odd
/// bytes between segments, and pictures that have them are read, as Pillow reads them.
private func check(_ handle: tjhandle, _ bytes: UnsafeRawBufferPointer) throws(ImagingError) {
    let reason = reason(handle)
    if reason.contains("remature end") { throw .truncated(reason) }
    guard tjGetErrorCode(handle) == TJERR_WARNING.rawValue else { throw .corrupt(reason) }
    // Only the first warning is told, so that the end of the data may hide behind another: look for its marker.
    var index = bytes.count - 2
    while index > 0 {
        if bytes[index] == 0xFF && bytes[index + 1] == 0xD9 { return }
        if bytes[index] == 0xFF && bytes[index + 1] == 0xDA { break }
        index -= 1
    }
    throw .truncated(reason)
}

private func reason(_ handle: tjhandle) -> String {
    tjGetErrorStr2(handle).map { String(cString: $0) } ?? "libjpeg-turbo gives no reason"
}
