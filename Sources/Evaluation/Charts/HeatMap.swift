// A table of shares as coloured fields: many classes at a glance.

/// A grid of fields, the darker the larger their values.
///
/// Only fields that are not zero are drawn, so that the picture of many classes is one of their mistakes.
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
    /// Width of the picture in pixels.
    ///
    /// It can be shown at any size.
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
        // Names are written where their rows are at least nearly as high as the letters.
        let names = labels.count <= 60 ? labels.map { shortened($0, to: 20) } : []
        let side = 10 + (names.map { estimatedWidth($0, size: 11) }.max() ?? 0)
        let (left, top) = (side + 20, side + 24)
        let field = (width - left - 4) / Double(max(labels.count, 1))
        let extent = px(field * Double(labels.count))

        var body = element(
            "rect", ["class": "plane", "x": px(left), "y": px(top), "width": extent, "height": extent])
        for (row, fields) in values.enumerated() {
            for (column, value) in fields.enumerated() where value > 0 {
                let note = element("title", [:], escaped("\(labels[row]) → \(labels[column]): \(percent(value))"))
                body +=
                    element(
                        "rect",
                        [
                            "class": row == column ? "field c0" : "field c1",
                            // Even the smallest share has to be seen, hence not from 0.
                            "opacity": (0.15 + 0.85 * min(value, 1).squareRoot()).trimmed(2),
                            "x": (left + Double(column) * field).trimmed(2),
                            "y": (top + Double(row) * field).trimmed(2),
                            "width": field.trimmed(2), "height": field.trimmed(2),
                        ], note) + "\n"
            }
        }
        let size = min(11, field).trimmed(1)
        for (index, name) in names.enumerated() {
            let middle = (Double(index) + 0.5) * field
            body += text(name, left - 5, top + middle + 4, ["text-anchor": "end", "font-size": size])
            body += text(name, left + middle + 4, top - 5, ["font-size": size], isUpright: true)
        }
        body += element(
            "g", ["class": "titles"],
            text(columnTitle + " →", left, 13, [:])
                + text("← " + rowTitle, 13, top, ["text-anchor": "end"], isUpright: true))
        return svgElement(
            identifier, title: title, summary: summary, width: width, height: top + width - left, body, asFile: asFile)
    }

    private func text(
        _ text: String, _ x: Double, _ y: Double, _ attributes: KeyValuePairs<String, String>, isUpright: Bool = false
    ) -> String {
        let place = "translate(\(px(x)) \(px(y)))" + (isUpright ? " rotate(-90)" : "")
        return element("g", ["transform": place], element("text", attributes, escaped(text))) + "\n"
    }
}
