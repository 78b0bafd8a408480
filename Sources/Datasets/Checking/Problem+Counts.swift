// How many images each class has, in all and in each part.

extension Dataset {
    /// Classes with too few images, classes of very different sizes, and classes that a part lacks.
    func countProblems() -> [Problem] { missingClasses() + fewImages() + imbalance() }

    /// How many images of each class a part has, in the order of the classes.
    public func counts(in part: Part) -> [Int] {
        images.reduce(into: [Int](repeating: 0, count: classes.count)) { counts, image in
            if image.part == part { for label in image.labels { counts[label] += 1 } }
        }
    }

    /// The parts that the data set itself defines.
    public var parts: [Part] {
        let present = Set(images.compactMap(\.part))
        return Part.allCases.filter(present.contains)
    }

    private func missingClasses() -> [Problem] {
        guard parts.count > 1 else { return [] }
        return parts.compactMap { part in
            let missing = zip(classes, counts(in: part)).filter { $0.1 == 0 }.map(\.0)
            guard !missing.isEmpty else { return nil }
            let consequence =
                part == .train
                ? "nothing can be learnt about it" : "nothing can be said about how well it is recognised"
            return Problem(
                kind: .missingClass, paths: [],
                message: "The \(part.rawValue) part has no image of \(quoted(missing, "and")), so \(consequence).",
                advice: "Add images of each class to each part, or have the images split by lot ('ocelot data split').")
        }
    }

    private func fewImages() -> [Problem] {
        let few = zip(classes, counts).filter { $0.1 < Self.wantedImagesPerClass }.sorted {
            ($0.1, $0.0) < ($1.1, $1.0)
        }
        guard let first = few.first else { return [] }
        let shown = few.prefix(6).map { "'\($0.0)' (\($0.1))" } + (few.count > 6 ? ["\(few.count - 6) others"] : [])
        return [
            Problem(
                kind: .fewImages, paths: [],
                message: few.count == 1
                    ? "The class '\(first.0)' has \(plural(first.1, "image"))."
                    : "\(few.count) classes have fewer than \(Self.wantedImagesPerClass) images: \(list(shown, "and")).",
                advice:
                    "From \(Self.wantedImagesPerClass) images of each class on, results are dependable as a rule; "
                    + "add more if they are not.")
        ]
    }

    private func imbalance() -> [Problem] {
        let sizes = zip(counts, classes).filter { $0.0 > 0 }.sorted { $0 < $1 }
        guard let smallest = sizes.first, let largest = sizes.last,
            Double(largest.0) >= CheckRules.classRatio * Double(smallest.0)
        else { return [] }
        let times = (10 * Double(largest.0) / Double(smallest.0)).rounded() / 10
        let factor = times >= 10 || times == times.rounded() ? "\(Int(times.rounded()))" : "\(times)"
        return [
            Problem(
                kind: .imbalance, paths: [],
                message:
                    "'\(largest.1)' has \(largest.0) images and '\(smallest.1)' \(smallest.0): \(factor) times as many.",
                advice:
                    "Add images of the small classes until all have roughly as many; until then look at the accuracy of "
                    + "each class, for that of all together hides the small ones.")
        ]
    }
}
