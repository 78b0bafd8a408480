// What the names of the classes say about changes that would make one class into another.
//
// The rule behind all: a change is good as long as the photo still shows the same class. Names are all that is read here,
// so the absence of advice proves nothing.

public import Imaging

/// A warning that an augmentation may turn photos of one class into photos of another.
public struct AugmentationAdvice: Hashable, Sendable, CustomStringConvertible {
    /// The operations that should be switched off, of those that are in use.
    public let operations: [Augmentation.Operation]
    /// Two or three of the classes that show why, by name.
    public let classes: [String]
    /// Why, in words that follow "because": "left and right are what tells 'left' and 'right' apart".
    public let reason: String

    /// The warning in two sentences: what may go wrong, and what to write.
    public var description: String {
        let names = operations.map { "'\($0.rawValue)'" }
        let switches = operations.map { "no-\($0.rawValue)" }.joined(separator: ",")
        return
            "\(list(names, "and")) \(operations.count == 1 ? "makes" : "make") photos of one class look like another's, "
            + "because \(reason). Add '\(switches)' to the augmentation."
    }

    /// What should be switched off for these classes; nothing where their names raise no doubt.
    public static func advice(on augmentation: Augmentation, classes: [String]) -> [AugmentationAdvice] {
        let names = classes.map { (name: $0, words: words(of: $0)) }
        var result: [AugmentationAdvice] = []
        for rule in Rule.allCases {
            let operations = rule.operations(in: augmentation)
            guard !operations.isEmpty, let found = rule.classes(among: names) else { continue }
            let quoted = list(found.map { "'\($0)'" }, "and")
            result.append(
                AugmentationAdvice(
                    operations: operations, classes: found, reason: rule.reason.replacing("%", with: quoted)))
        }
        return result
    }

    /// "leftShoe_02" → ["left", "shoe", "02"].
    private static func words(of name: String) -> [String] {
        var words: [String] = []
        var last: Character?
        for character in name {
            guard character.isLetter || character.isNumber else {
                last = nil
                continue
            }
            let continues = last.map { $0.isNumber == character.isNumber && !($0.isLowercase && character.isUppercase) }
            if continues == true {
                words[words.count - 1].append(character)
            } else {
                words.append(String(character))
            }
            last = character
        }
        return words.map { $0.lowercased() }
    }
}

/// What can make two classes one.
private enum Rule: CaseIterable {
    case characters, leftAndRight, upAndDown, upright, colours, shades, sizes, shapes

    /// Words that mean one thing and its alternatives; two classes that differ by such words alone are at risk.
    private var alternatives: [Set<String>] {
        switch self {
        case .characters: []
        case .leftAndRight:
            [
                ["left", "right"], ["l", "r"], ["lefthand", "righthand"], ["leftward", "rightward"], ["east", "west"],
                ["clockwise", "anticlockwise", "counterclockwise"], ["port", "starboard"],
            ]
        case .upAndDown:
            [
                ["up", "down"], ["top", "bottom"], ["upper", "lower"], ["above", "below"], ["upward", "downward"],
                ["north", "south"], ["upright", "inverted"],
                ["clockwise", "anticlockwise", "counterclockwise"],
            ]
        case .upright:
            [
                ["horizontal", "vertical", "diagonal"], ["portrait", "landscape"], ["standing", "lying", "fallen"],
                ["upright", "tilted", "fallen", "inverted"],
            ]
        case .colours:
            [
                [
                    "red", "green", "blue", "yellow", "orange", "purple", "violet", "pink", "brown", "cyan", "magenta",
                    "turquoise", "beige", "grey", "gray",
                ], ["colour", "grey", "gray", "monochrome"], ["color", "grey", "gray", "monochrome"],
            ]
        case .shades:
            [
                ["black", "white", "grey", "gray", "silver"], ["dark", "light", "medium", "bright", "pale"],
                ["day", "night"], ["on", "off"],
            ]
        case .sizes:
            [
                [
                    "small", "medium", "large", "big", "little", "tiny", "huge", "giant", "mini", "xs", "s", "m", "l",
                    "xl",
                    "xxl",
                ], ["near", "far"], ["close", "far", "distant"],
            ]
        case .shapes:
            [
                [
                    "square", "rectangle", "diamond", "rhombus", "parallelogram", "trapezium", "trapezoid", "kite",
                    "rectangular",
                ],
                ["circle", "ellipse", "oval", "round", "circular"],
                ["straight", "slanted", "oblique", "italic", "roman", "upright"], ["wide", "narrow"],
            ]
        }
    }

    /// Why two classes are at risk; "%" is their names.
    var reason: String {
        switch self {
        case .characters: "% seem to be characters, which mirrored or upside down are others (b and d, 6 and 9)"
        case .leftAndRight: "left and right are what tells % apart"
        case .upAndDown: "up and down are what tells % apart"
        case .upright: "the orientation is what tells % apart"
        case .colours: "the colour is what tells % apart"
        case .shades: "light and dark are what tells % apart"
        case .sizes: "the size is what tells % apart"
        case .shapes: "the shape is what tells % apart"
        }
    }

    /// The operations in use that do the harm.
    func operations(in augmentation: Augmentation) -> [Augmentation.Operation] {
        func largestAngle(_ operation: Augmentation.Operation) -> Double {
            guard let range = augmentation[operation]?.range else { return 0 }
            return max(abs(range.lowerBound), abs(range.upperBound))
        }
        let harmful: [Augmentation.Operation] =
            switch self {
            // From the middle between two directions on, one is as near as the other.
            case .characters: [.flip, .verticalFlip] + (largestAngle(.rotate) > 45 ? [.rotate] : [])
            case .leftAndRight: [.flip] + (largestAngle(.rotate) > 90 ? [.rotate] : [])
            case .upAndDown: [.verticalFlip] + (largestAngle(.rotate) > 90 ? [.rotate] : [])
            case .upright: largestAngle(.rotate) > 30 ? [.rotate] : []
            case .colours: [.saturation, .hue]
            case .shades: [.brightness, .contrast]
            case .sizes: [.crop, .scale]
            case .shapes: [.shear]
            }
        return harmful.filter { augmentation[$0] != nil }
    }

    /// The first classes that are at risk, or nil.
    func classes(among names: [(name: String, words: [String])]) -> [String]? {
        if self == .characters {
            // Digits are often called "digit 7" or "seven", letters "letter_b"; a class or two may be called anything.
            let characters = names.filter { isCharacter($0.words) }
            return characters.count >= 2 && 2 * characters.count > names.count
                ? characters.prefix(3).map(\.name) : nil
        }
        for alternatives in alternatives {
            // Names that are the same but for one of the words.
            var first: [[String]: (name: String, word: String)] = [:]
            for (name, words) in names {
                for (place, word) in words.enumerated() where alternatives.contains(word) {
                    var rest = words
                    rest[place] = ""
                    if let other = first[rest], other.word != word { return [other.name, name] }
                    if first[rest] == nil { first[rest] = (name, word) }
                }
            }
        }
        return nil
    }

    private func isCharacter(_ words: [String]) -> Bool {
        let digits = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
        let introductions: Set = ["digit", "letter", "number", "character", "char", "glyph"]
        let rest = words.filter { !introductions.contains($0) }
        guard rest.count == 1, let word = rest.first else { return false }
        return word.count == 1 || digits.contains(word)
    }
}
