// A picture: 8-bit RGB, upright.

/// Pixels in memory.
///
/// How files become pictures is written in `ColourRule`: one rule for all formats.
public struct Picture: Hashable, Sendable {
    /// In pixels, at least 1.
    public let width: Int
    /// In pixels, at least 1.
    public let height: Int
    /// Red, green, blue; from left to right, then from top to bottom: `width * height * 3` bytes.
    public var pixels: [UInt8] {
        didSet { precondition(pixels.count == oldValue.count, "A picture's pixels keep their number.") }
    }

    /// Makes a picture of `width * height * 3` bytes.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0, "A picture has at least one pixel; \(width) × \(height) is none.")
        precondition(pixels.count == 3 * width * height, "\(width) × \(height) pixels are not \(pixels.count) bytes.")
        (self.width, self.height, self.pixels) = (width, height, pixels)
    }

    /// The picture in another size, by Pillow's antialiased bilinear resize, equal to the bit.
    public func resized(width: Int, height: Int) -> Picture {
        precondition(width > 0 && height > 0, "A picture has at least one pixel; \(width) × \(height) is none.")
        if width == self.width && height == self.height { return self }
        return Picture(width: width, height: height) { out in
            withRaster { source in
                Workspace.withWorkspace { workspace in
                    let all = Rectangle(x: 0, y: 0, width: Double(self.width), height: Double(self.height))
                    let window = Window(width: width, height: height)
                    resize(
                        source, box: all, Resampling(width: width, height: height, window: window), into: out,
                        stride: 3 * width, in: workspace)
                }
            }
        }
    }

    /// The part of the picture whose top left pixel is (`x`, `y`), counted from 0.
    ///
    /// It must lie inside.
    public func cropped(x: Int, y: Int, width: Int, height: Int) -> Picture {
        precondition(
            x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= self.width && y + height <= self.height,
            "\(width) × \(height) pixels from (\(x), \(y)) do not lie inside \(self.width) × \(self.height).")
        return Picture(width: width, height: height) { out in
            withRaster { source in
                for row in 0..<height {
                    (out + 3 * row * width).update(
                        from: source.base + 3 * ((y + row) * self.width + x), count: 3 * width)
                }
            }
        }
    }

    /// The picture as another orientation shows it: `rotatedRight` turns it by 90° clockwise, and so on.
    public func turned(_ orientation: Orientation) -> Picture {
        let (w, h) = orientation.swapsSides ? (height, width) : (width, height)
        return Picture(width: w, height: h) { out in
            withRaster { _ = orientation.turn($0, into: out) }
        }
    }

    /// Makes a picture whose pixels `body` writes, all of them.
    init(width: Int, height: Int, _ body: (UnsafeMutablePointer<UInt8>) throws -> Void) rethrows {
        let count = 3 * width * height
        let pixels = try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            if let base = buffer.baseAddress { try body(base) }
            initialized = count
        }
        self.init(width: width, height: height, pixels: pixels)
    }

    func withRaster<Result>(_ body: (Raster) throws -> Result) rethrows -> Result {
        try pixels.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("A picture has at least one pixel.") }
            return try body(Raster(base: base, width: width, height: height, slack: 0))
        }
    }
}
