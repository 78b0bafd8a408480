// Runs begin, measure, keep files and end; models get their numbers.
public import Foundation
import GRDB

extension RunStore {
    /// Begins a run, and returns its number.
    public func begin(_ start: RunStart) throws -> Int {
        let software = try String(decoding: JSONEncoder().encode(start.software), as: UTF8.self)
        return try write { db in
            try db.execute(
                sql: """
                    INSERT INTO runs (started, state, kind, name, command, data, dataFingerprint, seed, recipe, software,
                        host, process)
                    VALUES (?, 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    now().timeIntervalSince1970, start.kind, start.name, start.command, start.data,
                    start.dataFingerprint, start.seed.map(String.init), start.recipe, software,
                    ProcessInfo.processInfo.hostName, ProcessInfo.processInfo.processIdentifier,
                ])
            let run = Int(db.lastInsertedRowID)
            try set(start.parameters, of: run, in: db)
            return run
        }
    }

    /// Adds measurements to a run, all or none.
    public func log(_ metrics: [Metric], run: Int) throws {
        try write { db in
            try require(run, in: db)
            let statement = try db.makeStatement(
                sql: "INSERT INTO metrics (run, step, name, label, value) VALUES (?, ?, ?, ?, ?)")
            for metric in metrics {
                try statement.execute(arguments: [run, metric.step, metric.name, metric.label, metric.value])
            }
        }
    }

    /// Adds parameters to a run, such as what it chose by itself; a name that is there gets the new value.
    public func log(parameters: [String: String], run: Int) throws {
        try write { db in
            try require(run, in: db)
            try set(parameters, of: run, in: db)
        }
    }

    /// Keeps what the model answered for each test image, so that later runs can be compared image by image.
    public func log(predictions: [StoredPrediction], run: Int) throws {
        try write { db in
            try require(run, in: db)
            let statement = try db.makeStatement(
                sql: """
                    INSERT OR REPLACE INTO predictions (run, path, truth, predicted, probability)
                    VALUES (?, ?, ?, ?, ?)
                    """)
            for one in predictions {
                try statement.execute(arguments: [run, one.path, one.truth, one.predicted, one.probability])
            }
        }
    }

    /// Keeps a copy of a file's contents with a run, so that it can be read after the file itself was overwritten.
    public func add(_ name: String, kind: String, mediaType: String, _ data: Data, run: Int) throws {
        try add(Artefact(name: name, kind: kind, mediaType: mediaType, bytes: data.count, path: nil), data, run)
    }

    /// Notes that a file in the workspace belongs to a run, without keeping a copy.
    ///
    /// - Parameters:
    ///   - name: What it is called in the run: a plain file name.
    ///   - kind: What it is for, such as `features`.
    ///   - mediaType: Its media type.
    ///   - path: Where it lies, as seen from the workspace.
    ///   - bytes: Its length.
    ///   - run: The run.
    /// - Throws: `RunHistoryError`.
    public func add(_ name: String, kind: String, mediaType: String, path: String, bytes: Int, run: Int) throws {
        try add(Artefact(name: name, kind: kind, mediaType: mediaType, bytes: bytes, path: path), nil, run)
    }

    private func add(_ artefact: Artefact, _ data: Data?, _ run: Int) throws {
        guard RunStore.isFileName(artefact.name) else { throw RunHistoryError.badName(artefact.name) }
        try write { db in
            try require(run, in: db)
            try db.execute(
                sql: """
                    INSERT OR REPLACE INTO artefacts (run, name, kind, mediaType, bytes, path, data)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    run, artefact.name, artefact.kind, artefact.mediaType, artefact.bytes, artefact.path, data,
                ])
        }
    }

    /// Ends a run.
    public func finish(_ run: Int, _ state: Run.State = .done, message: String? = nil) throws {
        try write { db in
            try require(run, in: db)
            try db.execute(
                sql: "UPDATE runs SET state = ?, ended = ?, message = ? WHERE id = ?",
                arguments: [state.rawValue, now().timeIntervalSince1970, message, run])
        }
    }

    /// Marks a run that ended as running again, by this process.
    public func resume(_ run: Int) throws {
        try write { db in
            try require(run, in: db)
            try db.execute(
                sql:
                    "UPDATE runs SET state = 'running', ended = NULL, message = NULL, host = ?, process = ? WHERE id = ?",
                arguments: [
                    ProcessInfo.processInfo.hostName, ProcessInfo.processInfo.processIdentifier, run,
                ])
        }
    }

    /// Takes the next version number of a model for a run; no other process gets the same, now or later.
    ///
    /// The number is one above all that the history and the folder `models/NAME` know. The package is then written to
    /// `models/NAME/VERSION`, and `publish` says that it is there. If that fails, the number stays unused.
    public func nextVersion(of model: String, run: Int) throws -> Int {
        let folder = workspace.appending(path: "models/\(model)")
        return try write { db in
            try require(run, in: db)
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            let known = try Int.fetchOne(db, sql: "SELECT MAX(version) FROM models WHERE name = ?", arguments: [model])
            let version = max(known ?? 0, names.compactMap { Int($0) }.max() ?? 0) + 1
            try db.execute(
                sql: "INSERT INTO models (name, version, run, created) VALUES (?, ?, ?, ?)",
                arguments: [model, version, run, now().timeIntervalSince1970])
            return version
        }
    }

    /// Notes that a version of a model lies at `path`, as seen from the workspace, with the package's digest.
    public func publish(_ model: String, version: Int, path: String, sha256: String, run: Int) throws {
        try write { db in
            try require(run, in: db)
            try db.execute(
                sql: """
                    INSERT OR REPLACE INTO models (name, version, run, path, sha256, created) VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [model, version, run, path, sha256, now().timeIntervalSince1970])
        }
    }

    /// Removes a run with all that was measured and kept in it.
    ///
    /// Its models stay, and so do files in the workspace.
    ///
    /// - Parameter run: The run.
    /// - Returns: How many bytes became free on the disk.
    /// - Throws: `RunHistoryError`.
    @discardableResult
    public func delete(_ run: Int) throws -> Int {
        let before = bytesOnDisk
        try write { db in
            try require(run, in: db)
            try db.execute(sql: "DELETE FROM runs WHERE id = ?", arguments: [run])
        }
        try RunHistoryError.translating(file) {
            try database.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA incremental_vacuum")
                // Where another process is reading, the log is emptied later, by whoever closes the file last.
                _ = try? db.checkpoint(.truncate)
            }
        }
        return max(0, before - bytesOnDisk)
    }

    /// The length of the store's files, in bytes.
    var bytesOnDisk: Int {
        [file.path, file.path + "-wal"].reduce(0) { sum, path in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return sum + ((attributes?[.size] as? NSNumber)?.intValue ?? 0)
        }
    }

    private func set(_ parameters: [String: String], of run: Int, in db: Database) throws {
        for (name, value) in parameters {
            try db.execute(
                sql: "INSERT OR REPLACE INTO parameters (run, name, value) VALUES (?, ?, ?)",
                arguments: [run, name, value])
        }
    }

    /// Throws unless there is such a run.
    func require(_ run: Int, in db: Database) throws {
        let found = try Int.fetchOne(db, sql: "SELECT id FROM runs WHERE id = ?", arguments: [run])
        guard found == nil else { return }
        throw RunHistoryError.noSuchRun(run, newest: try Int.fetchOne(db, sql: "SELECT MAX(id) FROM runs"))
    }

    /// Whether `name` is a plain file name: no path, nothing hidden.
    static func isFileName(_ name: String) -> Bool {
        (1...100).contains(name.utf8.count) && !name.hasPrefix(".")
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
