// What `ocelot data duplicates` prints.

import Evaluation

/// Sets of copies, for programs.
public struct DuplicateDocument: Encodable {
    /// Images that can be read.
    public let images: Int
    /// The sets, in the order of their first image.
    public let groups: [DuplicateSearch.Group]
    /// How many images could be left out without losing a picture.
    public let surplus: Int
    /// The paths that were excluded.
    public let excluded: [String]
}

extension DuplicateSearch {
    /// The result for programs.
    public func document(excluded: [String] = []) -> DuplicateDocument {
        DuplicateDocument(images: dataset.images.count, groups: groups, surplus: surplus, excluded: excluded)
    }

    /// The sets as text; at most `limit` of them.
    public func text(limit: Int = 50) -> String {
        guard !groups.isEmpty else { return "No copies among \(dataset.images.count) photos." }
        let shown = groups.prefix(limit).map { group in
            let copies = group.images.dropFirst().map { "\n     \(describe($0, in: group))" }
            let conflict = group.isConflict ? "\n     The labels differ: look which one is right." : ""
            return "keep \(describe(group.images[0], in: group)): \(group.why)" + copies.joined() + conflict
        }
        let rest = groups.count > limit ? "\n\nand \(groups.count - limit) more sets; --json lists all." : ""
        let sum =
            "\(groups.count) \(groups.count == 1 ? "set" : "sets") of copies among \(dataset.images.count) photos; "
            + "\(surplus) \(surplus == 1 ? "photo adds" : "photos add") nothing."
        return shown.joined(separator: "\n\n") + rest + "\n\n" + sum
    }

    private func describe(_ image: Image, in group: Group) -> String {
        var words = ["\(image.width) × \(image.height)"]
        if Set(group.images.map(\.labels)).count > 1 { words.append(image.labels.joined(separator: "|")) }
        if let part = image.part { words.append(part.rawValue) }
        if image.path != group.keep {
            if group.isExact { words.append("equal") }
            words += image.changes.map(\.rawValue)
        }
        return "\(printable(image.path)) (\(words.joined(separator: ", ")))"
    }
}
