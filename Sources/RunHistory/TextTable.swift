// Columns of text that stand under each other, whatever script their words are in.

/// A table for the terminal.
package struct TextTable {
    package enum Alignment { case left, right }

    private var rows: [[String]]
    private let alignments: [Alignment]

    /// Makes a table with a heading over each column.
    package init(_ headings: [String], _ alignments: [Alignment]) {
        rows = [headings]
        self.alignments = alignments
    }

    package mutating func add(_ row: [String]) { rows.append(row) }

    /// The table, two spaces between columns, nothing at the ends of lines.
    package var text: String {
        let widths = alignments.indices.map { column in rows.map { $0[column].displayWidth }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let gap = String(repeating: " ", count: widths[column] - cell.displayWidth)
                line += (column > 0 ? "  " : "") + (alignments[column] == .left ? cell + gap : gap + cell)
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}

extension String {
    /// Columns of a terminal that the text takes: two for East Asian wide characters and emoji, one for the others.
    ///
    /// Control characters would move the cursor; `printable` takes them out first.
    var displayWidth: Int {
        reduce(0) { width, character in
            let scalars = character.unicodeScalars
            let isWide = scalars.contains { $0.isWide } || scalars.contains("\u{FE0F}")
            let isInvisible = scalars.allSatisfy { $0.properties.generalCategory == .format }
            return width + (isInvisible ? 0 : isWide ? 2 : 1)
        }
    }

    /// The text on one line, with a dot for each character that a terminal would not print.
    var printable: String {
        String(map { $0.unicodeScalars.contains { $0.properties.generalCategory == .control } ? "·" : $0 })
    }

    /// The text, cut to `width` columns of a terminal with "…" at its end.
    func cut(to width: Int) -> String {
        guard displayWidth > width else { return self }
        var kept = self
        while kept.displayWidth > width - 1, !kept.isEmpty { kept.removeLast() }
        return kept + "…"
    }
}

extension Unicode.Scalar {
    /// Whether it takes two columns (Unicode Standard Annex #11, "East Asian Width": W and F; and emoji shown as such).
    fileprivate var isWide: Bool {
        if properties.isEmojiPresentation { return true }
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
            0x20000...0x3FFFD:
            return true
        default: return false
        }
    }
}
