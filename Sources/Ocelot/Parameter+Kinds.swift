// Parameters of the usual kinds, each in a line: numbers, choices, yes or no.

import Learning
import Torch

extension Parameter {
    /// A number.
    static func number(
        _ name: String, _ aliases: [String], _ path: any WritableKeyPath<Refinement, Double> & Sendable,
        _ range: ClosedRange<Double>, _ help: String, _ methods: Set<ClassifierRecipe.Method>
    ) -> Parameter {
        Parameter(
            name: name, aliases: aliases, help: help, range: "\(plain(range.lowerBound)) to \(plain(range.upperBound))",
            methods: methods,
            read: { recipe, value, key in recipe.refinement[keyPath: path] = try realNumber(value.text, range, key) },
            write: { plain($0.refinement[keyPath: path]) })
    }

    /// A number, or a word that stands for none.
    static func optionalNumber(
        _ name: String, _ aliases: [String], _ path: any WritableKeyPath<Refinement, Double?> & Sendable,
        _ none: String,
        _ range: ClosedRange<Double>, _ help: String, _ methods: Set<ClassifierRecipe.Method>
    ) -> Parameter {
        Parameter(
            name: name, aliases: aliases, help: help,
            range: "\(none), or \(plain(range.lowerBound)) to \(plain(range.upperBound))", methods: methods,
            read: { recipe, value, key in
                recipe.refinement[keyPath: path] = value.text == none ? nil : try realNumber(value.text, range, key)
            }, write: { $0.refinement[keyPath: path].map(plain) ?? none })
    }

    /// A whole number.
    static func whole(
        _ name: String, _ aliases: [String], _ path: any WritableKeyPath<Refinement, Int> & Sendable,
        _ range: ClosedRange<Int>,
        _ help: String, _ methods: Set<ClassifierRecipe.Method>
    ) -> Parameter {
        Parameter(
            name: name, aliases: aliases, help: help, range: "\(range.lowerBound) to \(range.upperBound)",
            methods: methods,
            read: { recipe, value, key in recipe.refinement[keyPath: path] = try wholeNumber(value.text, range, key) },
            write: { "\($0.refinement[keyPath: path])" })
    }

    /// A whole number, or a word that stands for none.
    static func optionalWhole(
        _ name: String, _ aliases: [String], _ path: any WritableKeyPath<Refinement, Int?> & Sendable, _ none: String,
        _ range: ClosedRange<Int>, _ help: String, _ methods: Set<ClassifierRecipe.Method>
    ) -> Parameter {
        Parameter(
            name: name, aliases: aliases, help: help, range: "\(none), or \(range.lowerBound) to \(range.upperBound)",
            methods: methods,
            read: { recipe, value, key in
                recipe.refinement[keyPath: path] = value.text == none ? nil : try wholeNumber(value.text, range, key)
            }, write: { $0.refinement[keyPath: path].map { "\($0)" } ?? none })
    }

    /// Yes or no.
    static func flag(
        _ name: String, _ aliases: [String], _ path: any WritableKeyPath<Refinement, Bool> & Sendable, _ help: String,
        _ methods: Set<ClassifierRecipe.Method>
    ) -> Parameter {
        Parameter(
            name: name, aliases: aliases, help: help, range: "true or false", methods: methods,
            read: { recipe, value, key in recipe.refinement[keyPath: path] = try truth(value.text, key) },
            write: { "\($0.refinement[keyPath: path])" })
    }

    /// One of a few words.
    static func choice<Word: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ aliases: [String], _ path: any WritableKeyPath<Refinement, Word> & Sendable, _ help: String,
        _ methods: Set<ClassifierRecipe.Method>
    ) -> Parameter {
        let words = Word.allCases.map(\.rawValue)
        return Parameter(
            name: name, aliases: aliases, help: help, range: listed(words), methods: methods,
            read: { recipe, value, key in recipe.refinement[keyPath: path] = try word(value.text, key, words) },
            write: { $0.refinement[keyPath: path].rawValue })
    }

    /// One of a few words, or another that stands for none.
    static func choice<Word: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ aliases: [String], _ path: any WritableKeyPath<Refinement, Word?> & Sendable, _ none: String,
        _ help: String, _ methods: Set<ClassifierRecipe.Method>
    ) -> Parameter {
        let words = [none] + Word.allCases.map(\.rawValue)
        return Parameter(
            name: name, aliases: aliases, help: help, range: listed(words), methods: methods,
            read: { recipe, value, key in
                recipe.refinement[keyPath: path] = value.text == none ? nil : try word(value.text, key, words) as Word
            }, write: { $0.refinement[keyPath: path]?.rawValue ?? none })
    }

    private static func listed(_ words: [String]) -> String {
        words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
    }

    private static func word<Word: RawRepresentable<String>>(_ text: String, _ key: String, _ words: [String]) throws
        -> Word
    {
        guard let word = Word(rawValue: text.lowercased()) else {
            throw RecipeProblem.notOne(key: key, value: text, of: words)
        }
        return word
    }
}

/// Reads yes or no.
func truth(_ text: String, _ key: String) throws -> Bool {
    switch text.lowercased() {
    case "true", "yes", "1": return true
    case "false", "no", "0": return false
    default: throw RecipeProblem.notOne(key: key, value: text, of: ["true", "false"])
    }
}
