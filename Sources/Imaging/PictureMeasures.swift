// What a picture is like, in numbers: light, colour, sharpness, and what is needed to find it again.
//
// The kinds of trouble that these numbers show are those of CleanVision (https://github.com/cleanlab/cleanvision, version
// 0.3.7, issue_managers/image_property.py); where a definition is taken from there, or from a paper, it says so.

import CPixels
public import Foundation

/// Numbers about one picture, upright and at full size.
public struct PictureMeasures: Hashable, Codable, Sendable {
    /// Changes whenever the same file would give other numbers than before: for the keys of caches.
    public static let ruleVersion = 1

    /// In pixels.
    public let width: Int
    /// In pixels.
    public let height: Int
    /// How bright the pixels are.
    public let brightness: Brightness
    /// Means of red, green and blue, 0…1.
    public let meanColour: [Double]
    /// The standard deviation of the greys, 0…0.5: "root mean square contrast" (Peli 1990,
    /// https://doi.org/10.1364/JOSAA.7.002032).
    public let contrast: Double
    /// The variance of the Laplacian of the greys, of 0…255: large where there are edges.
    ///
    /// Pech-Pacheco and others 2000, https://doi.org/10.1109/ICPR.2000.903548. It depends on the size of a picture: compare
    /// copies by it, and different photos by `clarity`.
    public let sharpness: Double
    /// The standard deviation of the edges of the picture at no more than 64 pixels a side, of 0…255.
    ///
    /// CleanVision's "blurriness", which is large where the picture is not blurry.
    public let edges: Double
    /// The standard deviation of the counts of the 256 greys of that small picture: large where few greys make most of it.
    ///
    /// CleanVision's "blurriness_grayscale_std", by which drawings and things before a plain background are told from
    /// blurry photos.
    public let greyCountDeviation: Double
    /// Shannon's entropy of the greys, in bits: 0 for one colour, 8 where all greys are equally frequent.
    ///
    /// CleanVision takes the counts of the three channels together, which for a grey picture gives log₂ 3 = 1.58 more.
    public let entropy: Double
    /// How colourful the picture is: 0 where red, green and blue are equal everywhere, about 0.4 for the most colourful
    /// photos.
    ///
    /// Hasler and Süsstrunk 2003, https://doi.org/10.1117/12.477378, of channels of 0…1.
    public let colourfulness: Double
    /// What it looks like.
    public let hash: DifferenceHash
    /// What it looks like in the mirror: the hash of the same cells, mirrored.
    public let mirroredHash: DifferenceHash
    /// The picture in 32 × 32 greys, whatever its proportions.
    public let thumbnail: GreyThumbnail

    /// Percentiles of how bright the pixels are perceived: √(0.241 r² + 0.691 g² + 0.068 b²) of channels of 0…1, in steps of
    /// 1/1020.
    ///
    /// The weights are CleanVision's, after Finley, "HSP Color Model", 2006, https://alienryderflex.com/hsp.html. A percentile
    /// is the brightness of the pixel at that place in their order, without interpolation.
    public struct Brightness: Hashable, Codable, Sendable {
        /// 1 % of the pixels are no brighter.
        public let p01: Double
        /// 5 % of the pixels are no brighter.
        public let p05: Double
        /// Half of the pixels are no brighter.
        public let p50: Double
        /// 95 % of the pixels are no brighter.
        public let p95: Double
        /// 99 % of the pixels are no brighter.
        public let p99: Double
    }

    /// Pixels.
    public var pixelCount: Int { width * height }

    /// The shorter side divided by the longer one, 0…1.
    public var aspect: Double { Double(min(width, height)) / Double(max(width, height)) }

    /// Whether red, green and blue are equal everywhere.
    public var isGrey: Bool { colourfulness == 0 }

    /// How far the picture is from blurry, 0…1, by CleanVision's rule, which calls a picture below 0.29 blurry.
    public var clarity: Double {
        let background = 1 - exp(-greyCountDeviation / 100)
        return min(1, 1 - exp(-edges / 100) + (background <= 0.18 ? 0 : background))
    }

    /// Reads a file's bytes at full size, by the same rules as `Picture.decode`, and measures the picture.
    ///
    /// The picture is never copied, so this is quicker than to decode and then to measure.
    ///
    /// - Throws: `ImagingError`, or what `bytes` throws when it is accessed.
    public init(
        reading bytes: some ContiguousBytes, hashSize: Int = 16, limits: DecodingLimits = .default
    ) throws {
        self = try bytes.withUnsafeBytes { bytes in
            try Workspace.withWorkspace { workspace in
                let upright = try Upright(bytes, try ImageHeader.read(bytes), .none, limits, in: workspace)
                return PictureMeasures(upright.raster, hashSize: hashSize, in: workspace)
            }
        }
    }

    init(_ raster: Raster, hashSize: Int, in workspace: Workspace) {
        precondition(DifferenceHash.sizes.contains(hashSize), "The size of a hash is 2 to 64, not \(hashSize).")
        var (plane, counts) = raster.counted(in: workspace)
        (width, height) = (raster.width, raster.height)
        cpx_count_edges(plane.base, Int32(width), Int32(height), &counts)

        let pixels = Double(width * height)
        meanColour = [counts.red, counts.green, counts.blue].map { Double($0) / pixels / 255 }
        let inner = Double(max(1, (width - 2) * (height - 2)))
        sharpness = Self.variance(Double(counts.laplacian), Double(counts.laplacian_squares), inner)
        colourfulness = Self.colourfulness(counts, pixels)
        let levels = withUnsafeBytes(of: &counts.levels) { Array($0.bindMemory(to: UInt32.self)) }
        let steps = withUnsafeBytes(of: &counts.brightness) { Array($0.bindMemory(to: UInt32.self)) }
        contrast = Self.deviation(ofLevels: levels, pixels) / 255
        entropy = Self.entropy(levels, pixels)
        brightness = Brightness(steps, pixels: width * height)

        let cells = plane.hashCells(size: hashSize, in: workspace)
        hash = DifferenceHash(size: hashSize, greys: cells)
        mirroredHash = DifferenceHash(size: hashSize, greys: cells, isMirrored: true)
        thumbnail = GreyThumbnail(plane, in: workspace)
        (edges, greyCountDeviation) = Self.edges(of: plane, in: workspace)
    }

    private static func variance(_ sum: Double, _ squares: Double, _ count: Double) -> Double {
        max(0, squares / count - (sum / count) * (sum / count))
    }

    private static func deviation(ofLevels levels: [UInt32], _ pixels: Double) -> Double {
        var (sum, squares) = (0.0, 0.0)
        for (level, count) in levels.enumerated() {
            sum += Double(level) * Double(count)
            squares += Double(level * level) * Double(count)
        }
        return variance(sum, squares, pixels).squareRoot()
    }

    private static func entropy(_ levels: [UInt32], _ pixels: Double) -> Double {
        let bits = levels.reduce(0.0) { sum, count in
            count == 0 ? sum : sum - Double(count) / pixels * log2(Double(count) / pixels)
        }
        return max(0, bits)
    }

    /// Their equation: the deviations of red − green and (red + green) / 2 − blue, and 0.3 of their means.
    private static func colourfulness(_ counts: CPXCounts, _ pixels: Double) -> Double {
        let redGreen = Double(counts.red_green)
        let yellowBlue = Double(counts.yellow_blue) / 2
        let spread =
            variance(redGreen, Double(counts.red_green_squares), pixels)
            + variance(yellowBlue, Double(counts.yellow_blue_squares) / 4, pixels)
        let mean = (redGreen * redGreen + yellowBlue * yellowBlue).squareRoot() / pixels
        return (spread.squareRoot() + 0.3 * mean) / 255
    }

    /// Pillow's FIND_EDGES of the small picture: eight times each grey less its eight neighbours, clipped to 0…255; greys at
    /// the border as they are.
    private static func edges(of plane: GreyPlane, in workspace: Workspace) -> (Double, Double) {
        let scale = max(1, Double(max(plane.width, plane.height)) / 64)
        let (width, height) = (max(1, Int(Double(plane.width) / scale)), max(1, Int(Double(plane.height) / scale)))
        let small = plane.resized(width: width, height: height, .triangle, in: workspace)
        var edges = small
        for y in 1..<max(1, height - 1) {
            for x in 1..<max(1, width - 1) {
                var sum = 9 * Int(small[y * width + x])
                for row in y - 1...y + 1 {
                    for column in x - 1...x + 1 { sum -= Int(small[row * width + column]) }
                }
                edges[y * width + x] = UInt8(min(max(sum, 0), 255))
            }
        }
        func levels(_ greys: [UInt8]) -> [UInt32] {
            greys.reduce(into: [UInt32](repeating: 0, count: 256)) { $0[Int($1)] += 1 }
        }
        let counts = levels(small).map { Double($0) }
        let countVariance = variance(counts.reduce(0, +), counts.reduce(0) { $0 + $1 * $1 }, 256)
        return (deviation(ofLevels: levels(edges), Double(small.count)), countVariance.squareRoot())
    }
}

extension PictureMeasures.Brightness {
    /// From how many pixels have each of 1,024 brightnesses.
    init(_ steps: [UInt32], pixels: Int) {
        func percentile(_ percent: Int) -> Double {
            // The pixel at place ⌊(n − 1) · percent / 100⌋, counted from 0.
            var left = (pixels - 1) * percent / 100
            for (step, count) in steps.enumerated() {
                left -= Int(count)
                if left < 0 { return Double(step) / 1020 }
            }
            return 1
        }
        (p01, p05, p50, p95, p99) = (percentile(1), percentile(5), percentile(50), percentile(95), percentile(99))
    }
}

extension Picture {
    /// Measures the picture.
    public func measures(hashSize: Int = 16) -> PictureMeasures {
        withRaster { raster in
            Workspace.withWorkspace { PictureMeasures(raster, hashSize: hashSize, in: $0) }
        }
    }
}
