// The tables, and how an older file is brought to them.
import Foundation
import GRDB

extension RunStore {
    /// "OCEL": tells our files from those of other programs.
    private static let applicationID = 0x4F43_454C

    /// What each version of the schema adds to the one before; a released entry never changes.
    ///
    /// Every step is carried out in the same transaction that looked at the version, so that of two processes that
    /// open a new file at once only one makes the tables (GRDB's own migrator looks first and locks later).
    private static let steps = [
        """
        CREATE TABLE runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,   -- a number is never used twice
            started REAL NOT NULL,                  -- seconds since 1970
            ended REAL,
            state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'diverged', 'interrupted')),
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            command TEXT NOT NULL,
            data TEXT NOT NULL,
            dataFingerprint TEXT,
            seed TEXT,                              -- of 64 bits without sign, which an INTEGER does not hold
            recipe TEXT,
            software TEXT NOT NULL,                 -- a JSON object: names and versions
            message TEXT,
            host TEXT NOT NULL,
            process INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE parameters (
            run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (run, name)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE metrics (
            id INTEGER PRIMARY KEY,
            run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
            step INTEGER,                           -- NULL: a final result
            name TEXT NOT NULL,
            label TEXT,                             -- NULL: of all classes
            value REAL                              -- NULL: not a finite number
        ) STRICT;
        CREATE INDEX metricsByRun ON metrics (run, name);

        CREATE TABLE predictions (
            run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
            path TEXT NOT NULL,
            truth TEXT NOT NULL,
            predicted TEXT NOT NULL,
            probability REAL NOT NULL,
            PRIMARY KEY (run, path)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE artefacts (
            id INTEGER PRIMARY KEY,
            run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
            name TEXT NOT NULL,
            kind TEXT NOT NULL,
            mediaType TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            path TEXT,                              -- as seen from the workspace
            data BLOB,
            UNIQUE (run, name),
            CHECK ((path IS NULL) <> (data IS NULL))
        ) STRICT;

        CREATE TABLE models (
            name TEXT NOT NULL,
            version INTEGER NOT NULL,
            run INTEGER REFERENCES runs ON DELETE SET NULL,
            path TEXT,                              -- NULL: the number is taken, the package not written yet
            sha256 TEXT,
            created REAL NOT NULL,
            PRIMARY KEY (name, version)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX modelsByRun ON models (run);
        """
    ]

    /// Makes what is missing, and refuses what is not ours or of a later version.
    static func bringUpToDate(_ db: Database, _ file: URL) throws {
        if try checkVersion(db, file) == steps.count { return }
        try db.inTransaction(.immediate) {
            let version = try checkVersion(db, file)
            if version == steps.count { return .commit }
            for step in steps[version...] { try db.execute(sql: step) }
            try db.execute(sql: "PRAGMA user_version = \(steps.count); PRAGMA application_id = \(applicationID)")
            return .commit
        }
    }

    /// The version of the schema; an error if it is later than ours, or the file another program's.
    @discardableResult
    static func checkVersion(_ db: Database, _ file: URL) throws -> Int {
        // In this order, for another process may make tables and mark in between, both in one transaction.
        let tables = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM sqlite_schema") ?? 0
        let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard application == applicationID || tables == 0 else { throw RunHistoryError.foreign(file) }
        guard version <= steps.count else {
            throw RunHistoryError.tooNew(file, schema: version, known: steps.count)
        }
        return version
    }
}
