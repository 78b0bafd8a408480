// What a learning curve says, in a sentence or two, with what is not known.

internal import Foundation

extension LearningCurve {
    /// Beyond so many times the photos that there are, a number says no more than “many”.
    private static let farthest = 10.0

    /// Whether more photos would help, in a sentence or two.
    public var advice: String {
        let photos = all.photos
        let twice = gain(from: photos, to: 2 * photos)
        let range = "95 % interval \(points(twice.interval.lower)) to \(points(twice.interval.upper))"
        if all.accuracy == 1 {
            let done =
                measure == .accuracy ? "every test photo is answered rightly" : "every label is told without a mistake"
            return "More photos cannot show here: \(done) already. A larger or harder test set would tell."
        }
        if twice.interval.upper < 0.01 {
            return
                "More photos will not help: twice as many would add less than 1 % \(measure.noun) (\(range) points)."
        }
        let need = self.photos(forGain: 0.01)
        guard let wanted = need.photos, wanted <= Self.farthest * Double(photos) else {
            return "More photos will hardly help: "
                + "twice as many would add about \(points(twice.gain)) % \(measure.noun) "
                + "(\(range) points). Clean labels, a larger image size or --method fine-tune are worth more."
        }
        let sentence = "About \(moreAClass(wanted)) more photos \(each) for +1 % \(measure.noun) \(bounds(need))."
        guard twice.interval.lower < 0.001 else { return sentence }
        return sentence + " It is not certain that they help at all: more --repeats, or a larger test set, would tell."
    }

    /// What it takes to reach an accuracy, in a sentence.
    public func advice(forAccuracy target: Double) -> String {
        let goal = Evaluation.percent(target)
        if all.accuracy >= target {
            return
                "\(goal) is reached already: \(Evaluation.percent(all.accuracy)) with the \(all.photos) photos that there are."
        }
        let need = photos(forAccuracy: target)
        let end = Evaluation.percent(1 - law.c)
        guard let wanted = need.photos, wanted <= Self.farthest * Double(all.photos) else {
            let hope =
                need.least.map { $0 <= Self.farthest * Double(all.photos) } ?? false
                ? "probably out of reach" : "out of reach"
            let why =
                need.photos == nil
                ? "the curve levels off near \(end)"
                : "it would take more than \(Int(Self.farthest)) times the photos that there are"
            return "\(goal) is \(hope) by more photos alone: \(why)."
        }
        return "About \(moreAClass(wanted)) more photos \(each) for \(goal) \(bounds(need))."
    }

    /// For what a number of photos is said.
    var each: String { measure == .accuracy ? "a class" : "a label" }

    /// The interval of a number of photos, in brackets.
    private func bounds(_ need: Need) -> String {
        func number(_ photos: Double) -> String { moreAClass(photos) }
        switch (need.least, need.most) {
        case (let least?, let most?) where most <= Self.farthest * Double(all.photos):
            return "(95 % interval \(number(least)) to \(number(most)))"
        case (let least?, _): return "(at least \(number(least)); how many at most cannot be said)"
        case (nil, _): return "(with no certainty)"
        }
    }

    /// So many photos beyond those that there are, a class, as a round number: more digits are not known.
    private func moreAClass(_ photos: Double) -> String {
        let more = max((photos - Double(all.photos)) / Double(classCount), 0).rounded(.up)
        guard more >= 100 else { return "\(Int(more))" }
        let step = pow(10, (log10(more) - 1).rounded(.down))
        return "\(Int((more / step).rounded() * step))"
    }

    /// A difference of accuracies in points of a per cent.
    private func points(_ difference: Double) -> String { (100 * difference).fixed(1) }

    /// The measurements as a table, with a line break at the end.
    public var text: String {
        var table = TextTable(
            ["training photos", each, measure.noun, "lowest", "highest", "curve"],
            [.right, .right, .right, .right, .right, .right])
        table.rows = sizes.map { size in
            [
                "\(size.photos)", (Double(size.photos) / Double(classCount)).trimmed(1),
                Evaluation.percent(size.accuracy),
                Evaluation.percent(size.accuracies.min()), Evaluation.percent(size.accuracies.max()),
                Evaluation.percent(forecast(photos: size.photos).accuracy),
            ]
        }
        return table.text() + "\n"
    }

    /// The law in words, such as “error = 0.53 · n^-0.21 + 0.04”.
    public var formula: String {
        "error = \(law.a.trimmed(3)) · n^-\(law.b.trimmed(3)) + \(law.c.trimmed(4)), n training photos"
    }

    /// How well the law foretold the size with all photos, where it was fitted to smaller ones; nil otherwise.
    public var comparison: String? {
        guard fittedUpTo < all.photos else { return nil }
        let forecast = forecast(photos: all.photos)
        return "Fitted up to \(fittedUpTo) photos, the curve foretells \(Evaluation.percent(forecast.accuracy)) "
            + "(\(Evaluation.percent(forecast.interval))) with all \(all.photos); measured was "
            + "\(Evaluation.percent(all.accuracy)), a difference of \(points(forecast.accuracy - all.accuracy)) points."
    }
}
