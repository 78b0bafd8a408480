// What can go wrong with pretrained weights, each with its sentence.

/// Why weights could not be fetched or kept.
public enum WeightStoreError: Error, Hashable, Sendable {
    /// Nothing of this name is published.
    case unknown(String, suggestion: String?)
    /// Nobody publishes weights of this network for download.
    case notPublished(name: String)
    /// The server could not be reached, or broke off again and again.
    case unreachable(file: String, backbone: String, address: String, reason: String)
    /// The server answered, but not with the file.
    case refused(file: String, backbone: String, address: String, status: Int)
    /// The file is not the one that was published; the first digits of its SHA-256 should be `expected`.
    case wrongContents(file: String, address: String, expected: String, found: String)
    /// The file is longer than any weights are, in bytes.
    case tooLarge(file: String, address: String, limit: Int)
    /// The mirror is a folder, and does not have the file.
    case notInMirror(file: String, folder: String)
    /// There is not enough room, in bytes.
    case diskFull(folder: String, needed: Int, free: Int)
    /// The store's folder does not take files.
    case unwritable(folder: String, reason: String)
}

extension WeightStoreError: CustomStringConvertible {
    /// What, where, and what to do.
    public var description: String {
        switch self {
        case .unknown(let name, let suggestion):
            "There are no weights '\(name)'." + (suggestion.map { " Did you mean '\($0)'?" } ?? "")
                + " 'ocelot weights list' shows all."
        case .notPublished(let name):
            """
            Nobody publishes weights of \(name) for download. If you have a file, 'ocelot weights import FILE --as \
            \(name)' keeps it.
            """
        case .unreachable(let file, let backbone, let address, let reason):
            "\(file) could not be fetched from \(address): \(reason). \(Self.withoutNetwork(file, backbone))"
        case .refused(let file, let backbone, let address, let status):
            "\(file) could not be fetched: \(address) answered with status \(status). "
                + Self.withoutNetwork(file, backbone)
        case .wrongContents(let file, let address, let expected, let found):
            """
            \(file) from \(address) is not the file that was published: its SHA-256 begins with \(found.prefix(8)), not \
            with \(expected). It was not kept. Try again; if it happens again, do not trust that source.
            """
        case .tooLarge(let file, let address, let limit):
            "\(file) from \(address) was not kept: it has more than \(limit >> 20) MiB, which no weights here have."
        case .notInMirror(let file, let folder):
            "The mirror \(folder) (OCELOT_WEIGHTS_MIRROR) has no \(file). Put it there, or unset OCELOT_WEIGHTS_MIRROR."
        case .diskFull(let folder, let needed, let free):
            """
            There is not enough room in \(folder): \(needed >> 20) MiB are needed and \(free >> 20) MiB are free. Make \
            room, or set OCELOT_CACHE to a folder on another disk.
            """
        case .unwritable(let folder, let reason):
            "Weights cannot be kept in \(folder): \(reason). Set OCELOT_CACHE to a folder that can be written."
        }
    }

    private static func withoutNetwork(_ file: String, _ backbone: String) -> String {
        """
        Without a network: fetch the file on another machine and run 'ocelot weights import \(file) --as \(backbone)', \
        or set OCELOT_WEIGHTS_MIRROR to a folder or an address that has it.
        """
    }
}
