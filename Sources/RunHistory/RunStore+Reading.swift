// Runs are listed, shown and compared.
public import Foundation
import GRDB

/// Which runs are wanted.
public struct RunFilter: Hashable, Sendable {
    /// Only those of this kind, such as `train classifier`.
    public var kind: String?
    /// Only those of this name.
    public var name: String?
    /// Only those in this state.
    public var state: Run.State?
    /// At most so many.
    public var limit: Int?

    /// Makes a filter; what is nil does not matter.
    public init(kind: String? = nil, name: String? = nil, state: Run.State? = nil, limit: Int? = nil) {
        self.kind = kind
        self.name = name
        self.state = state
        self.limit = limit
    }
}

extension RunStore {
    /// The runs with their final results, newest first.
    ///
    /// A run whose process on this machine is gone without a word counts as interrupted.
    public func runs(_ filter: RunFilter = RunFilter()) throws -> [RunSummary] {
        try read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM runs WHERE (?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR name = ?2) ORDER BY id DESC
                    """,
                arguments: [filter.kind, filter.name])
            var runs = try rows.map { row in try run(row, db) }
            // In Swift, for the state of a run may depend on whether its process is alive.
            if let state = filter.state { runs.removeAll { $0.state != state } }
            return try runs.prefix(filter.limit ?? runs.count).map { run in
                let accuracy = try Double.fetchOne(
                    db,
                    sql: """
                        SELECT value FROM metrics WHERE run = ? AND name = ? AND label IS NULL AND step IS NULL
                        ORDER BY id DESC LIMIT 1
                        """,
                    arguments: [run.id, Metric.testAccuracy])
                return RunSummary(run: run, testAccuracy: accuracy)
            }
        }
    }

    /// A run with all that was measured in it and made by it.
    public func details(_ id: Int) throws -> RunDetails {
        try read { db in
            try require(id, in: db)
            return try details(id, in: db)
        }
    }

    private func details(_ id: Int, in db: Database) throws -> RunDetails {
        guard let row = try Row.fetchOne(db, sql: "SELECT * FROM runs WHERE id = ?", arguments: [id]) else {
            throw RunHistoryError.noSuchRun(id, newest: try Int.fetchOne(db, sql: "SELECT MAX(id) FROM runs"))
        }
        let metrics = try Row.fetchAll(
            db, sql: "SELECT name, label, step, value FROM metrics WHERE run = ? ORDER BY id", arguments: [id])
        let artefacts = try Row.fetchAll(
            db, sql: "SELECT name, kind, mediaType, bytes, path FROM artefacts WHERE run = ? ORDER BY name",
            arguments: [id])
        return RunDetails(
            run: try run(row, db),
            recipe: row["recipe"],
            metrics: metrics.map { Metric($0["name"], label: $0["label"], step: $0["step"], $0["value"] ?? .nan) },
            artefacts: artefacts.map {
                Artefact(
                    name: $0["name"], kind: $0["kind"], mediaType: $0["mediaType"], bytes: $0["bytes"],
                    path: $0["path"])
            },
            models: try models(db, "run = ?", [id]))
    }

    /// The contents of a file that is kept with a run.
    public func contents(of name: String, run: Int) throws -> Data {
        try read { db in
            try require(run, in: db)
            let row = try Row.fetchOne(
                db, sql: "SELECT data, path FROM artefacts WHERE run = ? AND name = ?", arguments: [run, name])
            guard let row else {
                let known = try String.fetchAll(
                    db, sql: "SELECT name FROM artefacts WHERE run = ? ORDER BY name", arguments: [run])
                throw RunHistoryError.noSuchArtefact(name, run: run, known: known)
            }
            if let data = row["data"] as Data? { return data }
            return try Data(contentsOf: workspace.appending(path: row["path"] as String))
        }
    }

    /// What a run's model answered for each test image, by path; empty if that was not kept.
    public func predictions(_ run: Int) throws -> [StoredPrediction] {
        try read { db in
            try require(run, in: db)
            return try Row.fetchAll(
                db, sql: "SELECT * FROM predictions WHERE run = ? ORDER BY path", arguments: [run]
            ).map {
                StoredPrediction(
                    path: $0["path"], truth: $0["truth"], predicted: $0["predicted"],
                    probability: $0["probability"])
            }
        }
    }

    /// The published versions of a model, or of all, by name and version.
    public func models(named name: String? = nil) throws -> [PublishedModel] {
        try read { db in try models(db, "?1 IS NULL OR name = ?1", [name]) }
    }

    private func models(
        _ db: Database, _ condition: String, _ arguments: StatementArguments
    ) throws -> [PublishedModel] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM models WHERE path IS NOT NULL AND (\(condition)) ORDER BY name, version",
            arguments: arguments
        ).map {
            PublishedModel(
                name: $0["name"], version: $0["version"], run: $0["run"], path: $0["path"], sha256: $0["sha256"],
                created: Date(timeIntervalSince1970: $0["created"]))
        }
    }

    /// Sets runs side by side, in the order in which they are named.
    public func compare(_ ids: [Int]) throws -> RunComparison {
        guard Set(ids).count > 1, Set(ids).count == ids.count else { throw RunHistoryError.nothingToCompare }
        return RunComparison(try ids.map { (try details($0), try predictions($0)) })
    }

    private func run(_ row: Row, _ db: Database) throws -> Run {
        let id: Int = row["id"]
        let parameters = try Row.fetchAll(
            db, sql: "SELECT name, value FROM parameters WHERE run = ?", arguments: [id])
        var state = Run.State(rawValue: row["state"]) ?? .failed
        var message: String? = row["message"]
        if state == .running, row["host"] == ProcessInfo.processInfo.hostName, !isAlive(row["process"]) {
            state = .interrupted
            message = "Its process ended without a word."
        }
        let software: String = row["software"]
        return Run(
            id: id,
            started: Date(timeIntervalSince1970: row["started"]),
            ended: (row["ended"] as Double?).map { Date(timeIntervalSince1970: $0) },
            state: state,
            kind: row["kind"],
            name: row["name"],
            command: row["command"],
            data: row["data"],
            dataFingerprint: row["dataFingerprint"],
            seed: (row["seed"] as String?).flatMap { UInt64($0) },
            parameters: Dictionary(parameters.map { ($0["name"], $0["value"]) }, uniquingKeysWith: { $1 }),
            software: (try? JSONDecoder().decode([String: String].self, from: Data(software.utf8))) ?? [:],
            message: message)
    }
}

/// Whether a process of this number is alive on this machine.
private func isAlive(_ process: Int32) -> Bool {
    // Signal 0 only asks.
    kill(process, 0) == 0 || errno == EPERM
}
