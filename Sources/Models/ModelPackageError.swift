// What can be wrong with a model package, each with its sentence.
public import Foundation

/// Why a model package could not be read or written.
public enum ModelPackageError: Error, Hashable, Sendable {
    /// There is nothing, or no folder with a `manifest.json`, where a package should be.
    case notAPackage(URL)
    /// No model of this name is in the workspace; those that are.
    case noSuchModel(name: String, known: [String])
    /// The model has no such version; those that it has.
    case noSuchVersion(name: String, version: Int, known: [Int])
    /// A name that cannot be a folder, a part of an address and a word on a command line alike.
    case badName(String)
    /// The package was written by a later ocelot.
    case tooNew(URL, format: Int, needs: String)
    /// The manifest is not what ocelot wrote, with the reason.
    case damagedManifest(URL, reason: String)
    /// A file that the manifest lists is missing, or not a plain file.
    case missingFile(URL)
    /// A file has another length than the manifest says, in bytes.
    case wrongSize(URL, expected: Int, found: Int)
    /// A file has the right length and other contents than the manifest says.
    case wrongContents(URL)
    /// The manifest does not list this file.
    case notListed(String)
    /// Nobody has signed the package, or another than the owner of the key, or it was changed since.
    case unsigned(URL, isForeign: Bool)
    /// There is something already where the package should go.
    case exists(URL)
    /// The manifest that is to be written makes no sense, with the reason.
    case invalid(reason: String)
    /// The disk is full; bytes that are free there now.
    case diskFull(URL, free: Int?)
    /// The folder does not take files.
    case notWritable(URL, reason: String)
}

extension ModelPackageError: CustomStringConvertible {
    /// What, where, and what to do.
    public var description: String {
        switch self {
        case .notAPackage(let url):
            "\(url.path) is not a model package: it has no manifest.json. Give a package's folder or the name of a model."
        case .noSuchModel(let name, let known):
            known.isEmpty
                ? "There is no model '\(name)': the workspace has no models yet. Train one with 'ocelot train classifier'."
                : "There is no model '\(name)' in the workspace. There are: \(known.joined(separator: ", "))."
        case .noSuchVersion(let name, let version, let known):
            "The model '\(name)' has no version \(version). It has: \(known.map(String.init).joined(separator: ", "))."
        case .badName(let name):
            """
            '\(name)' cannot be the name of a model. A name has 1 to 64 letters (a–z), digits, '-', '_' and '.', \
            starts with a letter or a digit, and is not 'latest'.
            """
        case .tooNew(let url, let format, let needs):
            """
            \(url.path) is a package of format \(format); this ocelot reads formats up to \(ModelPackage.format). \
            Ocelot \(needs) or later reads it.
            """
        case .damagedManifest(let url, let reason):
            "\(url.path) was damaged or changed: \(reason). Copy the package again, or train the model again."
        case .missingFile(let url):
            "\(url.path) is missing, or is not a plain file. Copy the whole package again."
        case .wrongSize(let url, let expected, let found):
            "\(url.path) has \(found) bytes instead of \(expected): it was cut off or changed. Copy the package again."
        case .wrongContents(let url):
            "\(url.path) is not the file that was packed: its SHA-256 differs. Copy the package again."
        case .notListed(let name):
            "The package's manifest does not list '\(name)', so it is not read."
        case .unsigned(let url, let isForeign):
            isForeign
                ? "\(url.path) was not signed by the owner of this key, or was changed since. Sign it with 'ocelot sign'."
                : "\(url.path) is not signed. Sign it with 'ocelot sign \(url.path) --key FILE'."
        case .exists(let url):
            "\(url.path) is there already; a package is never overwritten. Choose another place or remove it."
        case .invalid(let reason):
            "The model package was not written: \(reason)."
        case .diskFull(let url, let free):
            """
            The disk is full: the package could not be written to \(url.path)\
            \(free.map { " (\($0) bytes are free)" } ?? ""). Nothing was left there. Make room and start again.
            """
        case .notWritable(let url, let reason):
            "The package could not be written to \(url.path): \(reason). Choose another place or change its permissions."
        }
    }
}
