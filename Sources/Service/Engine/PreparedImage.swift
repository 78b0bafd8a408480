// From a file's bytes to what enters a network: in this process, or in one of its own.

import Foundation
package import Imaging
package import NIOCore

/// A picture, ready for a network.
package struct PreparedImage: Hashable, Sendable {
    /// RGB, as many bytes as the network takes for one image.
    var pixels: [UInt8]
    /// Of the picture as displayed, in pixels.
    var width: Int
    var height: Int

    package init(pixels: [UInt8], width: Int, height: Int) {
        (self.pixels, self.width, self.height) = (pixels, width, height)
    }
}

/// Why a picture was not read.
package enum DecodingFailure: Error, Hashable, Sendable {
    /// The bytes are no picture that is read, with the imaging library's reason.
    case image(ImagingError)
    /// The process that read it ended, or did not answer in time.
    case worker
}

/// Who reads pictures; each belongs to one thread.
package protocol ImageDecoder: AnyObject {
    /// Makes the bytes of a file ready; blocks until that is done.
    func prepare(
        _ bytes: ByteBuffer, by preprocessing: Preprocessing, limits: DecodingLimits
    ) throws(DecodingFailure) -> PreparedImage
}

/// Reads pictures in this process.
package final class InProcessDecoder: ImageDecoder {
    package init() {}

    package func prepare(
        _ bytes: ByteBuffer, by preprocessing: Preprocessing, limits: DecodingLimits
    ) throws(DecodingFailure) -> PreparedImage {
        do {
            return try bytes.withUnsafeReadableBytes { bytes in
                let header = try ImageHeader.read(bytes)
                let pixels = try preprocessing(bytes, limits: limits)
                return PreparedImage(pixels: pixels, width: header.width, height: header.height)
            }
        } catch let error as ImagingError {
            throw .image(error)
        } catch {
            throw .image(.corrupt("it cannot be read"))
        }
    }
}
