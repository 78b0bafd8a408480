import Datasets
import Imaging
import Testing

@Suite struct AugmentationAdviceTests {
    /// Everything that any rule could object to.
    private let everything = Augmentation.Operation.allCases.reduce(Augmentation.none) { $0.with($1) }
        .with(.rotate, 180)

    private func warned(_ classes: [String], _ augmentation: Augmentation) -> [[Augmentation.Operation]] {
        AugmentationAdvice.advice(on: augmentation, classes: classes).map(\.operations)
    }

    @Test func `Left and right shoes are not mirrored`() throws {
        let advice = AugmentationAdvice.advice(on: .standard, classes: ["left_shoe", "sock", "right_shoe"])
        #expect(
            advice.map(\.description) == [
                "'flip' makes photos of one class look like another's, because left and right are what tells "
                    + "'left_shoe' and 'right_shoe' apart. Add 'no-flip' to the augmentation."
            ])
        #expect(advice.first?.classes == ["left_shoe", "right_shoe"])
        #expect(warned(["leftShoe", "rightShoe"], .standard) == [[.flip]])
        #expect(warned(["Left", "Right"], everything) == [[.flip, .rotate]])
        #expect(warned(["left_shoe", "right_shoe"], Augmentation.standard.without(.flip)) == [])
    }

    @Test func `What is added to the line silences the advice`() throws {
        for classes in [["left", "right"], ["b", "d"], ["red apple", "green apple"], ["small box", "large box"]] {
            var line = everything.description
            for advice in AugmentationAdvice.advice(on: everything, classes: classes) {
                for operation in advice.operations {
                    // The same effect as the advice: the line without the operation.
                    line = try Augmentation(line).without(operation).description
                    #expect(advice.description.contains("no-\(operation.rawValue)"))
                }
            }
            #expect(AugmentationAdvice.advice(on: try Augmentation(line), classes: classes).isEmpty, "\(classes)")
        }
    }

    @Test func `Characters are neither mirrored nor turned upside down`() throws {
        #expect(warned(["b", "d", "p", "q"], everything) == [[.flip, .verticalFlip, .rotate]])
        #expect(warned((0...9).map(String.init), .standard) == [[.flip]])
        #expect(warned(["six", "nine"], .standard) == [[.flip]])
        #expect(warned(["digit_6", "digit_9", "none of them"], .standard) == [[.flip]])
        // Ten degrees make no 9 of a 6.
        #expect(warned(["6", "9"], Augmentation.none.with(.rotate, 10)) == [])
        #expect(warned(["6", "9"], Augmentation.none.with(.rotate, 180)) == [[.rotate]])
        // One letter among words is a word.
        #expect(warned(["x", "cat", "dog"], .standard) == [])
        let sentence = try #require(AugmentationAdvice.advice(on: .standard, classes: ["b", "d"]).first).description
        #expect(
            sentence.contains("because 'b' and 'd' seem to be characters, which mirrored or upside down are others"))
    }

    @Test func `Green and red apples keep their colours`() {
        #expect(warned(["green apple", "red apple"], everything) == [[.saturation, .hue]])
        #expect(warned(["Green", "Red"], Augmentation.none.with(.hue)) == [[.hue]])
        #expect(warned(["green apple", "red apple"], .standard) == [])
        // Their colours are not all that tells these apart.
        #expect(warned(["green pepper", "red apple"], everything) == [])
        #expect(warned(["black king", "white king"], everything) == [[.brightness, .contrast]])
    }

    @Test func `Orientation, size and shape are kept where they count`() {
        #expect(warned(["top view", "bottom view"], everything) == [[.verticalFlip, .rotate]])
        #expect(warned(["arrow_up", "arrow_down"], Augmentation.none.with(.verticalFlip)) == [[.verticalFlip]])
        #expect(warned(["horizontal", "vertical"], everything) == [[.rotate]])
        #expect(warned(["small dog", "large dog"], everything) == [[.crop, .scale]])
        #expect(warned(["square", "diamond"], everything) == [[.shear]])
    }

    @Test func `Ordinary classes raise no doubt`() {
        let classes = [
            "cardboard", "glass", "metal", "paper", "plastic", "trash", "blackbird", "upholstery", "copyright",
        ]
        #expect(warned(classes, everything) == [])
        #expect(warned([], everything) == [])
        #expect(warned(["cat", "dog"], .none) == [])
    }
}
