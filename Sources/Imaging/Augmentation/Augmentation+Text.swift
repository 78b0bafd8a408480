// One line for an augmentation: for command lines, recipes and reports.
//
//     flip, crop(0.6), rotate(-5..10, p=0.5), erase(0.2, aspect=0.5..2), originals(0.3)

/// Why a line does not describe an augmentation.
public enum AugmentationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No operation has this name; `known` are those that could be meant.
    case unknownName(String, known: [String])
    /// An operation does not take this.
    case unknownOption(String, operation: String, known: [String])
    /// Something else than a number, or than two with ".." between them.
    case notANumber(String, operation: String)
    /// A parenthesis without its counterpart, or something behind it.
    case malformed(String)
    /// The same thing said twice.
    case repeated(String)
    /// A preset that would undo what stands before it.
    case presetNotFirst(String)
    /// Numbers that make no sense; the sentence says why.
    case outOfRange(String)

    /// A sentence for people.
    public var description: String {
        switch self {
        case .unknownName(let name, let known):
            "There is no augmentation '\(name)'. There are \(known.joined(separator: ", "))."
        case .unknownOption(let option, let operation, let known):
            known.isEmpty
                ? "'\(operation)' takes nothing like '\(option)'."
                : "'\(operation)' takes nothing like '\(option)'; it takes \(known.joined(separator: ", "))."
        case .notANumber(let text, let operation):
            "'\(text)' in '\(operation)' is not a number. Write one such as 0.2, or two such as 0.8..1.2."
        case .malformed(let text):
            "'\(text)' is not understood. Write operations as in 'flip,crop(0.6),rotate(10,p=0.5)'."
        case .repeated(let name):
            "'\(name)' is given twice. Keep one."
        case .presetNotFirst(let name):
            "'\(name)' is a whole set of operations, so it stands first."
        case .outOfRange(let sentence):
            sentence
        }
    }
}

extension Augmentation: CustomStringConvertible {
    private static let presets = ["none": none, "standard": standard, "strong": strong]

    /// Every name that the text form knows, for suggestions where a name is misspelt.
    public static let names = ["none", "standard", "strong"] + Operation.allCases.map(\.rawValue) + ["originals"]

    /// Reads a line such as "flip,crop(0.6),rotate(10,p=0.5)"; see `Operation` for the names.
    ///
    /// It may begin with a preset: "standard,no-flip,hue". What follows adds to it, and "no-" takes away.
    ///
    /// - Throws: `AugmentationError`.
    public init(_ text: String) throws(AugmentationError) {
        self.init()
        var seen: Set<String> = []
        for (index, item) in try Self.items(of: text, separatedBy: ",").enumerated() {
            let (name, arguments) = try Self.parts(of: item)
            let bare = name.hasPrefix("no-") ? String(name.dropFirst(3)) : name
            guard seen.insert(bare).inserted else { throw .repeated(bare) }
            if let preset = Self.presets[name], arguments == nil {
                guard index == 0 else { throw .presetNotFirst(name) }
                self = preset
            } else if name == "originals" {
                let values = arguments ?? []
                guard values.count == 1 else { throw .malformed(item) }
                originals = try Self.number(values[0], in: item)
            } else if let operation = Operation(rawValue: bare), bare == name {
                try add(operation, arguments ?? [], item)
            } else if let operation = Operation(rawValue: bare), arguments == nil {
                self = without(operation)
            } else if Operation(rawValue: bare) != nil || Self.presets[name] != nil {
                throw .malformed(item)
            } else {
                throw .unknownName(name, known: Self.names)
            }
        }
        if let problem { throw .outOfRange(problem) }
    }

    private mutating func add(
        _ operation: Operation, _ arguments: [String], _ item: String
    ) throws(AugmentationError) {
        let rule = operation.rule
        var range = rule.range(strength: rule.usualStrength)
        var (probability, aspectRatio): (Double?, ClosedRange<Double>?) = (nil, nil)
        for (index, argument) in arguments.enumerated() {
            if let equals = argument.firstIndex(of: "=") {
                let value = trimmed(argument[argument.index(after: equals)...])
                switch trimmed(argument[..<equals]) {
                case "p": probability = try Self.number(value, in: item)
                case "aspect" where rule.usualAspectRatio != nil: aspectRatio = try Self.range(value, in: item)
                default: throw Self.unknownOption(argument, operation)
                }
            } else if index == 0 && rule.form != .none {
                if argument.contains("..") {
                    range = try Self.range(argument, in: item)
                } else {
                    let strength = try Self.number(argument, in: item)
                    guard strength >= 0 else { throw .outOfRange(Self.belowZero(operation, argument)) }
                    range = rule.range(strength: strength)
                }
            } else {
                throw Self.unknownOption(argument, operation)
            }
        }
        self = with(operation, in: range, aspectRatio: aspectRatio, probability: probability)
    }

    /// The line that `init` reads as the same augmentation, without a preset's name.
    public var description: String {
        var items: [String] = operations.compactMap { operation in
            guard let setting = self[operation] else { return nil }
            let rule = operation.rule
            var arguments: [String] = []
            if rule.form != .none {
                arguments.append(rule.strength(of: setting.range).map { shortest($0) } ?? shortest(setting.range))
            }
            if let usual = rule.usualAspectRatio, setting.aspectRatio != usual {
                arguments.append("aspect=\(shortest(setting.aspectRatio))")
            }
            if setting.probability != rule.usualProbability { arguments.append("p=\(shortest(setting.probability))") }
            return operation.rawValue + (arguments.isEmpty ? "" : "(\(arguments.joined(separator: ",")))")
        }
        if items.isEmpty { items = ["none"] }
        if originals != Augmentation.none.originals { items.append("originals(\(shortest(originals)))") }
        return items.joined(separator: ",")
    }
}

extension Augmentation: Codable {
    /// Reads the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(container.decode(String.self))
        } catch let error as AugmentationError {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
        }
    }

    /// Writes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Augmentation {
    /// The parts of `text` between separators that stand outside parentheses; none where there is only white space.
    private static func items(of text: some StringProtocol, separatedBy separator: Character) throws(AugmentationError)
        -> [String]
    {
        var items = [""]
        var depth = 0
        for character in text {
            depth += character == "(" ? 1 : character == ")" ? -1 : 0
            guard depth >= 0 && depth <= 1 else { throw .malformed(String(text)) }
            if character == separator && depth == 0 {
                items.append("")
            } else {
                items[items.count - 1].append(character)
            }
        }
        let result = items.map { trimmed($0) }
        guard depth == 0, !result.contains("") else { throw .malformed(String(text)) }
        return result
    }

    /// "rotate(10, p=0.5)" → "rotate" and ["10", "p=0.5"]; no list where there are no parentheses.
    private static func parts(of item: String) throws(AugmentationError) -> (name: String, arguments: [String]?) {
        guard let open = item.firstIndex(of: "(") else { return (item.lowercased(), nil) }
        guard item.hasSuffix(")") else { throw .malformed(item) }
        let inner = item[item.index(after: open)...].dropLast()
        return (trimmed(item[..<open]).lowercased(), try items(of: inner, separatedBy: ","))
    }

    private static func number(_ text: String, in item: String) throws(AugmentationError) -> Double {
        guard let number = Double(text), number.isFinite else { throw .notANumber(text, operation: item) }
        return number
    }

    private static func range(_ text: String, in item: String) throws(AugmentationError) -> ClosedRange<Double> {
        // Swift's three dots are as good.
        let bounds = text.replacing("...", with: "..").split(separator: "..", omittingEmptySubsequences: false)
        guard bounds.count == 2 else { throw .notANumber(text, operation: item) }
        let (lower, upper) = (
            try number(trimmed(bounds[0]), in: item), try number(trimmed(bounds[1]), in: item)
        )
        guard lower <= upper else {
            throw .outOfRange("'\(text)' in '\(item)' runs from the larger number to the smaller one. Turn it around.")
        }
        return lower...upper
    }

    private static func unknownOption(_ option: String, _ operation: Operation) -> AugmentationError {
        var known = operation.rule.form == .none ? [] : ["a strength such as \(operation.example)"]
        known.append("p=…")
        if operation.rule.usualAspectRatio != nil { known.append("aspect=…") }
        return .unknownOption(option, operation: operation.rawValue, known: known)
    }

    private static func belowZero(_ operation: Operation, _ text: String) -> String {
        "The strength of \(operation.rawValue) is at least 0, not \(text). For other ranges write two numbers, such as "
            + "\(shortest(operation.rule.range(strength: operation.rule.usualStrength)))."
    }
}

private func trimmed(_ text: some StringProtocol) -> String {
    var text = text[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
}
