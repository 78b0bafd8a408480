// What is done to a picture before a network sees it. Training, evaluation, prediction, serving and export use this one.

public import Foundation

/// From a file to the bytes that enter a network: upright, resized, cut or padded to a square.
///
/// `crop` is torchvision's `Resize(shorterSide)` and `CenterCrop(side)` on Pillow's pictures, to the bit (but for what
/// decoding a large JPEG at a fraction of its size changes). Mean and deviation are not applied here: bytes are a quarter
/// of floats, so the network subtracts and divides as its first operation.
public struct Preprocessing: Hashable, Sendable {
    /// How a picture becomes a square.
    public enum Resize: String, Codable, CaseIterable, Sendable {
        /// The shorter side is resized to `shorterSide`, and the centre cut out.
        case crop
        /// Both sides are resized to `side`, whatever becomes of the proportions.
        case squash
        /// The longer side is resized to `side`, and the rest filled with `paddingColour`.
        case letterbox
    }

    /// How pixels are computed from others.
    public enum Interpolation: String, Codable, CaseIterable, Sendable {
        /// The triangle filter, antialiased.
        case bilinear
    }

    /// ImageNet's mean per channel, of pixels / 255, and its standard deviation; torchvision's numbers.
    public static let imageNetMean: [Float] = [0.485, 0.456, 0.406]
    /// ImageNet's standard deviation per channel, of pixels / 255; torchvision's numbers.
    public static let imageNetDeviation: [Float] = [0.229, 0.224, 0.225]

    /// Changes whenever the same file and the same values would give other bytes than before: for the keys of caches.
    public static let ruleVersion = 1

    /// How a picture becomes a square.
    public var resize: Resize
    /// Width and height of the result in pixels.
    public var side: Int
    /// For `crop`: to what the shorter side is resized before the centre is cut out, in pixels, at least `side`.
    public var shorterSide: Int
    /// How pixels are computed from others.
    public var interpolation: Interpolation
    /// Per channel, of pixels / 255.
    ///
    /// The network subtracts it.
    public var mean: [Float]
    /// Per channel, of pixels / 255.
    ///
    /// The network divides by it.
    public var deviation: [Float]

    /// Makes a preprocessing; without a shorter side, that is 256 / 224 of `side`, rounded.
    public init(
        resize: Resize = .crop, side: Int = 224, shorterSide: Int? = nil, interpolation: Interpolation = .bilinear,
        mean: [Float] = Self.imageNetMean, deviation: [Float] = Self.imageNetDeviation
    ) {
        self.resize = resize
        self.side = side
        self.shorterSide = shorterSide ?? Self.usualShorterSide(for: side)
        self.interpolation = interpolation
        self.mean = mean
        self.deviation = deviation
    }

    /// Bytes of the result: RGB, from left to right, then from top to bottom.
    public var byteCount: Int { 3 * side * side }

    /// What `letterbox` fills the rest with: the mean, to the nearest byte, so that the network sees about zero there,
    /// as where it pads by itself.
    ///
    /// With ImageNet's mean it is a grey, (124, 116, 104).
    public var paddingColour: [UInt8] {
        mean.map { UInt8(min(max(($0 * 255).rounded(), 0), 255)) }
    }

    /// A file's bytes → `side` × `side` × 3 RGB bytes.
    ///
    /// - Throws: `ImagingError`.
    public func callAsFunction(
        _ bytes: some ContiguousBytes, augmentation: AugmentationPlan = .original, limits: DecodingLimits = .default
    ) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            try write(bytes, into: buffer, augmentation: augmentation, limits: limits)
            count = byteCount
        }
    }

    /// A picture → `side` × `side` × 3 RGB bytes.
    public func callAsFunction(_ picture: Picture, augmentation: AugmentationPlan = .original) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            let plan = SquarePlan(self, width: picture.width, height: picture.height, augmentation: augmentation)
            picture.withRaster { raster in
                Workspace.withWorkspace { workspace in
                    let extent = (Double(picture.width), Double(picture.height))
                    plan.carryOut(raster, extent: extent, into: buffer, in: workspace)
                }
            }
            count = byteCount
        }
    }

    /// A file's bytes → `byteCount` RGB bytes in `slot`, such as one image's part of a batch.
    ///
    /// When the method throws, what lies in the slot means nothing.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - slot: Where the square is written.
    ///   - augmentation: What is changed on the way; nothing, unless a network is being trained.
    ///   - limits: What is refused by its header.
    /// - Throws: `ImagingError`.
    public func write(
        _ bytes: some ContiguousBytes, into slot: UnsafeMutableBufferPointer<UInt8>,
        augmentation: AugmentationPlan = .original, limits: DecodingLimits = .default
    ) throws {
        precondition(slot.count >= byteCount, "A slot of \(slot.count) bytes is too small for \(byteCount).")
        try bytes.withUnsafeBytes { bytes in
            try Workspace.withWorkspace { workspace in
                let header = try ImageHeader.read(bytes)
                try limits.check(width: header.storedWidth, height: header.storedHeight)
                var plan = SquarePlan(self, width: header.width, height: header.height, augmentation: augmentation)
                let reduction = JPEGReduction(
                    from: (header.width, header.height), toAtLeast: plan.wantedSize, margin: decodingMargin)
                let upright = try Upright(bytes, header, reduction, limits, in: workspace)
                // Where a decoder knows better than the header, as with some HEIC files, the plan follows the pixels.
                if header.format != .jpeg {
                    let raster = upright.raster
                    plan = SquarePlan(self, width: raster.width, height: raster.height, augmentation: augmentation)
                }
                plan.carryOut(upright.raster, extent: upright.extent, into: slot, in: workspace)
            }
        }
    }

    /// From the pixels of a picture of `width` × `height`, upright, to those of the square: for points and boxes.
    public func geometry(width: Int, height: Int, augmentation: AugmentationPlan = .original) -> AffineMap {
        precondition(width > 0 && height > 0, "A picture has at least one pixel; \(width) × \(height) is none.")
        return SquarePlan(self, width: width, height: height, augmentation: augmentation).map
    }

    /// Tells in a sentence why these numbers make no sense, or nil where they do.
    public var problem: String? {
        if side < 1 || side > 8192 { return "The side of an image is 1 to 8192 pixels, not \(side)." }
        if resize == .crop && shorterSide < side {
            return
                "The shorter side is resized to \(shorterSide) pixels, too few to cut \(side) out; give at least \(side)."
        }
        if shorterSide > 65536 { return "The shorter side is resized to at most 65536 pixels, not \(shorterSide)." }
        if mean.count != 3 || deviation.count != 3 { return "Mean and deviation have three numbers, one a channel." }
        if !mean.allSatisfy(\.isFinite) || !deviation.allSatisfy({ $0.isFinite && $0 > 0 }) {
            return "Mean and deviation are finite numbers, and deviations above 0."
        }
        return nil
    }

    static func usualShorterSide(for side: Int) -> Int { (side * 256 + 112) / 224 }
}

extension Preprocessing: Codable {
    private enum CodingKeys: CodingKey {
        case resize, side, shorterSide, interpolation, mean, deviation
    }

    /// Reads what `encode` wrote; what is missing has its default.
    ///
    /// Numbers that make no sense are refused.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            resize: try values.decodeIfPresent(Resize.self, forKey: .resize) ?? .crop,
            side: try values.decodeIfPresent(Int.self, forKey: .side) ?? 224,
            shorterSide: try values.decodeIfPresent(Int.self, forKey: .shorterSide),
            interpolation: try values.decodeIfPresent(Interpolation.self, forKey: .interpolation) ?? .bilinear,
            mean: try values.decodeIfPresent([Float].self, forKey: .mean) ?? Self.imageNetMean,
            deviation: try values.decodeIfPresent([Float].self, forKey: .deviation) ?? Self.imageNetDeviation)
        if let problem {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: problem))
        }
    }
}
