// What `ocelot doctor` and the tests ask of the store.
import Foundation
import GRDB

extension RunStore {
    /// What SQLite says of the whole file: "ok", or what is wrong with it.
    public func check() throws -> String {
        try read { db in try String.fetchOne(db, sql: "PRAGMA integrity_check") ?? "" }
    }

    /// Carries out one statement.
    package func execute(_ sql: String) throws {
        try RunHistoryError.translating(file) { try database.writeWithoutTransaction { try $0.execute(sql: sql) } }
    }

    /// Moves what was committed from the log into the file.
    package func emptyLog() throws {
        _ = try database.writeWithoutTransaction { try $0.checkpoint(.truncate) }
    }

    /// Keeps other writers waiting.
    package func holdLock(seconds: Double) throws {
        try write { _ in Thread.sleep(forTimeInterval: seconds) }
    }
}
