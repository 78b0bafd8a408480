// What `ocelot data check --json` prints.

/// The result of a check, for programs.
public struct DataCheckDocument: Encodable {
    /// Images that can be read.
    public let images: Int
    /// How many images each class has.
    public let classes: [String: Int]
    /// The same for each part that the data set defines.
    public let parts: [String: [String: Int]]?
    /// What a person should know, the most important first.
    public let problems: [Problem]
    /// How far the parts are from the one that is trained with, as a network sees them; nil where none was asked.
    public let partDistances: [PartDistance]?
    /// The files that are not used, and why.
    public let leftOut: [LeftOutFile]
    /// How many files were decoded; the others were known from before.
    public let decoded: Int
    /// How long the pass over the pictures took.
    public let seconds: Double

    private enum CodingKeys: String, CodingKey {
        case images, classes, parts, problems, decoded, seconds
        case leftOut = "left_out"
        case partDistances = "part_distances"
    }
}

extension DataCheck {
    /// The result for programs.
    public var document: DataCheckDocument {
        let dataset = result.dataset
        func named(_ counts: [Int]) -> [String: Int] { Dictionary(uniqueKeysWithValues: zip(dataset.classes, counts)) }
        let parts = Dictionary(uniqueKeysWithValues: dataset.parts.map { ($0.rawValue, named(dataset.counts(in: $0))) })
        return DataCheckDocument(
            images: dataset.images.count, classes: named(dataset.counts), parts: parts.isEmpty ? nil : parts,
            problems: result.problems, partDistances: network.map { _ in result.partDistances },
            leftOut: dataset.leftOut, decoded: survey.decodedCount, seconds: survey.seconds)
    }
}
