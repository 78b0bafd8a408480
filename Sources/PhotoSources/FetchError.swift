// Why a whole run ended; a link that brings no picture is no error.

public import Datasets

/// Why fetching ended before its end.
public enum FetchError: Error, Hashable, Sendable {
    /// The folder, or a file in it, cannot be written.
    case folder(path: String, reason: String)
    /// Another run holds the folder.
    case busy(path: String)
    /// A symbolic link lies where pictures would be written.
    case link(path: String)
    /// The folder's `sources.tsv` cannot be read as a table.
    case table(path: String, TableError)
    /// The folder's `sources.tsv` has other columns.
    case foreignTable(path: String, expected: [String])
    /// A line of the folder's `sources.tsv` is none that a run has written.
    case foreignLine(path: String, line: Int)
    /// The pictures of this run are more than it may take.
    case full(bytes: Int, left: Int)
    /// Not a single link led to a machine.
    case noNetwork(links: Int, reason: String)
    /// Somebody asked to stop.
    case stopped(left: Int)
}

extension FetchError: CustomStringConvertible {
    /// What happened, where, and what to do.
    public var description: String {
        switch self {
        case .folder(let path, let reason):
            "'\(path)' cannot be written: \(reason). Free some space, or choose a place that you may write to; what is there "
                + "already is not fetched again."
        case .busy(let path):
            "Another 'ocelot data fetch' writes to '\(path)'. Wait for its end, or choose another folder."
        case .link(let path):
            "'\(path)' is a symbolic link, which could lead out of the folder. Remove it, or choose another folder."
        case .table(let path, let error): "'\(path)' cannot be read: \(error)"
        case .foreignTable(let path, let expected):
            "'\(path)' is another table than the one that this command keeps, with the columns "
                + "\(expected.joined(separator: ", ")). Rename it, or choose another folder."
        case .foreignLine(let path, let line):
            "Line \(line) of '\(path)' is none that this command writes. Mend or remove it."
        case .full(let bytes, let left):
            "The pictures of this run have reached \(bytes) bytes, and \(left) links are left. Start it again with a larger "
                + "--max-total to fetch the rest."
        case .noNetwork(let links, let reason):
            "None of \(links) links led to a machine (\(reason)). Is this one connected to the internet, without a proxy? "
                + "Start the command again when it is."
        case .stopped(let left): "Stopped; \(left) links are left. Start the command again to fetch them."
        }
    }
}
