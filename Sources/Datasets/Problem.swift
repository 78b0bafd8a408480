// What is wrong with a data set without making it useless.

/// Something about a data set that a person should know, and what to do about it.
public struct Problem: Codable, Hashable, Sendable {
    /// What is wrong.
    ///
    /// The raw values are relied on outside.
    public enum Kind: String, Codable, Sendable {
        case corrupt, unsupported, leak
        case exactDuplicates = "exact_duplicates"
        case conflictingLabels = "conflicting_labels"
        case fewImages = "few_images"
        case similarClassNames = "similar_class_names"
        case repeatedRows = "repeated_rows"
        case staleCorrection = "stale_correction"
        case noLabels = "no_labels"
    }

    /// What is wrong.
    public let kind: Kind
    /// The files it is about.
    public let paths: [String]
    /// What is wrong, in one sentence.
    public let message: String
    /// What to do, in one sentence.
    public let advice: String

    /// Makes a problem.
    public init(kind: Kind, paths: [String], message: String, advice: String) {
        (self.kind, self.paths, self.message, self.advice) = (kind, paths, message, advice)
    }
}
