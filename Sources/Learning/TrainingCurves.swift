// The curves of a training as charts.

public import Evaluation

extension TrainingPhase {
    /// Error and loss by epoch, with the best epoch marked and where validation turns.
    public func figures(numbered number: Int) -> [ReportFigure] {
        guard history.epochs.count > 0 else { return [] }
        let title = name == "head" ? "head" : "network"
        var rules: [Mark] = []
        if let bestEpoch { rules.append(.rule(x: Double(bestEpoch), name: "best epoch: \(bestEpoch)")) }
        if let turn = history.turn, turn != bestEpoch { rules.append(.rule(x: Double(turn), name: "validation turns")) }
        func line(_ name: String, _ value: (TrainingHistory.Epoch) -> Double?) -> Mark {
            .line(
                .init(
                    name,
                    history.epochs.compactMap { epoch in value(epoch).map { ChartPoint(x: Double(epoch.number), y: $0) }
                    },
                    hasDots: history.epochs.count <= 30))
        }
        func lines(_ value: @escaping (TrainingHistory.Measure) -> Double) -> [Mark] {
            var lines = [line("training") { value($0.training) }]
            if history.epochs.contains(where: { $0.validation != nil }) {
                lines.append(line("validation") { $0.validation.map(value) })
            }
            return lines
        }
        let epochs = Axis("Epoch", format: .wholeNumber)
        let last = history.epochs[history.epochs.count - 1]
        let summary =
            "After \(last.number) epochs the training error is \(percent(last.training.error))"
            + (last.validation.map { ", the validation error \(percent($0.error))." } ?? ".")
        let turned =
            history.turn.map {
                " From epoch \($0) on, validation gets worse while training gets better: the network learns the training "
                    + "photos by heart (over-fitting). With few photos that is usual, and does not make the best epoch worse."
            } ?? ""
        return [
            ReportFigure(
                Chart(
                    "error-\(number)", title: "Error by epoch: \(title)", summary: summary, x: epochs,
                    y: Axis("Photos put into a wrong class", format: .percent), marks: lines(\.error) + rules),
                caption: summary + turned),
            ReportFigure(
                Chart(
                    "loss-\(number)", title: "Loss by epoch: \(title)", summary: summary, x: epochs,
                    y: Axis("Loss (−log of the true class's probability)"), marks: lines(\.loss) + rules),
                caption:
                    "What training makes small. In training it is measured with dropout and varied photos, so it may lie "
                    + "above that of validation."),
        ]
    }

    private func percent(_ value: Double) -> String { "\((value * 1000).rounded() / 10) %" }
}
