// Measures as bytes, always as many: for caches that are read ten thousand records at a time.

extension PictureMeasures {
    /// How many bytes measures with hashes of this size take.
    package static func byteCount(hashSize: Int) -> Int {
        2 * 4 + numberCount * 8 + 2 * 8 * wordCount(hashSize) + GreyThumbnail.side * GreyThumbnail.side
    }

    /// Five percentiles, three colours, and the six other numbers.
    private static let numberCount = 14

    private static func wordCount(_ hashSize: Int) -> Int { (hashSize * hashSize + 63) / 64 }

    /// Width and height in 32 bits each, the other numbers in 64, the two hashes, the thumbnail; all little-endian.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount(hashSize: hash.size))
        func append(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        append(UInt32(width))
        append(UInt32(height))
        let light = [brightness.p01, brightness.p05, brightness.p50, brightness.p95, brightness.p99]
        let rest = [contrast, sharpness, edges, greyCountDeviation, entropy, colourfulness]
        for number in light + meanColour + rest { append(number.bitPattern) }
        for word in hash.words + mirroredHash.words { append(word) }
        bytes.append(contentsOf: thumbnail.greys)
        return bytes
    }

    /// Reads what `bytes` wrote; nil if it is something else.
    package init?(_ bytes: UnsafeRawBufferPointer, hashSize: Int) {
        guard DifferenceHash.sizes.contains(hashSize), bytes.count == Self.byteCount(hashSize: hashSize) else {
            return nil
        }
        var offset = 0
        func integer<Integer: FixedWidthInteger>(_: Integer.Type) -> Integer {
            defer { offset += MemoryLayout<Integer>.size }
            return Integer(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Integer.self))
        }
        let (width, height) = (Int(integer(UInt32.self)), Int(integer(UInt32.self)))
        let numbers = (0..<Self.numberCount).map { _ in Double(bitPattern: integer(UInt64.self)) }
        func nextHash() -> DifferenceHash? {
            DifferenceHash(size: hashSize, words: (0..<Self.wordCount(hashSize)).map { _ in integer(UInt64.self) })
        }
        guard width > 0, height > 0, numbers.allSatisfy(\.isFinite), let hash = nextHash(),
            let mirroredHash = nextHash(),
            let thumbnail = GreyThumbnail(Array(bytes[offset...]))
        else { return nil }
        (self.width, self.height) = (width, height)
        brightness = Brightness(
            p01: numbers[0], p05: numbers[1], p50: numbers[2], p95: numbers[3], p99: numbers[4])
        meanColour = Array(numbers[5..<8])
        (contrast, sharpness, edges) = (numbers[8], numbers[9], numbers[10])
        (greyCountDeviation, entropy, colourfulness) = (numbers[11], numbers[12], numbers[13])
        (self.hash, self.mirroredHash, self.thumbnail) = (hash, mirroredHash, thumbnail)
    }
}
