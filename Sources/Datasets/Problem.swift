// What is wrong with a data set without making it useless.

/// Something about a data set that a person should know, and what to do about it.
public struct Problem: Codable, Hashable, Sendable {
    /// What is wrong, the most important first.
    ///
    /// What makes measured accuracy wrong comes first, then what is wrong in the data, then what there is too little of, then
    /// what single pictures are like. The raw values are relied on outside.
    public enum Kind: String, Codable, CaseIterable, Sendable {
        case leak
        case conflictingLabels = "conflicting_labels"
        case missingClass = "missing_class"
        case corrupt
        case staleCorrection = "stale_correction"
        case noLabels = "no_labels"
        case similarClassNames = "similar_class_names"
        case fewImages = "few_images"
        case imbalance
        case exactDuplicates = "exact_duplicates"
        case nearDuplicates = "near_duplicates"
        case drift
        case lowInformation = "low_information"
        case dark, light, blurry
        case grayscale
        case oddAspectRatio = "odd_aspect_ratio"
        case oddSize = "odd_size"
        case largeImages = "large_images"
        case unsupported
        case repeatedRows = "repeated_rows"
    }

    /// What is wrong.
    public let kind: Kind
    /// The files it is about.
    public let paths: [String]
    /// The same files in the sets that belong together, such as copies of one photo; nil where each stands for itself.
    public let groups: [[String]]?
    /// What is wrong, in one sentence.
    public let message: String
    /// What to do, in one sentence.
    public let advice: String

    /// Makes a problem of files that each have it.
    public init(kind: Kind, paths: [String], message: String, advice: String) {
        (self.kind, self.paths, groups, self.message, self.advice) = (kind, paths, nil, message, advice)
    }

    /// Makes a problem of sets of files.
    public init(kind: Kind, groups: [[String]], message: String, advice: String) {
        (self.kind, paths, self.groups) = (kind, groups.flatMap(\.self), groups)
        (self.message, self.advice) = (message, advice)
    }
}

extension [Problem] {
    /// The same, the most important first; those of one kind stay in their order.
    func byImportance() -> [Problem] {
        Problem.Kind.allCases.flatMap { kind in filter { $0.kind == kind } }
    }
}
