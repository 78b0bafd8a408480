import Datasets
import Foundation
import Imaging

/// The image files that paths mean: files as they are, folders searched for files that begin like an image.
func imageFiles(in paths: [String]) throws -> [String] {
    var files: [String] = []
    for path in paths {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw DatasetError.missing(path: path, suggestion: NearMiss.path(for: path))
        }
        guard isFolder.boolValue else {
            files.append(path)
            continue
        }
        let found = try ImageFolder.files(in: URL(filePath: path))
        guard !found.isEmpty else { throw DatasetError.noImages(path: path, leftOut: []) }
        files += found.map { (path.hasSuffix("/") ? path : path + "/") + $0 }
    }
    return files
}
