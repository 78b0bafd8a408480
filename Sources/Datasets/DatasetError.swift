// What makes a data set useless, each in one sentence or two: what, where, and what to do.

/// Why a data set cannot be read or used.
///
/// Paths are shown as they were given.
public enum DatasetError: Error, Hashable, Sendable {
    /// Nothing lies at `path`; `suggestion` does, and is spelt almost the same.
    case missing(path: String, suggestion: String?)
    /// A folder without anything in it, hidden files aside.
    case emptyFolder(path: String)
    /// A file that is neither a folder nor a table; `kind` is a noun with its article.
    case notADataset(path: String, kind: String, isArchive: Bool)
    /// The system does not let `path` be read; `reason` is the system's.
    case unreadable(path: String, reason: String)
    /// Images, but no folders that would name their classes.
    case imagesWithoutClass(path: String, count: Int)
    /// Files, but no image.
    case noImages(path: String, leftOut: [LeftOutFile])
    /// One class; `inner` is a folder further down that looks like the data set that was meant.
    case onlyOneClass(path: String, name: String, inner: String?)
    /// Classes with fewer than two usable images.
    case tooFewImages(path: String, counts: [String: Int], leftOut: [LeftOutFile])
    /// Classes without an image in a part that the data set itself defines.
    case missingFromPart(path: String, part: Part, classes: [String])
    /// An image with several labels, where each must have one.
    case severalLabels(path: String, labels: [String], count: Int)
    /// A label that too few images have, or too few have not, of a part or of all.
    case tooFewExamples(path: String, part: Part?, label: String, with: Int, without: Int, needed: Int)
    /// Of the images that are at most to be trained with, a class gets too few.
    case limitTooLow(limit: Int, name: String, count: Int)
    /// Images that may have several labels, and have none at all.
    case noLabels(path: String)
    /// All images of a class must stay together, so that no part of it is left for `part`.
    case inseparable(name: String, count: Int, part: Part)
    /// The classes are not those of a model.
    case otherClasses(path: String, unknown: [String], missing: [String], known: [String])
    /// A table that cannot be read.
    case table(path: String, TableError)
    /// A table with rows, none of which names a file that exists.
    case noFileExists(path: String, count: Int, first: String)
}

/// What is wrong with a table.
///
/// Lines count from 1.
public enum TableError: Error, Hashable, Sendable {
    case empty
    case notUTF8(line: Int)
    case utf16
    case unclosedQuote(line: Int)
    case textAfterQuote(line: Int)
    case fieldCount(line: Int, expected: Int, found: Int)
    case missingColumns([String], found: [String])
    case repeatedColumn(String)
    case unknownPart(line: Int, String)
    case unknownFlag(line: Int, String)
    case notAnObject(line: Int)
    case disagreeingRows(path: String, column: String, line: Int, value: String, otherLine: Int, otherValue: String)
    case noRows
    case correction(line: Int, String)
}

extension DatasetError: CustomStringConvertible {
    private static func ending(_ path: String) -> String {
        path.split(separator: ".").last?.lowercased() ?? ""
    }

    /// What is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .missing(let path, let suggestion?):
            "There is no data set at '\(path)'. Did you mean '\(suggestion)'?"
        case .missing(let path, nil):
            "There is no data set at '\(path)'. Give a folder with one folder of images for each class, or a table (.csv "
                + "or .tsv) with the columns path and label."
        case .emptyFolder(let path):
            "The folder '\(path)' is empty. Put one folder of images for each class into it."
        case .notADataset(let path, _, true) where ["xlsx", "ods", "numbers"].contains(Self.ending(path)):
            "'\(path)' is a spreadsheet. Save its table as .csv, with the columns path and label, and give that."
        case .notADataset(let path, let kind, true):
            "'\(path)' is \(kind), not a folder. Unpack it, and give the folder."
        case .notADataset(let path, let kind, false):
            "'\(path)' is \(kind), not a data set. Give a folder with one folder of images for each class, or a table "
                + "(.csv or .tsv) with the columns path and label."
        case .unreadable(let path, let reason):
            "'\(path)' cannot be read: \(reason). Allow your user to read it, or copy it to where you may."
        case .imagesWithoutClass(let path, let count):
            "'\(path)' holds \(plural(count, "image")) and no folders, so nothing says what they show. Move each into a "
                + "folder named after its class, or list them in a table (.csv or .tsv) with the columns path and label."
        case .noImages(let path, let leftOut):
            "'\(path)' holds no image that can be read\(examples(leftOut)). Images are files in the formats "
                + "\(list(FileKind.Format.allCases.map(\.rawValue), "and"))."
        case .onlyOneClass(let path, let name, let inner?):
            "'\(path)' has only one class, '\(name)'. The classes seem to lie further down: give '\(inner)' instead."
        case .onlyOneClass(let path, let name, nil):
            "'\(path)' has only one class, '\(name)'. Training needs at least two: add a folder of images that show "
                + "something else."
        case .tooFewImages(let path, let counts, let leftOut):
            "Training needs at least 2 usable images of each class, and '\(path)' has too few of "
                + "\(list(counts.sorted { $0.key < $1.key }.map { "'\($0.key)' (\($0.value))" }, "and"))"
                + "\(examples(leftOut)). Add images, or remove the class."
        case .missingFromPart(let path, let part, let classes):
            "The \(part.rawValue) part of '\(path)' has no usable image of \(quoted(classes, "and")). Each class needs "
                + "images in the train part and in the test part: add some, or let the images be split by lot."
        case .severalLabels(let path, let labels, let count):
            "'\(path)' has the labels \(quoted(labels, "and"))"
                + (count == 1 ? "" : "; \(count) images have more than one")
                + ". Here each image must have exactly one: keep one, leave the image out, or train a model of several "
                + "labels an image (--labels many)."
        case .limitTooLow(let limit, let name, let count):
            "Of at most \(limit) photos to train with, the class '\(name)' gets \(count); it needs 2. Allow more (max_train_photos)."
        case .tooFewExamples(let path, let part, let label, let with, let without, let needed):
            "Each label needs at least \(plural(needed, "image")) that \(needed == 1 ? "has" : "have") it and \(needed) "
                + "without it, and in \(part.map { "the \($0.rawValue) part of " } ?? "")'\(path)' \(with) "
                + "\(with == 1 ? "has" : "have") '\(label)' and \(without) \(without == 1 ? "has" : "have") it not. "
                + "Add images, or remove the label."
        case .noLabels(let path):
            "No image of '\(path)' has a label. Write labels into the column label, several separated by '|'."
        case .inseparable(let name, 1, let part):
            "'\(name)' has only 1 image, so that none is left for the \(part.rawValue) part. Add other images of '\(name)'."
        case .inseparable(let name, let count, let part):
            "The \(count) images of '\(name)' hang together, as copies of one another or by their groups, so that "
                + "none is left for the \(part.rawValue) part. Add other images of '\(name)'."
        case .otherClasses(let path, let unknown, let missing, let known):
            "The classes of '\(path)' are not the model's: " + otherClasses(unknown, missing, known)
        case .table(let path, let error):
            "The table '\(path)' cannot be used: \(error)"
        case .noFileExists(let path, let count, let first):
            "None of the \(plural(count, "file")) that '\(path)' lists exists; the first would be '\(first)'. Paths count "
                + "from the table's own folder."
        }
    }

    private func otherClasses(_ unknown: [String], _ missing: [String], _ known: [String]) -> String {
        var parts: [String] = []
        if !unknown.isEmpty {
            let names = unknown.map { name in
                let meant = NearMiss.suggestion(for: name, among: known)
                return "'\(name)'" + (meant.map { " (did you mean '\($0)'?)" } ?? "")
            }
            parts.append("the model does not know \(list(names, "and"))")
        }
        if !missing.isEmpty { parts.append("no image shows \(quoted(missing, "or"))") }
        return parts.joined(separator: ", and ")
            + ". The model's classes are \(quoted(known, "and")): rename the folders or "
            + "labels to match them."
    }
}

extension TableError: CustomStringConvertible {
    /// What is wrong, where, and what to do; continues a sentence that has named the table.
    public var description: String {
        switch self {
        case .empty:
            "it is empty. Its first line names the columns, path,label[,split][,group]; each further line is an image."
        case .notUTF8(let line):
            "line \(line) is not UTF-8. Save it with the encoding UTF-8."
        case .utf16:
            "its encoding is UTF-16. Save it with the encoding UTF-8."
        case .unclosedQuote(let line):
            "the quotation mark in line \(line) is never closed. Close it, or double each quotation mark that belongs to a "
                + "value."
        case .textAfterQuote(let line):
            "in line \(line), text follows a closing quotation mark. Put the whole value into quotation marks, and double "
                + "each that belongs to it."
        case .fieldCount(let line, let expected, let found):
            "line \(line) has \(plural(found, "value")), and the first line names \(plural(expected, "column")). Put a value "
                + "that holds the separator into quotation marks."
        case .missingColumns(let names, let found):
            "it has no \(names.count == 1 ? "column" : "columns") \(quoted(names, "and")); its first line names "
                + "\(quoted(found, "and")). \(advice(names, found))"
        case .repeatedColumn(let name):
            "its first line names the column '\(name)' twice. Rename or remove one."
        case .unknownPart(let line, let value):
            "line \(line) has the split '\(value)'. It must be train, validation (or val, valid) or test."
        case .unknownFlag(let line, let value):
            "line \(line) has '\(value)' for exclude. It must be true or false."
        case .notAnObject(let line):
            "line \(line) is not a JSON object. Each line is one, such as {\"path\": \"cat/1.jpg\", \"label\": \"cat\"}."
        case .disagreeingRows(let path, let column, let line, let value, let otherLine, let otherValue):
            "it lists '\(path)' twice with a different \(column): '\(value)' in line \(line), '\(otherValue)' in line "
                + "\(otherLine). Remove one of the lines"
                + (column == "label" ? ", or write '\(value)|\(otherValue)' if both are true." : ".")
        case .noRows:
            "it has no line after the first, which names the columns. Each further line is an image."
        case .correction(let line, let text):
            "line \(line), '\(text)', is not a correction. A line is a path, a label or EXCLUDE, who and when, with tabs "
                + "between them."
        }
    }

    private func advice(_ names: [String], _ found: [String]) -> String {
        if found.count == 1, let separator = [";", "\t", ","].first(where: { found[0].contains($0) }) {
            let name = separator == "\t" ? "tabs" : "'\(separator)'"
            return "Its values seem to be separated by \(name): save it as .csv with commas, or as .tsv with tabs."
        }
        return "Rename the columns, or add them; the columns split and group may be left out."
    }
}

/// "1 image", "2 images".
func plural(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

/// "a", "a and b", "a, b and c".
func list(_ items: [String], _ conjunction: String) -> String {
    guard let last = items.last, items.count > 1 else { return items.first ?? "nothing" }
    return items.dropLast().joined(separator: ", ") + " \(conjunction) " + last
}

/// The same with quotation marks; of more than six, the first five and how many others.
func quoted(_ items: [String], _ conjunction: String) -> String {
    let all = items.map { "'\($0)'" }
    return list(all.count > 6 ? all.prefix(5) + ["\(all.count - 5) others"] : all, conjunction)
}

private func examples(_ leftOut: [LeftOutFile]) -> String {
    guard let first = leftOut.first else { return "" }
    let more = leftOut.count == 1 ? "" : "; \(plural(leftOut.count, "file")) in all are left out"
    return " ('\(first.path)' \(first.reason)\(more))"
}
