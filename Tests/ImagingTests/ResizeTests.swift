import Imaging
import Testing

@Suite struct ResizeTests {
    @Test(arguments: Golden.shared.resizes.indices)
    func `A resize is Pillow's, to the bit`(_ index: Int) {
        let golden = Golden.shared.resizes[index]
        let picture = formulaPicture(golden.from[0], golden.from[1]).resized(width: golden.to[0], height: golden.to[1])
        #expect(picture.pixels == Array(golden.rgb), "\(golden.from) to \(golden.to)")
    }

    @Test func `A picture of one colour keeps it in every size`() {
        let flat = Picture(width: 23, height: 17, pixels: (0..<23 * 17).flatMap { _ in [0, 255, 77] as [UInt8] })
        for (width, height) in [(1, 1), (5, 40), (100, 3), (22, 18)] {
            let resized = flat.resized(width: width, height: height)
            #expect(resized.pixels == (0..<width * height).flatMap { _ in [0, 255, 77] as [UInt8] })
        }
    }

    @Test func `Halving two pixels gives their mean, rounded up`() {
        // The triangle of half-width 2 around 1 weighs pixels 0 and 1, at distance ½, alike: (10 + 13) / 2 = 11.5 → 12.
        let picture = Picture(width: 2, height: 1, pixels: [10, 0, 255, 13, 0, 255])
        #expect(picture.resized(width: 1, height: 1).pixels == [12, 0, 255])
    }

    @Test func `Its own size changes nothing`() {
        let picture = formulaPicture(31, 12)
        #expect(picture.resized(width: 31, height: 12) == picture)
    }

    @Test func `A crop is the rows and columns that it names`() {
        let picture = formulaPicture(20, 15)
        let part = picture.cropped(x: 3, y: 4, width: 11, height: 6)
        for y in 0..<6 {
            for x in 0..<33 { #expect(part.pixels[33 * y + x] == picture.pixels[60 * (y + 4) + 9 + x]) }
        }
    }

    @Test func `Every orientation undone by its inverse gives the picture again`() {
        // Quarter turns are each other's inverse; the six others are their own.
        let picture = formulaPicture(45, 70)
        for orientation in Orientation.allCases {
            let inverse: Orientation =
                orientation == .rotatedRight ? .rotatedLeft : orientation == .rotatedLeft ? .rotatedRight : orientation
            #expect(picture.turned(orientation).turned(inverse) == picture, "\(orientation)")
        }
    }

    @Test func `A quarter turn to the right brings the bottom left pixel to the top left`() {
        // a b      e c a
        // c d  →   f d b
        // e f
        let picture = Picture(width: 2, height: 3, pixels: [1, 2, 3, 4, 5, 6].flatMap { [$0, $0, $0] })
        let turned = picture.turned(.rotatedRight)
        #expect((turned.width, turned.height) == (3, 2))
        #expect(stride(from: 0, to: 18, by: 3).map { turned.pixels[$0] } == [5, 3, 1, 6, 4, 2])
    }
}
