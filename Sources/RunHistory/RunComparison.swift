// Runs side by side: where they differ, what they reached, and which images one got right and the other wrong.
import Foundation

/// Two or more runs side by side; in every list the values come in the order of the runs.
public struct RunComparison: Codable, Hashable, Sendable {
    /// One parameter that is not the same in all runs.
    public struct Parameter: Codable, Hashable, Sendable {
        /// Its name.
        public var name: String
        /// Its value in each run; nil where the run has no such parameter.
        public var values: [String?]
    }

    /// One final result.
    public struct Result: Codable, Hashable, Sendable {
        /// What was measured.
        public var name: String
        /// Of which class; nil for the whole.
        public var label: String?
        /// Its value in each run; nil where it was not measured.
        public var values: [Double?]
    }

    /// The images that the first and another run answered differently, where both kept their predictions.
    public struct Changes: Codable, Hashable, Sendable {
        /// The run that is compared with the first.
        public var run: Int
        /// How many images both runs tested.
        public var shared: Int
        /// Images that the first run got wrong and this one right.
        public var fixed: [Change]
        /// Images that the first run got right and this one wrong.
        public var broken: [Change]
        /// How likely runs that are equally good differ at least as much by chance: McNemar's exact test.
        public var probabilityOfChance: Double

        enum CodingKeys: String, CodingKey {
            case run, shared, fixed, broken
            case probabilityOfChance = "probability_of_chance"
        }
    }

    /// One image that two runs answered differently.
    public struct Change: Codable, Hashable, Sendable {
        /// The image, as the data set names it.
        public var path: String
        /// Its true class.
        public var truth: String
        /// What the first run answered.
        public var before: String
        /// What the other run answered.
        public var after: String
    }

    /// The runs.
    public var runs: [Run]
    /// The parameters that differ, by name.
    public var parameters: [Parameter]
    /// All final results, in the order in which they were first measured.
    public var results: [Result]
    /// What changed from the first run to each of the others.
    public var changes: [Changes]
}

extension RunComparison {
    init(_ parts: [(details: RunDetails, predictions: [StoredPrediction])]) {
        runs = parts.map(\.details.run)
        let descriptions = runs.map(\.described)
        parameters = Set(descriptions.flatMap(\.keys)).sorted().compactMap { name in
            let values = descriptions.map { $0[name] }
            return Set(values).count > 1 ? Parameter(name: name, values: values) : nil
        }
        var names: [ResultName] = []
        for metric in parts.flatMap(\.details.metrics) where metric.step == nil {
            let name = ResultName(name: metric.name, label: metric.label)
            if !names.contains(name) { names.append(name) }
        }
        results = names.map { name in
            Result(
                name: name.name, label: name.label,
                values: parts.map { $0.details.final(name.name, label: name.label) })
        }
        changes = parts.dropFirst().compactMap { part in
            Changes(part.details.run.id, from: parts[0].predictions, to: part.predictions)
        }
    }
}

extension RunComparison.Changes {
    /// Nil if the runs share no image.
    init?(_ run: Int, from before: [StoredPrediction], to after: [StoredPrediction]) {
        let known = Dictionary(before.map { ($0.path, $0) }, uniquingKeysWith: { $1 })
        // An image whose label was corrected between the runs says nothing about the models.
        let pairs = after.compactMap { new in known[new.path].map { (old: $0, new: new) } }
            .filter { $0.old.truth == $0.new.truth }
        guard !pairs.isEmpty else { return nil }
        self.run = run
        shared = pairs.count
        func changed(_ isWanted: (StoredPrediction, StoredPrediction) -> Bool) -> [RunComparison.Change] {
            pairs.filter { isWanted($0.old, $0.new) }.map {
                .init(path: $0.new.path, truth: $0.new.truth, before: $0.old.predicted, after: $0.new.predicted)
            }
        }
        fixed = changed { $0.predicted != $0.truth && $1.predicted == $1.truth }
        broken = changed { $0.predicted == $0.truth && $1.predicted != $1.truth }
        probabilityOfChance = exactMcNemar(fixed.count, broken.count)
    }
}

private struct ResultName: Hashable {
    var name: String
    var label: String?
}

extension Run {
    /// What two runs can differ in: what they were told, and with what it was done.
    var described: [String: String] {
        var all = parameters
        all["kind"] = kind
        all["data"] = data
        all["data fingerprint"] = dataFingerprint
        all["seed"] = seed.map(String.init)
        for (name, version) in software { all["version of \(name)"] = version }
        return all
    }
}

/// The two-sided probability of a split of `a + b` changes at least as uneven as this one, if each falls to either
/// side with probability ½ (McNemar 1947, "Note on the sampling error of the difference between correlated
/// proportions or percentages"; the exact form).
func exactMcNemar(_ a: Int, _ b: Int) -> Double {
    let n = a + b
    guard n > 0 else { return 1 }
    // Logarithms, for ½ⁿ is zero from n = 1075 on.
    var logarithm = -Double(n) * log(2)
    var tail = exp(logarithm)
    for k in 0..<min(a, b) {
        logarithm += log(Double(n - k)) - log(Double(k + 1))
        tail += exp(logarithm)
    }
    return min(1, 2 * tail)
}
