// What a run did, in numbers.

/// What a run did, and what the folder now holds of the list.
public struct FetchSummary: Hashable, Sendable {
    /// A picture under two labels.
    public struct TwoLabels: Hashable, Codable, Sendable {
        /// The link.
        public var url: String
        /// The label that counts, and the other.
        public var labels: [String]
    }

    /// Lines of the list.
    public var lines: Int
    /// Lines that repeat a link.
    public var repeated = 0
    /// Links that earlier runs had settled.
    public var known = 0
    /// Links that this run asked for.
    public var asked = 0
    /// Pictures that this run brought.
    public var fetched = 0
    /// Links that led to a machine that answered, or might have.
    var reached = 0
    /// Of the list's links, those with a picture, by label.
    public var pictures: [String: Int] = [:]
    /// Of the list's links, those that bring the same bytes as another.
    public var duplicates = 0
    /// Of the list's links, those that bring no picture, by reason.
    public var broken: [LinkFailure.Kind: Int] = [:]
    /// Pictures that the list, or two links with the same bytes, give two labels.
    public var twoLabels: [TwoLabels] = []
    /// Bytes that this run wrote.
    public var bytes = 0
    /// By the clock on the wall.
    public var seconds = 0.0

    init(lines: Int) { self.lines = lines }
}

extension FetchSummary {
    /// For people: what the folder holds, and why the rest is not there.
    public var text: String {
        let held = pictures.values.reduce(0, +)
        let classes = pictures.sorted { $0.key < $1.key }.map { "\(printable($0.key)) \($0.value)" }.joined(
            separator: ", ")
        var lines = ["\(held) of \(self.lines - repeated) links have a picture\(held > 0 ? ": \(classes)" : "")."]
        if known > 0 { lines.append("\(known) links were settled by earlier runs and not asked again.") }
        if repeated > 0 { lines.append("\(repeated) lines repeat a link, and count once.") }
        if duplicates > 0 { lines.append("\(duplicates) links bring the same bytes as another, and are left out.") }
        if !twoLabels.isEmpty {
            let first = twoLabels[0]
            lines.append(
                "\(twoLabels.count) pictures stand under two labels, such as \(printable(first.url)) under "
                    + "\(first.labels.map(printable).joined(separator: " and ")); the first in the list counts.")
        }
        let failures = broken.values.reduce(0, +)
        if failures > 0 {
            lines.append("\(failures) bring none:")
            let order = LinkFailure.Kind.allCases
            for kind in order { if let count = broken[kind] { lines.append("  \(count)  link \(kind.words)") } }
            lines.append("Each link's reason stands in sources.tsv.")
            if broken[.privateAddress] != nil {
                lines.append("A machine of your own network is asked if you name it: --allow-private HOST.")
            }
        }
        return lines.joined(separator: "\n")
    }
}
