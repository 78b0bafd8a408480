import Datasets
import Foundation
import Imaging

/// The image files that paths mean: files as they are, folders searched for files that begin like an image.
func imageFiles(in paths: [String]) throws -> [String] {
    var files: [String] = []
    for path in paths {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw PhotoNotRead(path: path, reason: "There is no such file.", suggestion: nearSibling(of: path))
        }
        guard isFolder.boolValue else {
            files.append(path)
            continue
        }
        let found = try imagesBelow(path)
        guard !found.isEmpty else { throw DatasetError.noImages(path: path, leftOut: []) }
        files += found.map { (path.hasSuffix("/") ? path : path + "/") + $0 }
    }
    return files
}

/// The bytes of a photo that a person names.
func readPhoto(_ path: String) throws -> Data {
    guard FileManager.default.fileExists(atPath: path) else {
        throw PhotoNotRead(path: path, reason: "There is no such file.", suggestion: nearSibling(of: path))
    }
    do {
        return Data(try readImageFile(URL(filePath: path)))
    } catch {
        throw PhotoNotRead(path: path, reason: "\(error)")
    }
}

/// Does something with a photo, and names its file where the photo is the trouble.
func naming<Result>(_ path: String, _ body: () async throws -> Result) async throws -> Result {
    do {
        return try await body()
    } catch let error as ImagingError {
        throw PhotoNotRead(path: path, reason: "\(error)")
    }
}

/// A photo that is not there, or cannot be read.
struct PhotoNotRead: Error, CustomStringConvertible {
    var path: String
    var reason: String
    var suggestion: String? = nil

    var description: String { "\(path): \(reason)" + (suggestion.map { " Did you mean '\($0)'?" } ?? "") }
}

/// The files below a folder whose first bytes are an image's, sorted by path; nothing that begins with a dot.
private func imagesBelow(_ folder: String) throws -> [String] {
    guard
        let files = FileManager.default.enumerator(
            at: URL(filePath: folder), includingPropertiesForKeys: [.isRegularFileKey], options: [.skipsHiddenFiles])
    else { throw DatasetError.unreadable(path: folder, reason: "it cannot be listed") }
    let root = URL(filePath: folder).standardizedFileURL.path
    var paths: [String] = []
    for case let file as URL in files {
        guard (try? file.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile == true,
            let handle = try? FileHandle(forReadingFrom: file)
        else { continue }
        defer { try? handle.close() }
        guard let head = try? handle.read(upToCount: 64), case .image = FileKind(firstBytes: head) else { continue }
        paths.append(String(file.standardizedFileURL.path.dropFirst(root.count + 1)))
    }
    return paths.sorted()
}

/// What lies beside a path that does not exist, and is called nearly the same.
private func nearSibling(of path: String) -> String? {
    let parent = URL(filePath: path).deletingLastPathComponent()
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
    let name = URL(filePath: path).lastPathComponent
    guard let near = NearMiss.suggestion(for: name, among: names.filter { !$0.hasPrefix(".") }) else { return nil }
    return String(path.dropLast(name.count)) + near
}
