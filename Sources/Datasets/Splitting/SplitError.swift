// Why a data set cannot be divided as wanted.

/// What stands in the way of a split.
public enum SplitError: Error, Hashable, Sendable {
    /// Some images have no time; `best` is the source that knows most, and `missing` an image that it does not know.
    case noTimes(path: String, count: Int, best: Timeline.Source, known: Int, missing: String)
    /// The data set names no groups.
    case noGroups(path: String)
    /// No class has images in more than one folder.
    case noFolders(path: String)
    /// By time, a part gets no image of some classes.
    case missingByTime(part: Part, classes: [String])
    /// In one of several splits, the train part gets no image of some classes.
    case inseparableFolds(part: Part, classes: [String], count: Int)
    /// A list of test images names one that the data set does not have.
    case unknownTestImage(String, line: Int, list: String, suggestion: String?)
    /// A list of test images leaves a part without images of some classes.
    case missingByList(part: Part, classes: [String])
    /// The data set defines no parts that could be checked.
    case noParts(path: String)
}

extension SplitError: CustomStringConvertible {
    /// What is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .noTimes(let path, let count, let best, 0, _):
            "Nothing tells when the \(plural(count, "image")) of '\(path)' were taken: no column time, no EXIF date, no date or "
                + "number in the file names (\(best.rawValue) knows none either). Split by image, folder or group, or add a "
                + "column time to a table."
        case .noTimes(let path, let count, let best, let known, let missing):
            "The time of \(count - known) of the \(plural(count, "image")) of '\(path)' is unknown: \(best.noun) tells it of the "
                + "others, and not of '\(missing)'. Exclude them, or add a column time to a table."
        case .noGroups(let path):
            "'\(path)' names no groups. Give a table with a column group, or name the column with --group-column."
        case .noFolders(let path):
            "The images of each class of '\(path)' lie in one folder, so that there is nothing to divide them by. Put those "
                + "that belong together into folders below the class's, or split by image."
        case .missingByTime(let part, let classes):
            "By time, the \(part.rawValue) part gets no image of \(quoted(classes, "and")). Take a larger or smaller part, a "
                + "smaller gap, or split by group."
        case .inseparableFolds(let part, let classes, let count):
            "Dividing \(count) times leaves no image of \(quoted(classes, "and")) for the \(part.rawValue) part in one of the "
                + "splits, as copies, folders or groups stay together. Take fewer folds, or add images."
        case .unknownTestImage(let name, let line, let list, let suggestion):
            "Line \(line) of '\(list)' names '\(name)', which the data set does not have."
                + (suggestion.map { " Did you mean '\($0)'?" }
                    ?? " Write paths as they are below the data set's folder, or class, tab, file name.")
        case .missingByList(let part, let classes):
            "The list leaves no image of \(quoted(classes, "and")) for the \(part.rawValue) part. Each class needs images in the "
                + "train part and in the test part."
        case .noParts(let path):
            "'\(path)' does not say what is for training and what for testing, so there is no split to check. Make one with "
                + "'ocelot data split' and --out."
        }
    }
}
