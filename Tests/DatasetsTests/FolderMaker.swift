// Small data sets for tests. A file counts as an image by its first bytes, so a few bytes are enough.

import Datasets
import Foundation

/// Bytes that begin as a JPEG file does; files with different `content` differ.
func jpeg(_ content: String = UUID().uuidString) -> [UInt8] { [0xFF, 0xD8, 0xFF, 0xE0] + Array(content.utf8) }

extension URL {
    /// Writes a file below this folder, and the folders that lead to it.
    @discardableResult
    func write(_ path: String, _ bytes: [UInt8]) throws -> URL {
        let file = appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
        return file
    }

    @discardableResult
    func write(_ path: String, _ text: String) throws -> URL { try write(path, Array(text.utf8)) }

    /// Writes an image of its own at each path.
    func writeImages(_ paths: String...) throws {
        for path in paths { try write(path, jpeg(path)) }
    }

    func makeFolder(_ path: String) throws -> URL {
        let folder = appending(path: path)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: appending(path: path).path, withDestinationPath: target)
    }

    /// Every path below this folder with the bytes of its file.
    func everything() throws -> [String: Data] {
        var files: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: self.path) {
            files[path] = (try? Data(contentsOf: appending(path: path))) ?? Data()
        }
        return files
    }
}

extension Dataset {
    /// Path and label names of each image, as one line each.
    var lines: [String] { images.map { "\($0.path) \($0.labels.map { classes[$0] }.joined(separator: "|"))" } }

    /// Path and reason of each file that is left out, as one line each.
    var leftOutLines: [String] { leftOut.map { "\($0.path) \($0.reason)" } }
}
