// The map from a picture to what a network sees, against the pixels that come out.

import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct AugmentationGeometryTests {
    /// Black, with a white block; black too is what lies outside.
    private func marked(_ width: Int, _ height: Int, _ block: Rectangle) -> Picture {
        var picture = Picture(width: width, height: height, pixels: [UInt8](repeating: 0, count: 3 * width * height))
        for y in Int(block.y)..<Int(block.y + block.height) {
            for x in Int(block.x)..<Int(block.x + block.width) {
                for c in 0..<3 { picture.pixels[3 * (y * width + x) + c] = 255 }
            }
        }
        return picture
    }

    private func preprocessing(_ resize: Preprocessing.Resize, side: Int) -> Preprocessing {
        Preprocessing(resize: resize, side: side, mean: [0, 0, 0])
    }

    /// The middle of what is not black, in pixels, and how much of it there is, in white pixels.
    private func centre(of square: [UInt8], side: Int) -> (x: Double, y: Double, mass: Double) {
        var (x, y, mass) = (0.0, 0.0, 0.0)
        for row in 0..<side {
            for column in 0..<side {
                let value = Double(square[3 * (row * side + column)]) / 255
                x += value * (Double(column) + 0.5)
                y += value * (Double(row) + 0.5)
                mass += value
            }
        }
        return (x / mass, y / mass, mass)
    }

    private let augmentation = [
        Augmentation.Operation.flip, .verticalFlip, .rotate, .crop, .scale, .shear,
    ].reduce(Augmentation.none.with(originals: 0)) { $0.with($1, probability: 0.6) }.with(
        .rotate, 180, probability: 0.6)

    @Test(arguments: Preprocessing.Resize.allCases)
    func `A block ends up where the map says`(_ resize: Preprocessing.Resize) throws {
        let side = 112
        let preprocessing = preprocessing(resize, side: side)
        var tested = 0
        for seed in 0..<120 as Range<UInt64> {
            var generator = SeededGenerator(state: seed)
            let (width, height) = [(200, 150), (150, 230), (60, 50), (300, 100)][Int(seed % 4)]
            let size = max(8, width / 12)
            let block = Rectangle(
                x: Double(generator.next() % UInt64(width - size)), y: Double(generator.next() % UInt64(height - size)),
                width: Double(size), height: Double(size))
            let plan = augmentation.plan(using: &generator)
            let map = preprocessing.geometry(width: width, height: height, augmentation: plan)
            let moved = map(block)
            // Only whole blocks have their middle where the map says: two pixels from the edge, for the filter's reach.
            let reach = 2 + max(hypot(map.xx, map.yx), hypot(map.xy, map.yy))
            let room = Double(side) - 2 * reach
            let inner = Rectangle(x: reach, y: reach, width: room, height: room)
            guard map.visiblePart(of: block, in: inner, atLeast: 0.999999) != nil else { continue }
            tested += 1
            let picture = marked(width, height, block)
            let found = centre(of: preprocessing(picture, augmentation: plan), side: side)
            let expected = map(x: block.x + block.width / 2, y: block.y + block.height / 2)
            #expect(hypot(found.x - expected.x, found.y - expected.y) < 0.15, "seed \(seed), \(plan.captions)")
            // The determinant is how much larger areas become.
            let mass = block.area * abs(map.xx * map.yy - map.xy * map.yx)
            #expect(abs(found.mass / mass - 1) < 0.05, "seed \(seed), \(plan.captions)")
            #expect(moved.area >= 0.99 * mass)
        }
        #expect(tested > 50)
    }

    @Test func `The same holds for a JPEG that is decoded at a fraction of its size`() throws {
        let preprocessing = preprocessing(.crop, side: 96)
        let block = Rectangle(x: 620, y: 450, width: 90, height: 70)
        let bytes = try marked(1301, 999, block).jpeg(quality: 95)
        var tested = 0
        for seed in 0..<30 as Range<UInt64> {
            var generator = SeededGenerator(state: seed)
            let plan = augmentation.plan(using: &generator)
            let map = preprocessing.geometry(width: 1301, height: 999, augmentation: plan)
            guard
                map.visiblePart(of: block, in: Rectangle(x: 3, y: 3, width: 90, height: 90), atLeast: 0.999999) != nil
            else { continue }
            tested += 1
            let found = centre(of: try preprocessing(bytes, augmentation: plan), side: 96)
            let expected = map(x: 665, y: 485)
            // Ringing around the block in the JPEG weighs a little.
            #expect(hypot(found.x - expected.x, found.y - expected.y) < 0.5, "seed \(seed), \(plan.captions)")
        }
        #expect(tested > 10)
    }

    @Test func `Without augmentation the map is that of the resize`() {
        // 200 × 150 → shorter side 114 (256 / 224 · 100 = 114.28…), 152 × 114; (152 − 100) / 2 = 26, (114 − 100) / 2 = 7.
        let crop = Preprocessing(side: 100).geometry(width: 200, height: 150)
        #expect(crop == AffineMap(xx: 0.76, yy: 0.76, dx: -26, dy: -7))
        let squash = Preprocessing(resize: .squash, side: 100).geometry(width: 200, height: 50)
        #expect(squash == AffineMap(xx: 0.5, yy: 2))
        // 100 × 75 with 12.5 above, rounded to the even 12.
        let letterbox = Preprocessing(resize: .letterbox, side: 100).geometry(width: 200, height: 150)
        #expect(letterbox == AffineMap(xx: 0.5, yy: 0.5, dy: 12))
    }

    @Test func `A crop keeps a squashed picture's proportions and a letterboxed one's`() {
        // A quarter of the area in the middle, once as wide as the picture's proportions: (50, 25) to (150, 75).
        var plan = AugmentationPlan()
        plan.crop = .init(area: 0.25, aspectRatio: 1, x: 0.5, y: 0.5)
        let squash = Preprocessing(resize: .squash, side: 100).geometry(width: 200, height: 100, augmentation: plan)
        #expect(
            squash(Rectangle(x: 50, y: 25, width: 100, height: 50)) == Rectangle(x: 0, y: 0, width: 100, height: 100))
        let letterbox = Preprocessing(resize: .letterbox, side: 100)
            .geometry(width: 200, height: 100, augmentation: plan)
        #expect(
            letterbox(Rectangle(x: 50, y: 25, width: 100, height: 50)) == Rectangle(x: 0, y: 25, width: 100, height: 50)
        )
        // Above and below it the picture goes on, so there is no padding.
        let white = Picture(width: 200, height: 100, pixels: [UInt8](repeating: 255, count: 60_000))
        #expect(preprocessing(.letterbox, side: 100)(white, augmentation: plan).allSatisfy { $0 == 255 })
        // √(0.25 · 200 · 100) = 70.7…, a square of 71, whose left side is 0.5 · (200 − 71 + 1) = 65; 0.5 · 30 = 15.
        let crop = Preprocessing(side: 71).geometry(width: 200, height: 100, augmentation: plan)
        #expect(crop(Rectangle(x: 65, y: 15, width: 71, height: 71)) == Rectangle(x: 0, y: 0, width: 71, height: 71))
    }

    @Test func `A turned picture without edges shows no padding inside, and padding outside`() {
        // White everywhere: the corners of a square turned by 45° lie outside, the middle inside.
        let white = Picture(width: 80, height: 80, pixels: [UInt8](repeating: 255, count: 19_200))
        let preprocessing = preprocessing(.squash, side: 40)
        var plan = AugmentationPlan()
        plan.rotation = 45
        let square = preprocessing(white, augmentation: plan)
        for y in 0..<40 {
            for x in 0..<40 {
                // The turned square is |x| + |y| ≤ 20 · √2 around the middle.
                let distance = abs(Double(x) - 19.5) + abs(Double(y) - 19.5) - 20 * 2.0.squareRoot()
                let value = square[3 * (40 * y + x)]
                if distance < -1.5 { #expect(value == 255) }
                if distance > 1.5 { #expect(value == 0) }
            }
        }
        // In `crop` mode what lies beside the window is seen when the picture is made smaller.
        plan = AugmentationPlan()
        plan.zoom = 0.9
        let cropped = self.preprocessing(.crop, side: 70)(white, augmentation: plan)
        #expect(cropped.allSatisfy { $0 == 255 })  // 70 / 0.9 = 77.8 of the 80 to which 256 / 224 · 70 is resized.
    }

    @Test func `A map and its inverse cancel out`() throws {
        for seed in 0..<40 as Range<UInt64> {
            var generator = SeededGenerator(state: seed)
            let map = Preprocessing(side: 64).geometry(
                width: 97, height: 131, augmentation: augmentation.plan(using: &generator))
            let same = map.then(try #require(map.inverse))
            let point = same(x: 31, y: -7)
            #expect(abs(point.x - 31) < 1e-9 && abs(point.y + 7) < 1e-9, "seed \(seed)")
        }
        #expect(AffineMap(xx: 1, xy: 2, yx: 2, yy: 4).inverse == nil)
    }

    @Test func `A box is clipped to the frame, and dropped where too little of it is seen`() {
        let map = AffineMap(xx: -1, yy: 1, dx: 10)  // A mirror at x = 5.
        let frame = Rectangle(x: 0, y: 0, width: 10, height: 10)
        let box = Rectangle(x: -3, y: 2, width: 4, height: 5)
        #expect(map(box) == Rectangle(x: 9, y: 2, width: 4, height: 5))
        #expect(map.visiblePart(of: box, in: frame, atLeast: 0.25) == Rectangle(x: 9, y: 2, width: 1, height: 5))
        #expect(map.visiblePart(of: box, in: frame, atLeast: 0.26) == nil)
        #expect(map.visiblePart(of: Rectangle(x: 20, y: 2, width: 4, height: 5), in: frame, atLeast: 0) == nil)
    }

    @Test(.enabled(if: Fixtures.photos != nil))
    func `A real photo is changed alike from its file and from its pixels`() throws {
        let folder = try #require(Fixtures.photos).appending(path: "fridge-objects-150px/can")
        let file = try #require(
            try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil).first)
        let bytes = try Data(contentsOf: file)
        let picture = try Picture.decode(bytes)
        for seed in 0..<20 as Range<UInt64> {
            var generator = SeededGenerator(state: seed)
            let plan = Augmentation.strong.plan(using: &generator)
            // Photos of 150 pixels are never reduced for a square of 128.
            let preprocessing = Preprocessing(side: 128)
            #expect(try preprocessing(bytes, augmentation: plan) == preprocessing(picture, augmentation: plan))
        }
    }
}
