// Whether the parts of a data set are of one kind: as bright, as colourful, as large.

import Foundation
import Imaging

extension Dataset {
    /// In what the validation and the test part differ from the part that is trained with.
    func driftProblems(_ measures: [PictureMeasures]) -> [Problem] {
        let train = images.indices.filter { images[$0].part == .train }
        guard !train.isEmpty else { return [] }
        return [Part.validation, .test].compactMap { part in
            let indices = images.indices.filter { images[$0].part == part }
            guard !indices.isEmpty else { return nil }
            let differences = Property.allCases.compactMap { property -> String? in
                let (a, b) = (indices.map { property.value(measures[$0]) }, train.map { property.value(measures[$0]) })
                let test = TwoSamples(a, b)
                // All properties of both parts are looked at; one of them may be odd by chance.
                let tries = Double(2 * Property.allCases.count)
                guard test.distance >= CheckRules.driftDistance, test.probability * tries < CheckRules.driftProbability
                else { return nil }
                return "\(property.noun) (\(property.shown(a)) against \(property.shown(b)) in the middle, distance "
                    + String(format: "%.2f)", test.distance)
            }
            guard !differences.isEmpty else { return nil }
            return Problem(
                kind: .drift, paths: [],
                message: "The \(part.rawValue) part differs from the train part in \(list(differences, "and")).",
                advice:
                    "Measure on photos like those that the model will be asked about, and train with such photos too: if "
                    + "the \(part.rawValue) part is like them, add some to the train part, else split anew.")
        }
    }
}

/// In what two parts are compared.
private enum Property: CaseIterable {
    case light, colour, warmth, size

    var noun: String {
        switch self {
        case .light: "brightness"
        case .colour: "colourfulness"
        case .warmth: "warmth of colour"
        case .size: "size"
        }
    }

    func value(_ measures: PictureMeasures) -> Double {
        switch self {
        case .light: measures.brightness.p50
        case .colour: measures.colourfulness
        case .warmth: measures.meanColour[0] - measures.meanColour[2]
        case .size: Double(measures.pixelCount).squareRoot()
        }
    }

    /// The median, as people read it.
    func shown(_ values: [Double]) -> String {
        let median = quantile(0.5, of: values.sorted())
        return self == .size ? "\(Int(median.rounded())) pixels" : String(format: "%.2f", median)
    }
}

/// The value below which a share of sorted numbers lies, between two of them in proportion (as NumPy's `percentile`).
func quantile(_ share: Double, of sorted: [Double]) -> Double {
    let place = share * Double(sorted.count - 1)
    let lower = Int(place)
    let upper = min(lower + 1, sorted.count - 1)
    return sorted[lower] + (place - Double(lower)) * (sorted[upper] - sorted[lower])
}
