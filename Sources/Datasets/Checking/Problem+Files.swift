// Files that are left out, and the list of them.

extension Dataset {
    /// One problem for all damaged files, and one for all that are no pictures.
    func leftOutProblems() -> [Problem] {
        func problem(_ kind: Problem.Kind, _ kinds: Set<LeftOutFile.Kind>, _ advice: (Int) -> String) -> [Problem] {
            let files = leftOut.filter { kinds.contains($0.kind) }
            guard let first = files.first else { return [] }
            let one = "'\(first.path)' is left out: it \(first.reason)."
            let more = files.dropFirst().prefix(2).map { "'\($0.path)' \($0.reason)" }
            let rest = files.count > 3 ? ["and so on"] : []
            let all =
                "\(files.count) files are left out: "
                + (["'\(first.path)' \(first.reason)"] + more + rest).joined(separator: "; ") + "."
            return [
                Problem(
                    kind: kind, paths: files.map(\.path), message: files.count == 1 ? one : all,
                    advice: advice(files.count))
            ]
        }
        return problem(.corrupt, [.corrupt, .unreadable, .missing]) { count in
            count == 1 ? "Replace it by a good copy, or remove it." : "Replace them by good copies, or remove them."
        }
            + problem(.unsupported, [.unsupported, .notAFile]) { count in
                count == 1
                    ? "Remove it, or save it as JPEG or PNG if it is a picture."
                    : "Remove them, or save those that are pictures as JPEG or PNG, smaller where they are too large."
            }
    }

    /// The files that are left out because they cannot be read as pictures, as a table: path, kind and reason, with tabs
    /// between them.
    public var quarantine: String {
        let separator = UInt8(ascii: "\t")
        let files = leftOut.filter { $0.kind != .excluded && $0.kind != .unlabelled }
        return files.reduce(DelimitedTable.line(["path", "kind", "reason"], separator: separator)) { text, file in
            text + DelimitedTable.line([file.path, file.kind.rawValue, file.reason], separator: separator)
        }
    }
}
