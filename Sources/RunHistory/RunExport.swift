// A run as a folder of ordinary files: to keep, to send, to read with other tools.
public import Foundation

extension RunStore {
    /// Writes a run with its files into a new folder.
    ///
    /// `run.json` (all but the measurements), `recipe.yaml` (with which it can be repeated), `metrics.csv`,
    /// `predictions.csv`, and what is kept with the run in `files`. The folder appears when all is written.
    ///
    /// - Parameters:
    ///   - id: The run.
    ///   - folder: The folder, which must not exist.
    /// - Returns: The names of the files, as seen from the folder.
    /// - Throws: `RunHistoryError`, or an error of the file system.
    @discardableResult
    public func export(_ id: Int, to folder: URL) throws -> [String] {
        let details = try details(id)
        guard !FileManager.default.fileExists(atPath: folder.path) else { throw RunHistoryError.exists(folder) }
        let parent = folder.deletingLastPathComponent()
        let partial = parent.appending(path: ".partial-\(folder.lastPathComponent)-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(at: partial, withIntermediateDirectories: true)
            var files: [(name: String, data: Data)] = [
                ("run.json", try json(details)), ("metrics.csv", Data(csv(details.metrics).utf8)),
            ]
            if let recipe = details.recipe { files.append(("recipe.yaml", Data(recipe.utf8))) }
            let predictions = try predictions(id)
            if !predictions.isEmpty { files.append(("predictions.csv", Data(csv(predictions).utf8))) }
            if !details.artefacts.isEmpty {
                try FileManager.default.createDirectory(
                    at: partial.appending(path: "files"), withIntermediateDirectories: true)
            }
            for artefact in details.artefacts {
                // A file that the store only points to may be gone; the other files are no worse for that.
                if artefact.path != nil, (try? contents(of: artefact.name, run: id)) == nil { continue }
                files.append(("files/\(artefact.name)", try contents(of: artefact.name, run: id)))
            }
            for (name, data) in files { try data.write(to: partial.appending(path: name)) }
            try FileManager.default.moveItem(at: partial, to: folder)
            return files.map(\.name).sorted()
        } catch {
            try? FileManager.default.removeItem(at: partial)
            throw error
        }
    }

    private func json(_ details: RunDetails) throws -> Data {
        var rest = details
        rest.metrics = []
        return try RunStore.encoder.encode(rest) + Data("\n".utf8)
    }

    /// How values of this library are written as JSON: sorted keys, times as ISO 8601 in UTC.
    public static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return encoder
    }
}

private func csv(_ metrics: [Metric]) -> String {
    "name,label,step,value\n"
        + metrics.map { metric in
            let step = metric.step.map(String.init) ?? ""
            return row([metric.name, metric.label ?? "", step, metric.value.map { "\($0)" } ?? ""])
        }.joined()
}

private func csv(_ predictions: [StoredPrediction]) -> String {
    "path,truth,predicted,probability\n"
        + predictions.map { row([$0.path, $0.truth, $0.predicted, "\($0.probability)"]) }.joined()
}

/// One line of RFC 4180: quotes around a field that needs them, doubled within.
private func row(_ fields: [String]) -> String {
    fields.map { field in
        field.contains { ",\"\r\n".contains($0) || $0.isNewline }
            ? "\"\(field.replacingOccurrences(of: "\"", with: "\"\""))\"" : field
    }.joined(separator: ",") + "\n"
}
