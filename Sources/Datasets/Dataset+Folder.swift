// A folder with one folder of images for each class, or such a folder for each part.

import Foundation
import Labels

extension Dataset {
    /// The file in which `ocelot data fetch` keeps where the images came from; a folder's reader passes over it.
    package static let sourcesName = "sources.tsv"

    static func readFolder(_ location: URL, options: ReadingOptions) throws -> Dataset {
        let path = location.path
        let top = try shown(location) { () throws(FileSystem.Failure) in try FileSystem.entries(of: path) }
            .filter { !$0.name.hasPrefix(".") && $0.name != sourcesName }
        guard !top.isEmpty else { throw DatasetError.emptyFolder(path: location.relativePath) }

        var walk = FolderWalk(root: path, follows: options.followsSymbolicLinks)
        let folders = walk.folders(top, in: "")
        let parts = folders.map { Part(name: $0) }
        if !folders.isEmpty && parts.allSatisfy({ $0 != nil }) {
            for (folder, part) in zip(folders, parts) {
                try walk.readClasses(in: folder, part: part, location: location.appending(path: folder))
            }
            walk.addFiles(top, in: "", label: nil, part: nil)
        } else {
            try walk.readClasses(in: "", part: nil, location: location)
        }
        walk.reportSpellings()

        let hasFolders = !walk.findings.classes.isEmpty
        let loose = walk.findings.candidates.count { $0.labels.isEmpty }
        let dataset = try walk.findings.dataset(
            location: location, root: location, unlabelled: "lies in no class folder", labels: options.labels ?? .one)
        guard dataset.images.isEmpty else { return dataset }
        if loose > 0 && !hasFolders {
            throw DatasetError.imagesWithoutClass(path: location.relativePath, count: loose)
        }
        throw DatasetError.noImages(path: location.relativePath, leftOut: dataset.leftOut)
    }
}

/// Collects the images below a folder.
private struct FolderWalk {
    /// The folder as the system knows it.
    let root: String
    /// The same without links, to tell what lies inside.
    let resolvedRoot: String
    let follows: Bool
    var findings = Findings()
    /// How the folders of each class spell its name.
    private var spellings: [String: Set<[UInt8]>] = [:]

    init(root: String, follows: Bool) {
        self.root = root
        self.follows = follows
        resolvedRoot = FileSystem.resolved(root) ?? root
    }

    typealias Entries = [(name: String, kind: FileSystem.EntryKind, isNamed: Bool)]

    /// Takes each folder in `folder` for a class.
    ///
    /// `folder` is relative to the root, "" for the root itself.
    mutating func readClasses(in folder: String, part: Part?, location: URL) throws {
        let path = file(folder)
        let entries = try shown(location) { () throws(FileSystem.Failure) in try FileSystem.entries(of: path) }
            .filter { !$0.name.hasPrefix(".") && !(folder.isEmpty && $0.name == Dataset.sourcesName) }
        let names = folders(entries, in: folder)
        for name in names {
            let label = name.precomposedStringWithCanonicalMapping
            findings.classes.insert(label)
            spellings[label, default: []].insert(Array(name.utf8))
            collect(join(folder, name), label: label, part: part, above: [resolvedRoot])
        }
        let before = findings.candidates.count
        addFiles(entries, in: folder, label: nil, part: part)
        // In `train` and its like, images without any class folder beside them are a mistake of their own.
        if part != nil && names.isEmpty && findings.candidates.count > before {
            throw DatasetError.imagesWithoutClass(
                path: location.relativePath, count: findings.candidates.count - before)
        }
    }

    /// The folders among entries: real ones, and links to folders inside the root where links are followed.
    func folders(_ entries: Entries, in folder: String) -> [String] {
        entries.filter { entry in
            guard entry.isNamed else { return false }
            return entry.kind == .folder || entry.kind == .link && isFollowed(join(folder, entry.name), to: .folder)
        }.map(\.name)
    }

    /// Takes in the images that lie directly in a folder, and lists what is neither image nor folder.
    mutating func addFiles(_ entries: Entries, in folder: String, label: String?, part: Part?) {
        for entry in entries {
            let path = join(folder, entry.name)
            let candidate = Candidate(
                path: path, file: file(path), labels: label.map { [$0] } ?? [], part: part, group: nil)
            guard entry.isNamed else {
                findings.leaveOut(path, .notAFile, "has a name that is not UTF-8")
                continue
            }
            switch entry.kind {
            case .folder: break
            case .file: findings.add(candidate)
            case .other: findings.leaveOut(path, .notAFile, "is a pipe or a device, not a file")
            case .link where isFollowed(path, to: .file): findings.add(candidate)
            case .link where isFollowed(path, to: .folder): break
            case .link: findings.leaveOut(path, .notAFile, whyNotFollowed(path))
            }
        }
    }

    /// Takes in all images below a class's folder.
    ///
    /// `above` are the folders that lead to it, without links.
    private mutating func collect(_ folder: String, label: String, part: Part?, above: Set<String>) {
        guard let here = FileSystem.resolved(file(folder)), !above.contains(here) else {
            findings.leaveOut(folder, .notAFile, "is a symbolic link to a folder that holds it")
            return
        }
        do throws(FileSystem.Failure) {
            let entries = try FileSystem.entries(of: file(folder)).filter { !$0.name.hasPrefix(".") }
            addFiles(entries, in: folder, label: label, part: part)
            for name in folders(entries, in: folder) {
                collect(join(folder, name), label: label, part: part, above: above.union([here]))
            }
        } catch {
            findings.leaveOut(folder, .unreadable, "cannot be opened: \(error)")
        }
    }

    /// Reports classes whose folders spell one name with different code points: they are one class.
    mutating func reportSpellings() {
        for (label, spellings) in spellings.sorted(by: { $0.key < $1.key }) where spellings.count > 1 {
            findings.problems.append(
                Problem(
                    kind: .similarClassNames, paths: [],
                    message:
                        "\(spellings.count) folders are called '\(label)', with letters that Unicode writes in more "
                        + "than one way, so their images count as one class.",
                    advice: "Move the images into one folder."))
        }
    }

    private func isFollowed(_ path: String, to kind: FileSystem.EntryKind) -> Bool {
        follows && isInside(path) && FileSystem.kind(of: file(path), followingLinks: true) == kind
    }

    private func isInside(_ path: String) -> Bool {
        FileSystem.resolved(file(path)).map { $0 == resolvedRoot || $0.hasPrefix(resolvedRoot + "/") } ?? false
    }

    private func whyNotFollowed(_ path: String) -> String {
        if FileSystem.resolved(file(path)) == nil { return "is a symbolic link that leads nowhere" }
        return isInside(path)
            ? "is a symbolic link, and links are not followed" : "is a symbolic link that leads out of the data set"
    }

    private func file(_ path: String) -> String { path.isEmpty ? root : join(root, path) }

    private func join(_ folder: String, _ name: String) -> String { folder.isEmpty ? name : folder + "/" + name }
}
