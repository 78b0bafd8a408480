// The parameter file: YAML in which every parameter is explained.

public import Foundation
import Yams

extension ClassifierRecipe {
    /// Reads the text of a parameter file; `path` is for messages.
    public init(yaml: String, from path: String) throws {
        self.init()
        let node: Node?
        do {
            node = try compose(yaml: yaml)
        } catch {
            let reason = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
            throw RecipeProblem.notYAML(path: path, reason: reason)
        }
        guard let node else { return }
        guard let mapping = node.mapping else {
            throw RecipeProblem.notYAML(path: path, reason: "it is not a list of 'name: value' lines")
        }
        var seen: [String: String] = [:]
        // A preset is what all others change, wherever it stands.
        let entries = Array(mapping)
        let (presets, others) = (entries.filter { $0.key == "preset" }, entries.filter { $0.key != "preset" })
        for (keyNode, valueNode) in presets + others {
            let line = keyNode.mark?.line ?? 0
            let key = keyNode.scalar?.string ?? ""
            do {
                let parameter = try Parameter.named(key)
                if let other = seen.updateValue(key, forKey: parameter.name) {
                    throw RecipeProblem.twice(key: key, other: other)
                }
                try parameter.set(&self, to: Self.text(of: valueNode), key)
            } catch let problem as RecipeProblem {
                throw RecipeProblem.line(path: path, line: line, problem: problem.description)
            }
        }
    }

    private static func text(of node: Node) -> String {
        switch node {
        case .scalar(let scalar): node.null == nil ? scalar.string : ""
        case .sequence(let sequence): sequence.map { text(of: $0) }.joined(separator: ", ")
        case .mapping, .alias: ""
        }
    }

    /// The parameter file of this recipe; without comments unless `explained`.
    public func yaml(explained: Bool = false) -> String {
        guard explained else {
            return Self.parameters.map { "\($0.name): \(Self.scalar($0.write(self)))\n" }.joined()
        }
        let head = """
            # Parameters of an Ocelot classifier. Each line can be left out; the values here are the defaults.
            # Train with: ocelot train classifier PHOTOS --config THIS_FILE

            """
        return head
            + Self.parameters.map { parameter in
                let names = parameter.aliases.joined(separator: ", ")
                let aliases = names.isEmpty ? "" : "\n# Also called: \(names)."
                return """

                    \(Self.wrapped(parameter.help))
                    # Allowed: \(parameter.range).\(aliases)
                    \(parameter.name): \(Self.scalar(parameter.write(self)))

                    """
            }.joined()
    }

    /// A value as YAML: in quotes where it has characters that would mean something else, such as those of a path.
    private static func scalar(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
                || "[], ._/:+-".utf8.contains(byte)
        }
        guard !isPlain || text.contains(": ") else { return text }
        return "'" + text.replacingOccurrences(of: "'", with: "''") + "'"
    }

    /// Text as comment lines of at most 100 characters.
    private static func wrapped(_ text: String) -> String {
        var lines = ["#"]
        for word in text.split(whereSeparator: \.isWhitespace) {
            if lines[lines.count - 1].count + 1 + word.count > 100 { lines.append("#") }
            lines[lines.count - 1] += " \(word)"
        }
        return lines.joined(separator: "\n")
    }
}

/// Starts a project: a folder with `ocelot.yaml`.
///
/// Nothing that is there is overwritten.
public func writeTemplate(to folder: URL) throws -> URL {
    let file = folder.appending(path: "ocelot.yaml")
    guard !FileManager.default.fileExists(atPath: file.path) else {
        throw RecipeProblem.exists(path: file.relativePath)
    }
    try writeWhole(Data(ClassifierRecipe().yaml(explained: true).utf8), to: file)
    return file
}
