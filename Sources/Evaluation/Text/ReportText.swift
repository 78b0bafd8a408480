// A report in a terminal.

extension ClassificationReport {
    /// The report as tables, with a line break at the end.
    ///
    /// Up to `classLimit` classes are listed, the worst of more; the confusion matrix is shown for as many as fit into
    /// `width` columns. `colour` adds a terminal's colour codes.
    public func text(width: Int = 100, classLimit: Int = 25, colour: Bool = false) -> String {
        let paint = Paint(isOn: colour)
        let correct = images - mistakes.count
        var text = TextTable(["", "", ""], [.left, .right, .left])
        text.rows.append([
            "Accuracy", percent(accuracy),
            "\(grouped(correct)) of \(counted(images, "test image")) right; 95 % interval \(percent(accuracyInterval))",
        ])
        text.rows.append([
            "Class-averaged", percent(classAveragedAccuracy),
            "each class counts the same; chance level \(percent(chance))",
        ])
        if let topFiveAccuracy {
            text.rows.append(["Top 5", percent(topFiveAccuracy), "the right class is among the five best"])
        }
        text.rows.append([
            "Confidence", percent(calibration.meanConfidence),
            "on average; expected calibration error \(percent(calibration.expectedCalibrationError))",
        ])
        var sections = [
            text.text { row, column, cell in row == 0 && column == 1 ? paint(.bold, cell) : cell }
                .split(separator: "\n", omittingEmptySubsequences: true).joined(separator: "\n")
        ]
        sections.append(classTable(classLimit, width, paint))
        if labels.count > 1 { sections.append(confusionText(width, paint)) }
        return sections.joined(separator: "\n\n") + "\n"
    }

    /// A row per class.
    private func classTable(_ limit: Int, _ width: Int, _ paint: Paint) -> String {
        var table = TextTable(
            ["class", "images", "accuracy", "95 % interval", "precision", "recall", "AUC"],
            [.left, .right, .right, .right, .right, .right, .right])
        let shown = labels.count > limit ? Array(leastAccurateFirst.prefix(limit)) : Array(labels.indices)
        for index in shown {
            let metrics = perClass[index]
            table.rows.append([
                shortened(printable(metrics.label), to: max(width - 65, 16)), grouped(metrics.images),
                percent(metrics.accuracy), percent(metrics.accuracyInterval), percent(metrics.precision),
                percent(metrics.recall), decimal(metrics.auc),
            ])
        }
        let text = table.text { row, _, cell in row < 0 ? paint(.dim, cell) : cell }
        guard shown.count < labels.count else { return text }
        return "The \(shown.count) least accurate of \(grouped(labels.count)) classes:\n\n" + text
    }

    /// The classes, the least accurate first, of equally accurate ones the larger; those without images last.
    var leastAccurateFirst: [Int] {
        labels.indices.sorted { a, b in
            (perClass[a].accuracy ?? 2, perClass[b].images, a) < (perClass[b].accuracy ?? 2, perClass[a].images, b)
        }
    }

    /// The confusion matrix where it fits, the most frequent mistakes where it does not.
    private func confusionText(_ width: Int, _ paint: Paint) -> String {
        let names = labels.map { shortened(printable($0), to: 16) }
        var table = TextTable(["truth ↓  answer →"] + names, [.left] + names.map { _ in .right })
        for (index, row) in confusion.counts.enumerated() where labels.count <= 40 {
            table.rows.append([names[index]] + row.map(grouped))
        }
        let text = table.text { row, column, cell in
            if row < 0 { return paint(.dim, cell) }
            guard column > 0 else { return cell }
            let count = confusion.counts[row][column - 1]
            return count == 0 ? paint(.dim, cell) : row == column - 1 ? paint(.bold, cell) : paint(.warm, cell)
        }
        let plain = table.text()
        if labels.count <= 40, (plain.split(separator: "\n").map { columns(of: String($0)) }.max() ?? 0) <= width {
            return "What was taken for what. Each row holds the images of one true class, each column one answer:\n\n"
                + text
        }
        guard !confusion.confusions.isEmpty else { return "No image was taken for another class." }
        var list = TextTable(["images", "truth", "answer"], [.right, .left, .left])
        for mistake in confusion.confusions.prefix(10) {
            list.rows.append([grouped(mistake.images), labels[mistake.truth], labels[mistake.predicted]])
        }
        return "The most frequent mistakes (all \(grouped(confusion.confusions.count)) kinds are in the report):\n\n"
            + list.text { row, _, cell in row < 0 ? paint(.dim, cell) : cell }
    }
}

/// Colour codes of a terminal (ECMA-48, “select graphic rendition”), or none.
struct Paint {
    enum Style: String { case bold = "1", dim = "2", warm = "33" }

    let isOn: Bool

    func callAsFunction(_ style: Style, _ text: String) -> String {
        isOn ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}
