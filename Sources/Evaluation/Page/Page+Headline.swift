// The first thing to see: how good the model is, how sure that is, and what guessing would reach.

extension ReportPage {
    var headline: Section {
        let correct = report.images - report.mistakes.count
        return Section(
            "summary", link: "Summary", title: "How good is it?",
            hero(
                report.accuracy,
                caption: "accuracy: \(grouped(correct)) of \(counted(report.images, "test image")) answered rightly",
                scale("Accuracy", report.accuracy, report.accuracyInterval, chance: report.chance), meaning: meaning,
                tiles))
    }

    /// What the accuracy means, in words.
    var meaning: String {
        let interval = report.accuracyInterval
        let (low, high) = ((100 * interval.lower).fixed(0), (100 * interval.upper).fixed(0))
        let range = low == high ? "about \(low)" : "between \(low) and \(high)"
        var sentence = "Of 100 new photos like these, expect \(range) right answers (95\u{202F}% confidence)"
        sentence += "; guessing would get \((100 * report.chance).trimmed(report.chance < 0.1 ? 1 : 0))."
        if interval.lower <= report.chance {
            sentence += " The model is not clearly better than guessing."
        } else if interval.lower <= report.majorityShare, let most = mostFrequent {
            sentence += " Always answering “\(most)” would be right for \(percent(report.majorityShare)): "
            sentence += "the model is not clearly better than that."
        } else if report.images < 100 {
            sentence += " More test images would narrow this down."
        }
        return sentence
    }

    private var mostFrequent: String? { report.perClass.max { $0.images < $1.images }?.label }

    private var tiles: [(name: String, value: String, note: String)] {
        let classes = report.perClass.count { $0.images > 0 }
        var tiles = [
            ("Class-averaged accuracy", percent(report.classAveragedAccuracy), "each class counts the same"),
            (
                "Chance level", percent(report.chance),
                "guessing among \(counted(report.labels.count, "class", "classes"))"
            ),
            (
                "Test images", grouped(report.images),
                classes == report.labels.count ? "all classes occur" : "of \(grouped(classes)) classes"
            ),
        ]
        if let topFive = report.topFiveAccuracy {
            tiles.append(("Top-5 accuracy", percent(topFive), "right class among the five best"))
        }
        if let auc = report.meanAUC { tiles.append(("Mean AUC", decimal(auc), "1 is perfect, 0.5 is guessing")) }
        tiles.append(
            (
                "Calibration error", percent(report.calibration.expectedCalibrationError),
                "confidence against accuracy"
            ))
        return tiles
    }
}
