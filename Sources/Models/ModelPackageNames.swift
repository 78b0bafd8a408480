// What people call a model: a path, `NAME`, `NAME:3`.
public import Foundation

extension ModelPackage {
    /// The folder of the package that `text` means: a path to one, `NAME` or `NAME:latest` for the newest version of a
    /// model in the workspace, `NAME:3` for version 3.
    ///
    /// A path may also be written as seen from the workspace, as runs record it (`models/fridge/3`), and may end in
    /// `latest`. A version is newest by its number.
    public static func locate(_ text: String, in workspace: URL) throws(ModelPackageError) -> URL {
        let path = URL(filePath: text)
        for url in [path, workspace.appending(path: text)] where text.contains("/") || text.hasPrefix(".") {
            if let folder = package(at: url) { return folder }
        }
        if text.contains("/") { throw .notAPackage(path) }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if isModelName(parts[0]) {
            let model = models(in: workspace).appending(path: parts[0])
            let known = versions(in: model)
            if let newest = known.last {
                guard parts.count == 2, parts[1] != "latest" else { return model.appending(path: "\(newest)") }
                guard let version = Int(parts[1]) else { throw .badName(text) }
                guard known.contains(version) else {
                    throw .noSuchVersion(name: parts[0], version: version, known: known)
                }
                return model.appending(path: "\(version)")
            }
        }
        if let folder = package(at: path) { return folder }
        throw .noSuchModel(name: parts[0], known: names(in: workspace))
    }

    /// The names of the models in a workspace, in alphabetical order.
    public static func names(in workspace: URL) -> [String] {
        let folder = models(in: workspace)
        let found = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return found.filter { isModelName($0) && !versions(in: folder.appending(path: $0)).isEmpty }.sorted()
    }

    /// The versions of a model in a workspace, oldest first.
    public static func versions(of name: String, in workspace: URL) -> [Int] {
        isModelName(name) ? versions(in: models(in: workspace).appending(path: name)) : []
    }

    /// Where version `version` of a model lies in a workspace, or would lie.
    public static func folder(_ name: String, version: Int, in workspace: URL) throws(ModelPackageError) -> URL {
        guard isModelName(name) else { throw .badName(name) }
        return models(in: workspace).appending(path: "\(name)/\(version)")
    }

    /// What the model is called that `text` means: `NAME` as it is, a path by its last part that can be a name.
    public static func name(in text: String) -> String {
        if !text.contains("/") {
            let name = String(text.prefix { $0 != ":" })
            if isModelName(name) { return name }
        }
        let parts = URL(filePath: text).standardizedFileURL.pathComponents
        return parts.last { Int($0) == nil && $0 != "latest" && isModelName($0) } ?? "model"
    }

    /// Which version the package in `folder` is: 3 in `models/NAME/3`, and 1 where the folder's name says nothing.
    public static func version(of folder: URL) -> Int {
        let last = folder.lastPathComponent
        return Int(last).flatMap { $0 > 0 && "\($0)" == last ? $0 : nil } ?? 1
    }

    /// Whether `name` can be the name of a model.
    public static func isModelName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (1...64).contains(name.utf8.count), name != "latest" else { return false }
        return name.utf8.allSatisfy(isPlain) && !"-_.".utf8.contains(first)
    }

    private static func models(in workspace: URL) -> URL { workspace.appending(path: "models") }

    /// A package's folder if `url` is one, is the folder of a model, or is `latest` in one.
    private static func package(at url: URL) -> URL? {
        if plainFileSize(url.appending(path: manifestName)) != nil { return url }
        let model = url.lastPathComponent == "latest" ? url.deletingLastPathComponent() : url
        return versions(in: model).last.map { model.appending(path: "\($0)") }
    }

    /// The versions in the folder of a model: the names that are whole numbers from 1, of folders with a manifest.
    private static func versions(in model: URL) -> [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: model.path)) ?? []
        return names.compactMap { name -> Int? in
            guard let version = Int(name), version > 0, "\(version)" == name,
                plainFileSize(model.appending(path: "\(name)/\(manifestName)")) != nil
            else { return nil }
            return version
        }.sorted()
    }
}
