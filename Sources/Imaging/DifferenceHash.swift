// The difference hash: whether each cell of a small grey picture is brighter than its left neighbour.
//
// Krawetz, "Kind of Like That", 2013, https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html; as
// the Python library imagehash computes it (`dhash`), to the bit: Pillow's greys, and its LANCZOS resize of 8-bit pictures.

/// What a picture looks like, in `size`² bits: pictures that look alike have hashes that differ in few of them.
public struct DifferenceHash: Hashable, Sendable {
    /// Sizes that a hash can have.
    public static let sizes = 2...64

    /// Cells in a row, and rows.
    public let size: Int
    /// The bits from left to right, then from top to bottom; the first is the most significant one of the first word.
    ///
    /// Bits behind the last are 0.
    public let words: [UInt64]

    /// How many bits there are.
    public var bitCount: Int { size * size }

    /// How many bits are 1.
    ///
    /// None is where no cell is brighter than its left neighbour, as in a picture of one colour.
    public var brighterCount: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// Takes the bits from a picture of `size` + 1 × `size` greys.
    init(size: Int, greys: [UInt8], isMirrored: Bool = false) {
        precondition(greys.count == size * (size + 1), "A hash of size \(size) is made of \(size) rows of \(size + 1).")
        var words = [UInt64](repeating: 0, count: (size * size + 63) / 64)
        for y in 0..<size {
            let row = y * (size + 1)
            for x in 0..<size {
                // Mirrored, the left neighbour is the one on the right.
                let (cell, neighbour) = isMirrored ? (size - 1 - x, size - x) : (x + 1, x)
                let bit = y * size + x
                if greys[row + cell] > greys[row + neighbour] { words[bit / 64] |= 1 << (63 - UInt64(bit % 64)) }
            }
        }
        (self.size, self.words) = (size, words)
    }

    /// Takes bits as `words` has them; nil if their number does not fit, or a bit behind the last is set.
    public init?(size: Int, words: [UInt64]) {
        guard Self.sizes.contains(size), words.count == (size * size + 63) / 64 else { return nil }
        let unused = UInt64(words.count * 64 - size * size)
        guard let last = words.last, last & ((1 << unused) - 1) == 0 else { return nil }
        (self.size, self.words) = (size, words)
    }

    /// In how many bits two hashes of the same size differ (Hamming's distance).
    public func distance(to other: DifferenceHash) -> Int {
        precondition(size == other.size, "A hash of size \(size) is not compared with one of size \(other.size).")
        return zip(words, other.words).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount }
    }
}

extension DifferenceHash: LosslessStringConvertible, Codable {
    /// The bits as one hexadecimal number, as imagehash writes it.
    public var description: String {
        // The number's last digit ends with the last bit, so where bits are no multiple of 4 the first digit has fewer.
        let digits = (bitCount + 3) / 4
        let text = (0..<digits).map { digit in
            let end = bitCount - 4 * (digits - 1 - digit)
            let value = (max(0, end - 4)..<end).reduce(0) { 2 * $0 + (self[$1] ? 1 : 0) }
            return Array("0123456789abcdef".utf8)[value]
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads what `description` writes; nil where it is something else.
    public init?(_ description: String) {
        let digits = Array(description.utf8)
        // No two squares need the same number of digits.
        guard let size = Self.sizes.first(where: { ($0 * $0 + 3) / 4 == digits.count }) else { return nil }
        var words = [UInt64](repeating: 0, count: (size * size + 63) / 64)
        for (place, digit) in digits.enumerated() {
            guard let value = Character(UnicodeScalar(digit)).hexDigitValue else { return nil }
            for bit in 0..<4 where value >> bit & 1 == 1 {
                let index = size * size - 1 - bit - 4 * (digits.count - 1 - place)
                guard index >= 0 else { return nil }
                words[index / 64] |= 1 << (63 - UInt64(index % 64))
            }
        }
        (self.size, self.words) = (size, words)
    }

    /// Reads a hexadecimal number.
    public init(from decoder: any Decoder) throws {
        let text = try String(from: decoder)
        guard let hash = DifferenceHash(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not a difference hash"))
        }
        self = hash
    }

    /// Writes the hexadecimal number.
    public func encode(to encoder: any Encoder) throws { try description.encode(to: encoder) }

    /// Whether the cell is brighter than its left neighbour.
    private subscript(bit: Int) -> Bool { words[bit / 64] >> (63 - UInt64(bit % 64)) & 1 == 1 }
}

extension Picture {
    /// The difference hash of `size`² bits.
    public func differenceHash(size: Int = 16) -> DifferenceHash {
        precondition(DifferenceHash.sizes.contains(size), "The size of a hash is 2 to 64, not \(size).")
        return withRaster { raster in
            Workspace.withWorkspace { workspace in
                let (plane, _) = raster.counted(in: workspace)
                return DifferenceHash(size: size, greys: plane.hashCells(size: size, in: workspace))
            }
        }
    }
}

extension GreyPlane {
    /// `size` rows of `size` + 1 greys, by Pillow's LANCZOS.
    func hashCells(size: Int, in workspace: Workspace) -> [UInt8] {
        // Rounding to bytes between the two passes makes their order matter. From version 13 on Pillow takes the columns
        // first where that shrinks by more than twice as many pixels; before, it never did.
        let columnsFirst = height > size && height - size > 2 * (width - (size + 1))
        return resized(width: size + 1, height: size, .lanczos, columnsFirst: columnsFirst, in: workspace)
    }
}
