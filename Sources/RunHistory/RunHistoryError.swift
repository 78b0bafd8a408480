// What can go wrong with the run store, each with its sentence.
public import Foundation

/// Why the history of runs could not be read or written.
public enum RunHistoryError: Error, Hashable, Sendable {
    /// The workspace has no history yet.
    case nothingHere(workspace: URL)
    /// The file cannot be opened or written, with the system's reason.
    case notWritable(URL, reason: String)
    /// The disk is full; bytes that are free there now.
    case diskFull(URL, free: Int?)
    /// The file is not a whole SQLite database.
    case damaged(URL)
    /// The file is an SQLite database of another program.
    case foreign(URL)
    /// The file was written by a later ocelot.
    case tooNew(URL, schema: Int, known: Int)
    /// Another process kept the file locked for longer than we wait, in seconds.
    case busy(URL, seconds: Int)
    /// There is no run of this number; the newest that there is.
    case noSuchRun(Int, newest: Int?)
    /// The run has no artefact of this name; those that it has.
    case noSuchArtefact(String, run: Int, known: [String])
    /// A name that cannot be a file's.
    case badName(String)
    /// There is something already where an export should go.
    case exists(URL)
    /// A comparison needs at least two runs.
    case nothingToCompare
    /// Anything else that SQLite says.
    case other(URL, reason: String)
}

extension RunHistoryError: CustomStringConvertible {
    /// What, where, and what to do.
    public var description: String {
        switch self {
        case .nothingHere(let workspace):
            """
            There are no runs in \(workspace.path) yet (no \(RunStore.fileName)). Start one with 'ocelot train', or \
            name the right workspace with --workspace.
            """
        case .notWritable(let url, let reason):
            """
            The history of runs, \(url.path), cannot be opened for writing: \(reason). Change the permissions, or \
            choose another workspace with --workspace.
            """
        case .diskFull(let url, let free):
            """
            The disk is full\(free.map { " (\($0) bytes are free)" } ?? ""): nothing was added to the history of runs, \
            \(url.path), and what was in it is whole. Make room and start again.
            """
        case .damaged(let url):
            """
            The history of runs, \(url.path), is damaged. Models and photos are not affected. Move the file away to \
            start a new history; 'sqlite3 \(url.lastPathComponent) .recover' may bring its rows back.
            """
        case .foreign(let url):
            """
            \(url.path) is a database of another program. Move it away, or choose another workspace with --workspace.
            """
        case .tooNew(let url, let schema, let known):
            """
            The history of runs, \(url.path), was written by a later ocelot (schema \(schema); this one knows \
            \(known)). Use that version, or choose another workspace with --workspace.
            """
        case .busy(let url, let seconds):
            """
            Another process has kept the history of runs, \(url.path), locked for \(seconds) seconds. Wait until it \
            is done, or end it.
            """
        case .noSuchRun(let run, let newest):
            "There is no run \(run). "
                + (newest.map { "The newest is run \($0); 'ocelot runs list' shows all." } ?? "There are no runs yet.")
        case .noSuchArtefact(let name, let run, let known):
            "Run \(run) has no file '\(name)'. "
                + (known.isEmpty ? "It has none." : "It has: \(known.joined(separator: ", ")).")
        case .badName(let name):
            "'\(name)' cannot be a file's name here. Use letters (a–z), digits, '-', '_' and '.', at most 100."
        case .exists(let url):
            "\(url.path) is there already. Choose another folder or remove it."
        case .nothingToCompare:
            "A comparison needs at least two different runs, as in 'ocelot runs compare 3 5'."
        case .other(let url, let reason):
            "The history of runs, \(url.path), cannot be used: \(reason)."
        }
    }
}
