// The line that describes an augmentation.

import Foundation
import Imaging
import Testing

@Suite struct AugmentationTextTests {
    @Test func `A line is read as it is written`() throws {
        let line =
            "flip,rotate(-5..10,p=0.5),crop(0.6),brightness(0.2),noise(0.02),erase(0.2,aspect=0.5..2),originals(0.3)"
        let augmentation = try Augmentation(line)
        #expect(augmentation.description == line)
        #expect(augmentation[.flip]?.probability == 0.5)
        #expect(augmentation[.rotate]?.range == -5...10)
        #expect(augmentation[.rotate]?.probability == 0.5)
        #expect(augmentation[.crop]?.range == 0.6...1)
        #expect(augmentation[.crop]?.aspectRatio == 3.0 / 4...4.0 / 3)
        #expect(augmentation[.brightness]?.range == 0.8...1.2)
        #expect(augmentation[.noise]?.range == 0...0.02)
        #expect(augmentation[.erase]?.range == 0.02...0.2)
        #expect(augmentation[.erase]?.aspectRatio == 0.5...2)
        #expect(augmentation[.hue] == nil)
        #expect(augmentation.originals == 0.3)
    }

    @Test func `Spaces, capitals, presets and what is taken away are understood`() throws {
        #expect(try Augmentation(" Flip , crop( 0.6 ) ") == Augmentation.none.with(.flip).with(.crop, 0.6))
        #expect(try Augmentation("standard") == .standard)
        #expect(try Augmentation("strong,no-hue") == Augmentation.strong.without(.hue))
        #expect(try Augmentation("standard,rotate(5)") == Augmentation.standard.with(.rotate, 5))
        #expect(try Augmentation("none") == .none)
        #expect(try Augmentation("rotate") == Augmentation.none.with(.rotate, 10))
        #expect(try Augmentation("brightness(0.9...1.5)")[.brightness]?.range == 0.9...1.5)
        #expect(Augmentation.none.description == "none")
        #expect(Augmentation.standard.description == "flip,crop(0.6),brightness(0.2),contrast(0.2)")
    }

    @Test func `Every augmentation is read from its own line as the same`() throws {
        var generator = SeededGenerator(state: 2)
        func unit() -> Double { Double(generator.next() >> 11) * 0x1p-53 }
        for round in 0..<300 {
            var augmentation = Augmentation.none.with(originals: round % 3 == 0 ? 0.2 : unit())
            for operation in Augmentation.Operation.allCases where unit() < 0.5 {
                let strength = (unit() * 30).rounded() / 100
                augmentation =
                    unit() < 0.5
                    ? augmentation.with(operation, max(strength, 0.01), probability: 0.01 + 0.9 * unit())
                    : augmentation.with(operation, in: 0.2 + 0.1 * unit()...0.4, aspectRatio: 0.3...2 + unit())
            }
            try #require(augmentation.problem == nil)
            #expect(try Augmentation(augmentation.description) == augmentation, "\(augmentation)")
            let data = try JSONEncoder().encode([augmentation])
            #expect(try JSONDecoder().decode([Augmentation].self, from: data) == [augmentation])
        }
    }

    @Test(arguments: [
        ("flop", "There is no augmentation 'flop'. There are none, standard, strong, flip, vflip,"),
        ("flip,", "'flip,' is not understood."), ("", "'' is not understood."),
        ("rotate(10", "'rotate(10' is not understood."), ("rotate(10)x", "'rotate(10)x' is not understood."),
        ("rotate((1))", "'rotate((1))' is not understood."),
        ("no-flip(1)", "'no-flip(1)' is not understood."), ("originals", "'originals' is not understood."),
        ("flip,flip", "'flip' is given twice."), ("flip,no-flip", "'flip' is given twice."),
        ("flip,standard", "'standard' is a whole set of operations, so it stands first."),
        ("rotate(ten)", "'ten' in 'rotate(ten)' is not a number."),
        ("rotate(1..2..3)", "'1..2..3' in 'rotate(1..2..3)' is not a number."),
        ("rotate(nan)", "'nan' in 'rotate(nan)' is not a number."),
        ("rotate(5..1)", "'5..1' in 'rotate(5..1)' runs from the larger number to the smaller one."),
        ("flip(0.5)", "'flip' takes nothing like '0.5'; it takes p=…."),
        ("rotate(5,6)", "'rotate' takes nothing like '6'; it takes a strength such as rotate(10), p=…."),
        ("rotate(aspect=1..2)", "'rotate' takes nothing like 'aspect=1..2'"),
        (
            "rotate(-5)",
            "The strength of rotate is at least 0, not -5. For other ranges write two numbers, such as -10..10."
        ),
        ("rotate(200)", "The strength of rotate (degrees) lies between -180 and 180; -200..200 does not."),
        ("shear(45)", "The strength of shear (degrees) lies between -40 and 40; -45..45 does not."),
        ("crop(1.5)", "The strength of crop (share of the area) lies between 0.01 and 1; 1..1.5 does not."),
        ("brightness(2)", "The strength of brightness (a factor) lies between 0 and 10; -1..3 does not."),
        ("hue(0.6)", "The strength of hue (turns of the colour circle) lies between -0.5 and 0.5; -0.6..0.6 does not."),
        ("flip(p=0)", "The probability of flip is above 0 and at most 1, not 0.0; 'no-flip' switches it off."),
        ("flip(p=1.5)", "The probability of flip is above 0 and at most 1, not 1.5"),
        ("crop(aspect=0..1)", "The ratio of width to height of crop lies between 0.1 and 10; 0..1 does not."),
        ("originals(1.5)", "The share of untouched originals is 0 to 1, not 1.5."),
    ])
    func `What is wrong is said`(_ text: String, _ sentence: String) throws {
        let error = try #require(throws: AugmentationError.self) { try Augmentation(text) }
        #expect(error.description.hasPrefix(sentence), "\(error)")
        let json = try JSONEncoder().encode([text])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Augmentation].self, from: json) }
    }

    @Test func `Too few originals are worth a warning`() throws {
        #expect(Augmentation.standard.warning == nil)
        #expect(Augmentation.none.with(originals: 0).warning == nil)
        let warning = try #require(Augmentation.standard.with(originals: 0.1).warning)
        #expect(warning.hasPrefix("Only 0.1 of the photos stay as they are; at least 0.2 should"))
    }

    @Test func `The presets make sense, and every operation has help and an example that is read`() throws {
        for preset in [Augmentation.none, .standard, .strong] {
            #expect(preset.problem == nil && preset.originals >= 0.2)
        }
        for operation in Augmentation.Operation.allCases {
            #expect(try Augmentation(operation.example) == Augmentation.none.with(operation))
            #expect(operation.help.hasSuffix(".") && operation.help.count > 40)
            #expect(Augmentation.names.contains(operation.rawValue))
        }
    }
}
