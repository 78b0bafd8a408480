// PNG, WebP, GIF, TIFF, HEIC and AVIF, by libvips.

import CVips

/// libvips, started once for the process.
enum Vips {
    private static let isStarted = cvp_start() == 0

    static func start() throws(ImagingError) {
        if !isStarted { throw .corrupt("libvips does not start") }
    }

    /// What libvips says went wrong, in one line.
    static func takeReason() -> String {
        guard let text = cvp_take_error() else { return "libvips gives no reason" }
        defer { cvp_free(text) }
        let lines = String(cString: text).split(whereSeparator: \.isNewline)
        return lines.isEmpty ? "libvips gives no reason" : lines.prefix(2).joined(separator: "; ")
    }
}

/// Decodes the first picture of `bytes` into `workspace`, where the result lies until the workspace is used again.
func decodeByVips(
    _ bytes: UnsafeRawBufferPointer, _ header: ImageHeader, _ limits: DecodingLimits, in workspace: Workspace
) throws(ImagingError) -> Raster {
    try Vips.start()
    if header.format == .png { try checkPNGIsWhole(bytes) }
    let loader =
        switch header.format {
        case .png: CVP_PNG
        case .webp: CVP_WEBP
        case .gif: CVP_GIF
        case .tiff: CVP_TIFF
        case .heic, .avif: CVP_HEIF
        case .jpeg, .bmp: preconditionFailure("\(header.format) has a decoder of its own")
        }
    var info = CVPInfo()
    guard let image = cvp_open(loader, bytes.baseAddress, bytes.count, &info) else { throw failure(Vips.takeReason()) }
    defer { cvp_close(image) }
    let (width, height) = (Int(info.width), Int(info.height))
    try limits.check(width: width, height: height)
    let layout = try layout(info)

    // A strip at a time, so that wide samples need no second picture in memory.
    let rows = min(height, 64)
    let strip = workspace.samples.room(for: rows * width * layout.bands * layout.bytesPerSample)
    let pixels = workspace.pixels.room(for: 3 * width * height)
    for top in stride(from: 0, to: height, by: rows) {
        let count = min(rows, height - top)
        guard cvp_rows(image, Int32(top), Int32(count), strip) == 0 else { throw failure(Vips.takeReason()) }
        ColourRule.convert(strip, layout, count: count * width, into: pixels + 3 * width * top)
    }
    return Raster(base: pixels, width: width, height: height, slack: Workspace.slack)
}

private func layout(_ info: CVPInfo) throws(ImagingError) -> ColourRule.Layout {
    let colour: ColourRule.Layout.Colour? =
        switch info.colour {
        case CVP_GREY: .grey
        case CVP_RGB: .rgb
        case CVP_CMYK: .cmyk
        default: nil
        }
    guard let colour, info.bytes_per_sample > 0 else {
        throw .unsupportedFormat("A picture of \(info.bands) channels that are not 8- or 16-bit grey, RGB or CMYK")
    }
    return ColourRule.Layout(
        colour: colour, hasAlpha: info.has_alpha != 0, bytesPerSample: Int(info.bytes_per_sample),
        bands: Int(info.bands))
}

/// libvips has no codes, only words.
private func failure(_ reason: String) -> ImagingError {
    let words = ["end of", "truncated", "premature", "not enough", "got "]
    let lowercased = reason.lowercased()
    return words.contains { lowercased.contains($0) } ? .truncated(reason) : .corrupt(reason)
}
