// Whether a file is still the one that was read.

import Foundation

/// What changes when a file is replaced or written anew.
struct FileStamp: Hashable, Sendable {
    private var modified: Date?
    private var inode: Int?
    private var size: Int?

    /// Of the file at `url`; all stamps of a file that is not there are equal.
    init(_ url: URL) {
        // What a link leads to counts: Kubernetes replaces files by changing one.
        let path = url.resolvingSymlinksInPath().path
        let values = try? FileManager.default.attributesOfItem(atPath: path)
        modified = values?[.modificationDate] as? Date
        inode = values?[.systemFileNumber] as? Int
        size = values?[.size] as? Int
    }
}
