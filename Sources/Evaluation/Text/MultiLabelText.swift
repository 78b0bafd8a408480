// A report about labels that do not exclude each other, in a terminal.

extension MultiLabelReport {
    /// The report as tables, with a line break at the end.
    ///
    /// Up to `labelLimit` labels are listed, the worst of more. `colour` adds a terminal's colour codes.
    public func text(width: Int = 100, labelLimit: Int = 25, colour: Bool = false) -> String {
        let paint = Paint(isOn: colour)
        var text = TextTable(["", "", ""], [.left, .right, .left])
        text.rows = [
            [
                "Mean average precision", percent(meanAveragePrecision),
                "each label counts the same; guessing reaches \(percent(chance.averagePrecision))",
            ],
            [
                "F1", percent(micro.f1),
                "of all answers together (micro); mean over the labels (macro) \(percent(macro.f1))",
            ],
            [
                "Hamming loss", percent(hammingLoss),
                "of all answers are wrong; always the more frequent answer \(percent(chance.hammingLoss))",
            ],
            [
                "Exact match", percent(exactMatch),
                "\(grouped(images - mistakes.count)) of \(counted(images, "test image")) with all labels right; 95 % interval "
                    + percent(exactMatchInterval),
            ],
        ]
        let headline = text.text { row, column, cell in row == 0 && column == 1 ? paint(.bold, cell) : cell }
            .split(separator: "\n", omittingEmptySubsequences: true).joined(separator: "\n")
        return headline + "\n\n" + labelTable(labelLimit, width, paint) + "\n"
    }

    /// A row per label.
    private func labelTable(_ limit: Int, _ width: Int, _ paint: Paint) -> String {
        var table = TextTable(
            ["label", "images", "AP", "chance", "threshold", "precision", "recall", "95 % interval", "F1"],
            [.left, .right, .right, .right, .right, .right, .right, .right, .right])
        let shown = labels.count > limit ? Array(leastPreciseFirst.prefix(limit)) : Array(labels.indices)
        for index in shown {
            let metrics = perLabel[index]
            table.rows.append([
                shortened(printable(metrics.label), to: max(width - 84, 16)), grouped(metrics.images),
                percent(metrics.averagePrecision), percent(metrics.prevalence), decimal(metrics.threshold, digits: 2),
                percent(metrics.precision), percent(metrics.recall), percent(metrics.recallInterval),
                percent(metrics.f1),
            ])
        }
        let text = table.text { row, _, cell in row < 0 ? paint(.dim, cell) : cell }
        guard shown.count < labels.count else { return text }
        return "The \(shown.count) of \(grouped(labels.count)) labels with the lowest average precision:\n\n" + text
    }

    /// The labels, that of the lowest average precision first; those without images last.
    var leastPreciseFirst: [Int] {
        labels.indices.sorted { (perLabel[$0].averagePrecision ?? 2, $0) < (perLabel[$1].averagePrecision ?? 2, $1) }
    }
}
