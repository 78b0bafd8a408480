// Confident learning in words: each suspect with what its label should probably be, and how many there are by class.

/// The images of a data set whose labels are probably wrong.
public struct SuspectReport: Sendable {
    /// What is probably to be done about an image.
    public enum Action: String, Codable, Sendable {
        /// Give it the suggested label: probable by itself, and by far the likelier.
        case relabel
        /// Leave it out, if a look at it does not help: it may show both classes, or neither.
        case exclude
        /// Nothing: its label is the likeliest all the same.
        case keep
    }

    /// One image.
    public struct Suspect: Sendable {
        /// Its place in the ranking, counted from 1.
        public let rank: Int
        /// The image, as an index into the paths.
        public let image: Int
        /// Where it lies, as the data set names it.
        public let path: String
        /// The label that it has; where it may have several, all of them, with "|" between.
        public let label: String
        /// The likeliest of the other classes; where it may have several, the labels that it probably has.
        public let suggestion: String
        /// The probability of its label, by models that had not seen it; of several, that of the answer which is least probable.
        public let probability: Double
        /// The probability of the suggestion; that of the opposite answer, where there may be several labels.
        public let suggestionProbability: Double
        /// Whether it is among those whose label is estimated to be wrong; the others only come next in the ranking.
        public let isFlagged: Bool

        /// What is probably to be done.
        public var action: Action {
            guard suggestionProbability > probability else { return .keep }
            return suggestionProbability >= 0.5 && suggestionProbability >= 3 * probability ? .relabel : .exclude
        }

        /// The same as an option of `ocelot data labels`; nil if nothing is to be done.
        public var option: String? {
            switch action {
            case .relabel: "--set \(shellQuoted("\(path)=\(suggestion)"))"
            case .exclude: "--exclude \(shellQuoted(path))"
            case .keep: nil
            }
        }
    }

    /// What is estimated of the images with one label.
    public struct ClassEstimate: Sendable {
        /// The label.
        public let label: String
        /// How many images have it.
        public let images: Int
        /// Of how many images it was judged: those that have it; where images may have several labels, all.
        public let judged: Int
        /// How many of those are estimated to be of another class; where images may have several labels, to have it wrongly or to
        /// lack it.
        public let wrong: Int
        /// The class that most of those are of; nil if none is.
        ///
        /// Where images may have several labels, what is wrong mostly.
        public let mostly: String?

        /// The part of what was judged that is estimated to be wrong, 0…1.
        public var share: Double { judged == 0 ? 0 : Double(wrong) / Double(judged) }
    }

    /// The names of the classes.
    public let classes: [String]
    /// [images, classes], by models that had not seen the image.
    public let probabilities: [[Double]]
    /// The labels of each image: one class, unless images may have several.
    public let labels: [[Int]]
    /// Whether an image may have any number of labels.
    public let isMultiLabel: Bool
    /// All images, the most suspect first.
    public let ranked: [Suspect]
    /// One a class.
    public let estimates: [ClassEstimate]
    /// The part of the images whose label is the likeliest class, or of all answers to "has it this label?" that are the likelier
    /// ones: how well the models know the classes.
    public let accuracy: Double

    /// How many answers were judged: one an image, or one an image and label.
    public var answers: Int { labels.count * (isMultiLabel ? classes.count : 1) }

    /// How many labels are estimated to be wrong.
    public var wrong: Int { estimates.reduce(0) { $0 + $1.wrong } }

    /// The images whose labels are probably wrong, the most suspect first.
    public var flagged: [Suspect] { ranked.filter(\.isFlagged) }

    /// Judges labels.
    ///
    /// - Parameters:
    ///   - probabilities: [images, classes], by models that had not seen the image.
    ///   - labels: The class of each image according to its label.
    ///   - paths: Where each image lies, as the data set names it.
    ///   - classes: The names of the classes.
    /// - Throws: `SuspectsError` if they do not fit together.
    public init(probabilities: [[Double]], labels: [Int], paths: [String], classes: [String]) throws {
        let judged = try ConfidentLearning(probabilities: probabilities, labels: labels)
        self.classes = classes
        self.probabilities = probabilities
        self.labels = labels.map { [$0] }
        isMultiLabel = false
        ranked = judged.ranking.enumerated().map { place, image in
            let other = judged.alternatives[image]
            return Suspect(
                rank: place + 1, image: image, path: paths[image], label: classes[labels[image]],
                suggestion: classes[other], probability: judged.selfConfidence[image],
                suggestionProbability: probabilities[image][other], isFlagged: judged.isSuspect[image])
        }
        estimates = classes.indices.map { label in
            let row = judged.confidentJoint[label]
            let others = row.indices.filter { $0 != label && row[$0] > 0 }
            let images = row.reduce(0, +)
            return ClassEstimate(
                label: classes[label], images: images, judged: images, wrong: judged.estimatedErrors(ofLabel: label),
                mostly: others.max { (row[$0], $1) < (row[$1], $0) }.map { classes[$0] })
        }
        let right = zip(probabilities, labels).count { row, label in row.allSatisfy { $0 <= row[label] } }
        accuracy = Double(right) / Double(labels.count)
    }

    /// Takes what was found; `ranked` has a place for each image.
    init(
        classes: [String], probabilities: [[Double]], labelSets: [[Int]], ranked: [Suspect],
        estimates: [ClassEstimate], accuracy: Double
    ) {
        (self.classes, self.probabilities, labels, isMultiLabel) = (classes, probabilities, labelSets, true)
        (self.ranked, self.estimates, self.accuracy) = (ranked, estimates, accuracy)
    }

    /// The command that mends one suspect's label, or leaves the image out; nil if nothing is to be done.
    public func command(for suspect: Suspect, dataset: String) -> String? {
        suspect.option.map { "ocelot data labels \(shellQuoted(dataset)) \($0)" }
    }
}

extension SuspectReport {
    /// In a sentence or two: how many labels are probably wrong, and how far that can be believed.
    public var summary: String {
        let share = Evaluation.percent(Double(wrong) / Double(answers))
        let what = isMultiLabel ? "answers, one for each image and label," : "labels"
        let found =
            wrong == 0
            ? "None of the \(answers) \(what) is estimated to be wrong."
            : "About \(wrong) of the \(answers) \(what) are estimated to be wrong (\(share)); "
                + (flagged.count == 1 ? "1 image is named." : "\(flagged.count) images are named.")
        // What a model that errs in a quarter of the photos takes for a wrong label, is often its own mistake.
        guard accuracy < 0.9 else { return found }
        return found
            + " The models that judge recognise only \(Evaluation.percent(accuracy)) of \(isMultiLabel ? "them" : "the images") as labelled, "
            + "so many of these will be right: the order says more than the number."
    }

    /// The most suspect images and the estimates by class, as text for a terminal, with a line break at the end.
    public func text(top count: Int, dataset: String) -> String {
        var lines = [summary, ""]
        var table = TextTable(["label", "images", "probably wrong", "mostly"], [.left, .right, .right, .left])
        table.rows = estimates.map { estimate in
            let share = estimate.wrong == 0 ? "0" : "\(estimate.wrong) (\(Evaluation.percent(estimate.share)))"
            return [estimate.label, "\(estimate.images)", share, estimate.mostly ?? ""]
        }
        lines += [table.text(), ""]
        let shown = ranked.prefix(count)
        guard !shown.isEmpty else { return lines.joined(separator: "\n") }
        lines.append(
            isMultiLabel
                ? "The most suspect first. Look at each; then mend the labels, or exclude what is not clear:"
                : "The most suspect first. Look at each; then mend the label, or exclude what shows both or neither:")
        let width = "\(shown.count)".count
        for suspect in shown {
            let number = String(repeating: " ", count: width - "\(suspect.rank)".count) + "\(suspect.rank)"
            lines.append(
                "\(number)  \(printable(suspect.path)): labelled \(printable(Self.shown(suspect.label))) "
                    + "(\(Evaluation.percent(suspect.probability, digits: 0))), rather \(printable(Self.shown(suspect.suggestion))) "
                    + "(\(Evaluation.percent(suspect.suggestionProbability, digits: 0)))")
            guard let command = command(for: suspect, dataset: dataset) else { continue }
            lines.append(String(repeating: " ", count: width + 2) + printable(command))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Labels as people read them; none where there is none.
    static func shown(_ labels: String) -> String { labels.isEmpty ? "none" : labels.replacing("|", with: ", ") }

    /// The ranking as a table of tab-separated values, a line an image.
    public func table(top count: Int) -> String {
        let head = "rank\tpath\tlabel\tsuggestion\tprobability\tsuggestion_probability\tflagged\taction\n"
        return head
            + ranked.prefix(count).map { suspect in
                [
                    "\(suspect.rank)", field(suspect.path, "\t"), field(suspect.label, "\t"),
                    field(suspect.suggestion, "\t"), "\(suspect.probability)", "\(suspect.suggestionProbability)",
                    "\(suspect.isFlagged)", suspect.action.rawValue,
                ].joined(separator: "\t") + "\n"
            }.joined()
    }

    /// All probabilities as comma-separated values, a line an image in the data set's order: path, label, classes.
    public var probabilityTable: String {
        let paths = Dictionary(uniqueKeysWithValues: ranked.map { ($0.image, $0.path) })
        let head = (["path", "label"] + classes).map { field($0, ",") }.joined(separator: ",") + "\n"
        return head
            + probabilities.indices.map { index in
                let label = labels[index].map { classes[$0] }.joined(separator: "|")
                let names = [field(paths[index] ?? "", ","), field(label, ",")]
                return (names + probabilities[index].map { "\($0)" }).joined(separator: ",") + "\n"
            }.joined()
    }
}

/// A value of a table (RFC 4180): in quotes where it would otherwise be taken for more than one.
private func field(_ text: String, _ separator: Character) -> String {
    guard text.contains(where: { $0 == separator || $0 == "\"" || $0.isNewline }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
}

/// A word as a shell takes it, whatever is in it.
func shellQuoted(_ word: String) -> String {
    let isPlain = word.unicodeScalars.allSatisfy { scalar in
        scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789-_./:=,@%+".unicodeScalars.contains(scalar))
    }
    return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
}
