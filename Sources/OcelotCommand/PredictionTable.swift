import Foundation
import Labels

/// Predictions as CSV (RFC 4180), written beside the wanted place and put there whole.
final class PredictionTable {
    private let destination: URL
    private let partial: URL
    private let file: FileHandle
    private let classes: [String]

    init(_ destination: URL, classes: [String]) throws {
        self.destination = destination
        self.classes = classes
        partial = destination.deletingLastPathComponent()
            .appending(path: ".\(destination.lastPathComponent).\(UUID().uuidString).partial")
        guard FileManager.default.createFile(atPath: partial.path, contents: nil) else {
            throw TableNotWritable(path: destination.path, reason: String(cString: strerror(errno)))
        }
        file = try FileHandle(forWritingTo: partial)
        try put(["path", "label", "probability", "accepted", "error"] + classes)
    }

    deinit { try? FileManager.default.removeItem(at: partial) }

    func add(_ path: String, _ probabilities: [Double], _ labels: [String], _ best: ScoredLabel?, accepted: Bool) throws
    {
        try put(
            [
                path, labels.joined(separator: "|"), best.map { "\($0.probability)" } ?? "",
                accepted ? "true" : "false", "",
            ]
                + probabilities.map { "\($0)" })
    }

    func add(_ path: String, error: String) throws {
        try put([path, "", "", "", error] + classes.map { _ in "" })
    }

    /// Puts the table where it belongs.
    func finish() throws {
        try file.synchronize()
        try file.close()
        guard rename(partial.path, destination.path) == 0 else {
            throw TableNotWritable(path: destination.path, reason: String(cString: strerror(errno)))
        }
    }

    private func put(_ fields: [String]) throws {
        let line = fields.map { field in
            field.contains(where: { ",\"\n\r".contains($0) })
                ? "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : field
        }
        try file.write(contentsOf: Data((line.joined(separator: ",") + "\r\n").utf8))
    }
}

/// The table cannot be written where it should be.
struct TableNotWritable: Error, CustomStringConvertible {
    var path: String
    var reason: String

    var description: String { "The table \(path) cannot be written: \(reason). Choose another place for --csv." }
}
