// Classes by name: a data set whose classes are not the model's is never scored by position.

/// How the classes of a data set differ from those of a model.
public struct ClassMismatch: Error, Hashable, Sendable, CustomStringConvertible {
    /// Classes of the data set that the model does not know.
    public var extra: [String]
    /// Classes of the model that the data set does not have.
    public var missing: [String]
    /// Pairs that differ in case, spaces, hyphens and underscores only: the data set's name and the model's.
    public var alike: [String: String]

    /// What differs, and what to do.
    public var description: String {
        var sentences = ["The classes of the data set are not those of the model."]
        if !extra.isEmpty { sentences.append("Only in the data set: \(list(extra)).") }
        if !missing.isEmpty { sentences.append("Only in the model: \(list(missing)).") }
        if extra.isEmpty {
            sentences.append("Add images of what is missing, or say that only some of the classes are to be scored.")
        } else {
            let from = extra.first { alike[$0] != nil } ?? extra[0]
            let to = alike[from] ?? missing.first ?? "CLASS"
            sentences.append("Rename the folders, or say which is which, as in '\(from)=\(to)'.")
        }
        return sentences.joined(separator: " ")
    }

    private func list(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }
}

extension ModelManifest {
    /// For each class of a data set its index among the model's classes, so that images are scored by name.
    ///
    /// - Parameters:
    ///   - names: The classes of the data set, in any order.
    ///   - mapping: What a class of the data set is called in the model, where the two differ.
    ///   - acceptsMissing: Whether the data set may lack some of the model's classes.
    /// - Returns: One index a name, in the order of `names`.
    /// - Throws: `ClassMismatch` if the data set has a class that the model does not know, or lacks one.
    public func indices(
        ofClasses names: [String], mapping: [String: String] = [:], acceptsMissing: Bool = false
    ) throws(ClassMismatch) -> [Int] {
        let indices = names.map { name in classes.firstIndex(of: mapping[name] ?? name) }
        let reached = Set(indices.compactMap { $0 })
        let extra = zip(names, indices).filter { $0.1 == nil }.map(\.0)
        let missing = classes.indices.filter { !reached.contains($0) }.map { classes[$0] }
        guard extra.isEmpty, missing.isEmpty || acceptsMissing else {
            var alike: [String: String] = [:]
            for name in extra { alike[name] = missing.first { plain($0) == plain(name) } }
            throw ClassMismatch(extra: extra, missing: missing, alike: alike)
        }
        return indices.compactMap { $0 }
    }
}

/// A class name without what people write differently from one day to the next.
private func plain(_ name: String) -> String {
    name.lowercased().filter { !$0.isWhitespace && $0 != "-" && $0 != "_" }
}
