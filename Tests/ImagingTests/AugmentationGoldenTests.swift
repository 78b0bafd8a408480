// Colours, blur, crops, maps and draws against torchvision's.

import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct AugmentationGoldenTests {
    /// Tests/Golden/augmentation.json, made by Tools/golden/augmentation.py.
    struct Golden: Decodable {
        struct Colour: Decodable {
            let operation: String
            let value: Double
            let rgb: Data
        }
        struct Blur: Decodable {
            let deviation: Double
            let rgb: Data
        }
        struct Crop: Decodable {
            let from, box: [Int]
            let isMirrored, isFlipped: Bool
            let tolerance: Int
            let rgb: Data
        }
        struct Affine: Decodable {
            let angle, zoom: Double
            let rgb, isInside: Data
        }
        struct Draws: Decodable {
            let size: [Int]
            let scale, ratio: [Double]
            /// Mean and standard error of each statistic.
            let means: [String: [Double]]
        }
        struct Plan: Decodable {
            let seed: UInt64
            let rotation, zoom, shearX, shearY, brightness, contrast, saturation, hue, blur, noise: Double
            let box: [Int]
            let erased: [Double]
            let noiseSeed, after: String
        }
        let side: Int
        let colours: [Colour]
        let mixed: Data
        let blurs: [Blur]
        let crops: [Crop]
        let affines: [Affine]
        let draws: [Draws]
        let plans: [Plan]
    }

    private let golden: Golden
    /// Leaves a picture of `golden.side` as it is.
    private let plain: Preprocessing

    init() throws {
        golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: Fixtures.golden("augmentation.json")))
        plain = Preprocessing(resize: .squash, side: golden.side)
    }

    private func changed(_ change: (inout AugmentationPlan) -> Void) -> [UInt8] {
        var plan = AugmentationPlan()
        change(&plan)
        return plain(formulaPicture(golden.side, golden.side), augmentation: plan)
    }

    @Test func `Colours are torchvision's, to the bit`() {
        for colour in golden.colours {
            let ours = changed { plan in
                switch colour.operation {
                case "brightness": plan.brightness = colour.value
                case "contrast": plan.contrast = colour.value
                case "saturation": plan.saturation = colour.value
                default: plan.hue = colour.value
                }
            }
            #expect(ours == Array(colour.rgb), "\(colour.operation) \(colour.value)")
        }
    }

    @Test func `All colour changes together are brightness, contrast, saturation and hue, in this order`() {
        let ours = changed { ($0.brightness, $0.contrast, $0.saturation, $0.hue) = (1.1, 0.9, 1.3, -0.05) }
        #expect(ours == Array(golden.mixed))
    }

    @Test func `A blur is torchvision's within a level`() {
        // Ours is rounded to bytes between rows and columns: half a level, and half a level at the end.
        for blur in golden.blurs {
            #expect(largestDifference(changed { $0.blur = blur.deviation }, blur.rgb) <= 1, "\(blur.deviation)")
        }
    }

    @Test func `A crop with flips is Pillow's resize of the same box`() {
        for crop in golden.crops {
            let (width, height, w, h) = (crop.from[0], crop.from[1], crop.box[2], crop.box[3])
            // In the middle of what is rounded down to the box's corner.
            let (x, y) = (
                (Double(crop.box[0]) + 0.5) / Double(width - w + 1),
                (Double(crop.box[1]) + 0.5) / Double(height - h + 1)
            )
            var plan = AugmentationPlan()
            plan.crop = .init(
                area: Double(w * h) / Double(width * height), aspectRatio: Double(w) / Double(h), x: x, y: y)
            (plan.isMirrored, plan.isFlipped) = (crop.isMirrored, crop.isFlipped)
            let ours = Preprocessing(side: golden.side)(formulaPicture(width, height), augmentation: plan)
            #expect(largestDifference(ours, crop.rgb) <= crop.tolerance, "\(crop.box) of \(crop.from)")
        }
    }

    @Test func `Turning and enlarging are torchvision's where the picture fills the pixel`() {
        for affine in golden.affines {
            let ours = changed { ($0.rotation, $0.zoom) = (affine.angle, affine.zoom) }
            var compared = 0
            for (pixel, inside) in affine.isInside.enumerated() where inside == 1 {
                compared += 1
                for index in 3 * pixel..<3 * pixel + 3 {
                    // Fractions of a pixel have 11 bits: 2 · 255 / 4096 of a level, and the rounding.
                    #expect(abs(Int(ours[index]) - Int(affine.rgb[index])) <= 1, "\(affine.angle)°, byte \(index)")
                }
            }
            #expect(compared > 300)
        }
    }

    @Test func `A plan's numbers are those that follow from the seed`() throws {
        var augmentation = Augmentation.none.with(originals: 0)
        for operation in Augmentation.Operation.allCases { augmentation = augmentation.with(operation, probability: 1) }
        func near(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-12 }
        for expected in golden.plans {
            var generator = SeededGenerator(state: expected.seed)
            let plan = augmentation.plan(using: &generator)
            #expect(plan.isMirrored && plan.isFlipped)
            let pairs = [
                (plan.rotation, expected.rotation), (plan.zoom, expected.zoom), (plan.shearX, expected.shearX),
                (plan.shearY, expected.shearY), (plan.brightness, expected.brightness),
                (plan.contrast, expected.contrast), (plan.saturation, expected.saturation), (plan.hue, expected.hue),
                (plan.blur, expected.blur), (plan.noise, expected.noise),
            ]
            for (ours, theirs) in pairs { #expect(near(ours, theirs), "seed \(expected.seed)") }
            #expect(plan.noiseSeed == UInt64(expected.noiseSeed))
            let erased = try #require(plan.erased)
            for (ours, theirs) in zip([erased.x, erased.y, erased.width, erased.height], expected.erased) {
                #expect(near(ours, theirs), "seed \(expected.seed)")
            }
            #expect(box(of: plan, width: 500, height: 375) == expected.box)
            #expect(generator.next() == UInt64(expected.after), "as many numbers are drawn")
        }
    }

    /// The part that a plan crops, read from the map.
    private func box(of plan: AugmentationPlan, width: Int, height: Int) -> [Int] {
        var onlyCrop = AugmentationPlan()
        onlyCrop.crop = plan.crop
        let map = Preprocessing(side: 100).geometry(width: width, height: height, augmentation: onlyCrop)
        return [-map.dx / map.xx, -map.dy / map.yy, 100 / map.xx, 100 / map.yy].map { Int($0.rounded()) }
    }

    @Test func `Crops are distributed as RandomResizedCrop's`() {
        for draws in golden.draws {
            let (width, height) = (draws.size[0], draws.size[1])
            let augmentation = Augmentation.none.with(originals: 0).with(
                .crop, in: draws.scale[0]...draws.scale[1], aspectRatio: draws.ratio[0]...draws.ratio[1])
            var generator = SeededGenerator(state: 11)
            var sums: [String: Double] = [:]
            let count = 4000
            for _ in 0..<count {
                let box = box(of: augmentation.plan(using: &generator), width: width, height: height).map(Double.init)
                sums["area", default: 0] += box[2] * box[3] / Double(width * height)
                sums["logRatio", default: 0] += log(box[2] / box[3])
                sums["left", default: 0] += box[0] / Double(width)
                sums["top", default: 0] += box[1] / Double(height)
                sums["isWide", default: 0] += box[2] == Double(width) ? 1 : 0
            }
            for (name, mean) in draws.means {
                let ours = (sums[name] ?? 0) / Double(count)
                // The difference of two such means deviates by √2 standard errors; a thousandth where there is no spread.
                #expect(abs(ours - mean[0]) <= 5 * 2.0.squareRoot() * mean[1] + 0.001, "\(name) for \(draws.size)")
            }
        }
    }
}
