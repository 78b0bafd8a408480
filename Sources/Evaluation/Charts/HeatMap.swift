// A table of shares as coloured fields: many classes at a glance.

/// A grid of fields, the darker the larger their values.
///
/// Only fields that are not zero are drawn, so that a thousand classes make a picture of the mistakes and not of emptiness.
public struct HeatMap: Sendable {
    /// Tells this picture from others on the same page: letters, digits and hyphens.
    public var identifier: String
    /// What the picture shows, in a few words.
    public var title: String
    /// What it says, in a sentence, for those who do not see it.
    public var summary: String
    /// What the rows are, from top to bottom, and the columns, from left to right.
    public var rowTitle, columnTitle: String
    /// What each row and column is called.
    public var labels: [String]
    /// 0…1, by row and column; the diagonal has a colour of its own.
    public var values: [[Double]]
    /// Width of the picture in pixels. It can be shown at any size.
    public var width = 720.0

    /// Makes a heat map.
    public init(
        _ identifier: String, title: String, summary: String, rowTitle: String, columnTitle: String, labels: [String],
        values: [[Double]]
    ) {
        self.identifier = identifier
        self.title = title
        self.summary = summary
        self.rowTitle = rowTitle
        self.columnTitle = columnTitle
        self.labels = labels
        self.values = values
    }

    /// The picture as an `<svg>` element; a file of its own also carries the style.
    public func svg(asFile: Bool = false) -> String {
        let names = labels.map { shortened($0, to: 20) }
        // Names are written where their rows are at least as high as the letters.
        let side = labels.count <= 60 ? (names.map { estimatedWidth($0, size: 11) }.max() ?? 0) + 10 : 10
        let (left, top) = (side + 20, labels.count <= 60 ? side + 24 : 30)
        let field = (width - left - 4) / Double(max(labels.count, 1))
        let extent = field * Double(labels.count)
        var body =
            "<rect class=\"plane\" x=\"\(px(left))\" y=\"\(px(top))\" width=\"\(px(extent))\" height=\"\(px(extent))\"/>\n"
        for (row, fields) in values.enumerated() {
            for (column, value) in fields.enumerated() where value > 0 {
                let colour = row == column ? "c0" : "c1"
                // Even the smallest share has to be seen, hence not from 0.
                let opacity = (0.15 + 0.85 * min(value, 1).squareRoot()).trimmed(2)
                let note = "\(labels[row]) → \(labels[column]): \(percent(value))"
                body +=
                    "<rect class=\"field \(colour)\" opacity=\"\(opacity)\" x=\"\((left + Double(column) * field).trimmed(2))\" "
                body += "y=\"\((top + Double(row) * field).trimmed(2))\" width=\"\(field.trimmed(2))\" "
                body += "height=\"\(field.trimmed(2))\"><title>\(escaped(note))</title></rect>\n"
            }
        }
        if labels.count <= 60 {
            let size = min(11, field).trimmed(1)
            for (index, name) in names.enumerated() {
                let middle = (Double(index) + 0.5) * field
                body += "<text font-size=\"\(size)\" text-anchor=\"end\" x=\"\(px(left - 5))\" "
                body += "y=\"\(px(top + middle + 4))\">\(escaped(name))</text>\n"
                body +=
                    "<text font-size=\"\(size)\" transform=\"translate(\(px(left + middle + 4)) \(px(top - 5))) rotate(-90)\">"
                body += "\(escaped(name))</text>\n"
            }
        }
        body += "<g class=\"titles\"><text x=\"\(px(left))\" y=\"13\">\(escaped(columnTitle)) →</text>"
        body +=
            "<text text-anchor=\"end\" transform=\"translate(13 \(px(top))) rotate(-90)\">← \(escaped(rowTitle))</text></g>\n"
        return svgElement(
            identifier, title: title, summary: summary, width: width, height: top + extent + 4, body, asFile: asFile)
    }
}
