// What single pictures are like: too dark, too light, blurry, next to empty, grey, of an odd shape or size, or too large.

import Foundation
import Imaging

extension Dataset {
    /// Pictures that differ from what photos for training should be like.
    func pictureProblems(_ measures: [PictureMeasures], gain: SizeGain?) -> [Problem] {
        [
            lowInformation(measures), dark(measures), light(measures), blurry(measures), grey(measures),
            narrow(measures), oddSizes(measures), large(measures, gain),
        ].compactMap(\.self)
    }

    /// A problem of those images of which `has` is true; those of which `value` is least come first.
    private func problem(
        _ kind: Problem.Kind, _ measures: [PictureMeasures], by value: (PictureMeasures) -> Double = { _ in 0 },
        _ message: (String, Bool) -> String, _ advice: String, where has: (PictureMeasures) -> Bool
    ) -> Problem? {
        let indices = measures.indices.filter { has(measures[$0]) }.sorted {
            (value(measures[$0]), $0) < (value(measures[$1]), $1)
        }
        guard !indices.isEmpty else { return nil }
        let subject = indices.count == 1 ? "'\(images[indices[0]].path)'" : "\(indices.count) images"
        return Problem(
            kind: kind, paths: indices.map { images[$0].path },
            message: message(subject, indices.count == 1) + concentration(indices) + ".", advice: advice)
    }

    /// Says so where nearly all of these images are of one class, which is no accident and may be learnt in its place.
    private func concentration(_ indices: [Int]) -> String {
        guard indices.count >= 5 else { return "" }
        for label in classes.indices {
            let share = Double(indices.count { images[$0].labels.contains(label) }) / Double(indices.count)
            let ofAll = Double(images.count { $0.labels.contains(label) }) / Double(images.count)
            if share >= 0.8 && ofAll <= 0.5 {
                let many = share == 1 ? "all" : "\(Int((100 * share).rounded(.down))) %"
                return ", \(many) of them of '\(classes[label])', which a model may learn instead"
            }
        }
        return ""
    }

    private func lowInformation(_ measures: [PictureMeasures]) -> Problem? {
        problem(
            .lowInformation, measures, by: { $0.entropy },
            { "\($0) \($1 ? "shows" : "show") next to nothing: the greys have less than 1.4 bits of entropy" },
            "Exclude what a person could not tell the class of.", where: Self.isEmpty)
    }

    private func dark(_ measures: [PictureMeasures]) -> Problem? {
        problem(
            .dark, measures, by: { $0.brightness.p99 },
            { "\($0) \($1 ? "is" : "are") dark: 99 % of the pixels are at most 0.32 bright, where white is 1" },
            "If new photos will be as dark, keep them and add more in such light; otherwise take them again, or exclude them.",
            where: Self.isDark)
    }

    private func light(_ measures: [PictureMeasures]) -> Problem? {
        problem(
            .light, measures, by: { -$0.brightness.p05 },
            {
                "\($0) \($1 ? "is" : "are") nearly white: 95 % of the pixels are more than 0.95 bright, where white is 1"
            },
            "If they are overexposed, take them again or exclude them.", where: Self.isLight)
    }

    private func blurry(_ measures: [PictureMeasures]) -> Problem? {
        problem(
            .blurry, measures, by: { $0.clarity },
            { "\($0) \($1 ? "looks" : "look") blurry: clarity is below 0.29, where sharp photos have 1" },
            "If new photos will be as blurry, keep them; exclude those that a person cannot tell the class of."
        ) { !Self.isEmpty($0) && !Self.isDark($0) && !Self.isLight($0) && $0.clarity < CheckRules.clarity }
    }

    private static func isEmpty(_ picture: PictureMeasures) -> Bool { picture.entropy < CheckRules.entropy }
    private static func isDark(_ picture: PictureMeasures) -> Bool { picture.brightness.p99 < CheckRules.darkest99th }
    private static func isLight(_ picture: PictureMeasures) -> Bool { picture.brightness.p05 > CheckRules.lightest5th }

    private func grey(_ measures: [PictureMeasures]) -> Problem? {
        let count = measures.count { $0.colourfulness < CheckRules.grey }
        // Where most are grey, it is the coloured ones that are odd, and nothing is wrong.
        guard Double(count) <= CheckRules.greyShare * Double(measures.count) else { return nil }
        return problem(
            .grayscale, measures, { "\($0) \($1 ? "is" : "are") grey among \(measures.count - count) coloured ones" },
            "If new photos will be in colour, replace them or exclude them; if colour does not matter, vary it in training."
        ) { $0.colourfulness < CheckRules.grey }
    }

    private func narrow(_ measures: [PictureMeasures]) -> Problem? {
        problem(
            .oddAspectRatio, measures, by: { $0.aspect },
            { "\($0) \($1 ? "is" : "are") long and narrow: the shorter side is less than 0.35 of the longer one" },
            "Cut out what matters, or train with --resize letterbox, since the middle square leaves most of such a photo out."
        ) { $0.aspect < CheckRules.aspect }
    }

    private func oddSizes(_ measures: [PictureMeasures]) -> Problem? {
        guard measures.count >= 4 else { return nil }
        let sizes = measures.map { Double($0.pixelCount).squareRoot() }.sorted()
        let (first, median, third) = (quantile(0.25, of: sizes), quantile(0.5, of: sizes), quantile(0.75, of: sizes))
        let spread = CheckRules.sizeSpread * (third - first)
        // Where nearly all have one size, anything would be an outlier; half or twice the size is one.
        let range = min(first - spread, median / 2)...max(third + spread, 2 * median)
        func isOdd(_ picture: PictureMeasures) -> Bool {
            // What is too large is said of those.
            picture.pixelCount <= CheckRules.largePixels && !range.contains(Double(picture.pixelCount).squareRoot())
        }
        let odd = measures.filter(isOdd).sorted { $0.pixelCount < $1.pixelCount }
        guard let smallest = odd.first, let largest = odd.last else { return nil }
        let extremes = odd.count == 1 ? [smallest] : [smallest, largest]
        let shown = extremes.map { "\($0.width) × \($0.height)" }.joined(separator: " to ")
        let usual = Int(median.rounded())
        return problem(
            .oddSize, measures, by: { Double($0.pixelCount) },
            { subject, isOne in
                "\(subject) \(isOne ? "has" : "have") \(shown) pixels, where about \(usual) × \(usual) are usual"
            },
            "Look whether they come from another source, such as thumbnails of a web page; replace those that are too small "
                + "to show the class.", where: isOdd)
    }

    private func large(_ measures: [PictureMeasures], _ gain: SizeGain?) -> Problem? {
        let largest = measures.map(\.pixelCount).max() ?? 0
        return problem(
            .largeImages, measures, by: { -Double($0.pixelCount) },
            { subject, isOne in
                let millions = String(format: "%.1f", Double(largest) / 1e6)
                return
                    "\(subject) \(isOne ? "has" : "have") more than 4 megapixels\(isOne ? "" : ", up to \(millions)")"
            },
            gain?.advice
                ?? "Copies of at most \(CheckRules.copySide) pixels a side are read faster, and show a network as much."
        ) { $0.pixelCount > CheckRules.largePixels }
    }
}
