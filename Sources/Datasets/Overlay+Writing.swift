// Decisions are added to the overlay, by any number of people and programs at once.
//
// Who adds a decision takes a lock (`.ocelot/labels.lock`), reads the file, and puts a longer one in its place. A reader
// therefore always finds a whole file, a power cut leaves the old one or the new one, and no decision is lost.

public import Foundation

extension Overlay {
    /// Adds decisions behind those that the data set in the folder `root` has; when it returns, they are on the disk.
    public static func append(_ corrections: [Correction], to root: URL) throws {
        try change(root: root) { _ in corrections }
    }

    /// Takes back the last `count` decisions that nobody has taken back yet, about whatever images, and returns them.
    ///
    /// What was decided before about the same images counts again. There may be fewer such decisions than `count`.
    @discardableResult
    public static func undo(last count: Int, who: String, at date: Date = .now, in root: URL) throws -> [Correction] {
        try takeBack(who, date, root) { overlay in overlay.notTakenBack.suffix(count) }
    }

    /// Takes back the last decision about one image that nobody has taken back yet, and returns it; nil if there is none.
    @discardableResult
    public static func undo(path: String, who: String, at date: Date = .now, in root: URL) throws -> Correction? {
        try takeBack(who, date, root) { overlay in
            overlay.notTakenBack.filter { overlay.corrections[$0].path == path }.suffix(1)
        }.first
    }

    private static func takeBack(
        _ who: String, _ date: Date, _ root: URL, _ choose: (Overlay) -> some Collection<Int>
    ) throws -> [Correction] {
        var taken: [Correction] = []
        try change(root: root) { overlay in
            taken = choose(overlay).reversed().map { overlay.corrections[$0] }
            return taken.map { Correction(path: $0.path, decision: .undo, who: who, at: date) }
        }
        return taken
    }

    /// Adds what `decide` says of the decisions so far.
    private static func change(root: URL, _ decide: (Overlay) throws -> [Correction]) throws {
        let location = root.appending(path: relativePath)
        let folder = location.deletingLastPathComponent()
        do {
            try FileSystem.makeFolders(folder.path)
            try FileSystem.withLock(on: folder.appending(path: "labels.lock").path) {
                // A link could lead anywhere; reading passes over it, so nothing is written through it either.
                let kind = FileSystem.kind(of: location.path)
                guard kind == nil || kind == .file else { throw OverlayError.notAFile(path: location.relativePath) }
                var bytes = kind == nil ? [] : try FileSystem.contents(of: location.path)
                let overlay: Overlay
                do throws(TableError) { overlay = try Overlay(bytes) } catch {
                    throw DatasetError.table(path: location.relativePath, error)
                }
                let lines = try decide(overlay).map(line)
                guard !lines.isEmpty else { return }
                if bytes.isEmpty { bytes = Array("path\tlabel\twho\twhen\n".utf8) }
                if bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
                try FileSystem.replace(location.path, by: bytes + Array(lines.joined().utf8))
            }
        } catch let failure as FileSystem.Failure {
            throw OverlayError.unwritable(path: location.relativePath, reason: failure.description)
        }
    }

    private static func line(_ correction: Correction) throws -> String {
        if case .labels(let labels) = correction.decision {
            for label in labels where trimmed(label).isEmpty || label.contains("|") || Decision.words[label] != nil {
                throw OverlayError.badLabel(label)
            }
        }
        let values = [correction.path, correction.decision.text, correction.who, correction.when]
        return DelimitedTable.line(values, separator: UInt8(ascii: "\t"))
    }
}

/// Why a decision about an image cannot be written down.
public enum OverlayError: Error, Hashable, Sendable {
    /// The file cannot be written; `reason` is the system's.
    case unwritable(path: String, reason: String)
    /// Where the file should be lies something else.
    case notAFile(path: String)
    /// No class can have that name.
    case badLabel(String)
    /// The data set has no such image; `suggestion` is spelt almost the same.
    case unknownImage(path: String, suggestion: String?)
    /// The data set has no such class; `suggestion` is spelt almost the same.
    case newClass(String, suggestion: String?, known: [String])
}

extension OverlayError: CustomStringConvertible {
    /// What is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .unwritable(let path, let reason):
            "The corrections '\(path)' cannot be written: \(reason). Allow your user to write there, or make a table of the "
                + "photos in a folder of your own ('ocelot data labels' with --export) and correct that."
        case .notAFile(let path):
            "'\(path)' is not a plain file, so no corrections are written to it. Remove it."
        case .badLabel(let label) where trimmed(label).isEmpty:
            "A label is empty. Name the class that the image shows, or exclude the image. That it shows none can be said where "
                + "images may have several labels."
        case .badLabel(let label):
            "No class can be called '\(label)': EXCLUDE and UNDO have meanings of their own, and '|' stands between labels."
        case .unknownImage(let path, let suggestion):
            "The data set has no image '\(path)'."
                + (suggestion.map { " Did you mean '\($0)'?" }
                    ?? " Name it as 'ocelot data labels' with --list and reports do, by its path below the data set's folder.")
        case .newClass(let name, let suggestion, let known):
            "No image is labelled '\(name)' so far; the classes are \(quoted(known, "and"))."
                + (suggestion.map { " Did you mean '\($0)'?" } ?? "") + " Add --new-class if it is to be a new class."
        }
    }
}
