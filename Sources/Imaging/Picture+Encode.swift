// From pixels to the bytes of a file.

import CTurboJPEG
import CVips
public import Foundation

extension Picture {
    /// The bytes of a JPEG file of a quality of 1 to 100.
    ///
    /// Colour is stored at half the resolution below 90, as is usual. A side above 65,500 pixels, more than the format can
    /// hold, is `ImagingError.notWritten`.
    public func jpeg(quality: Int) throws -> [UInt8] {
        precondition((1...100).contains(quality), "The quality of a JPEG is 1 to 100, not \(quality).")
        guard let handle = tjInitCompress() else { throw ImagingError.notWritten("libjpeg-turbo does not start") }
        defer { tjDestroy(handle) }
        var memory: UnsafeMutablePointer<UInt8>?
        var length: CUnsignedLong = 0
        let subsampling = quality < 90 ? TJSAMP_420 : TJSAMP_444
        let status = withRaster { raster in
            tjCompress2(
                handle, raster.base, Int32(width), 0, Int32(height), Int32(TJPF_RGB.rawValue), &memory, &length,
                Int32(subsampling.rawValue), Int32(quality), 0)
        }
        defer { tjFree(memory) }
        guard status == 0, let memory else {
            throw ImagingError.notWritten(tjGetErrorStr2(handle).map { String(cString: $0) } ?? "no reason given")
        }
        return Array(UnsafeBufferPointer(start: memory, count: Int(length)))
    }

    /// The bytes of a PNG file: 8-bit RGB, without metadata.
    public func png() throws -> [UInt8] {
        try Vips.start()
        var memory: UnsafeMutableRawPointer?
        var length = 0
        let status = withRaster { cvp_write_png($0.base, Int32(width), Int32(height), &memory, &length) }
        guard status == 0, let memory else { throw ImagingError.notWritten(Vips.takeReason()) }
        defer { cvp_free(memory) }
        return Array(UnsafeRawBufferPointer(start: memory, count: length))
    }

    /// A small JPEG of a file's picture, for reports.
    ///
    /// Its longer side has `longerSide` pixels; smaller pictures keep their size.
    public static func thumbnail(
        of bytes: some ContiguousBytes, longerSide: Int = 160, limits: DecodingLimits = .default
    ) throws -> [UInt8] {
        precondition(longerSide > 0, "A thumbnail has at least one pixel.")
        let header = try ImageHeader.read(bytes)
        let scale = min(1, Double(longerSide) / Double(max(header.width, header.height)))
        func side(_ length: Int) -> Int { max(1, Int((Double(length) * scale).rounded())) }
        let (width, height) = (side(header.width), side(header.height))
        let picture = try Picture.decode(bytes, forShorterSide: min(width, height), limits: limits)
        return try picture.resized(width: width, height: height).jpeg(quality: 80)
    }
}
