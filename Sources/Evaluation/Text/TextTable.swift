// Columns that stand below each other in a terminal, whatever script their words are in.

/// A table of text.
struct TextTable {
    /// To which side the cells of a column are moved.
    enum Alignment: Sendable { case left, right }

    /// What each column is.
    var header: [String]
    var alignments: [Alignment]
    /// As many cells each as the header.
    var rows: [[String]] = []

    init(_ header: [String], _ alignments: [Alignment]) {
        self.header = header
        self.alignments = alignments
    }

    /// The lines of the table, without a line break at the end.
    ///
    /// `style` may colour a cell (row, column, padded text); the header is row −1.
    func text(style: (Int, Int, String) -> String = { _, _, text in text }) -> String {
        let cells = ([header] + rows).map { $0.map(printable) }
        let widths = header.indices.map { column in cells.map { columns(of: $0[column]) }.max() ?? 0 }
        let lines = cells.enumerated().map { row, line in
            let padded = line.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - columns(of: cell))
                return style(row - 1, column, alignments[column] == .left ? cell + padding : padding + cell)
            }
            return trimmedEnd(padded.joined(separator: "  "))
        }
        return lines.joined(separator: "\n")
    }

    private func trimmedEnd(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }
}
