// Round numbers along an axis.
//
// Heckbert, "Nice Numbers for Graph Labels", in Graphics Gems, 1990: steps of 1, 2 or 5 times a power of ten.

internal import Foundation

/// Where an axis has marks, and what they say.
public struct Ticks: Hashable, Sendable {
    /// Values on the axis, rising.
    public var values: [Double]
    /// One text a value; may be empty.
    public var labels: [String]

    /// About `count` round numbers within `range`.
    public static func linear(
        _ range: ClosedRange<Double>, about count: Int = 5, wholeNumbers: Bool = false, percent: Bool = false
    ) -> Ticks {
        let step = niceStep(range, about: count, wholeNumbers: wholeNumbers)
        let digits = max(0, -Int(floor(log10(step * (percent ? 100 : 1)) + 1e-9)))
        // A billionth of a step is forgiven, so that 0.3 = 3 · 0.1 is not lost to rounding.
        let first = (range.lowerBound / step - 1e-9).rounded(.up)
        let last = (range.upperBound / step + 1e-9).rounded(.down)
        guard last >= first, last - first < 1000 else { return Ticks(values: [range.lowerBound], labels: [""]) }
        let values = stride(from: first, through: last, by: 1).map { $0 * step }
        return Ticks(
            values: values,
            labels: values.map { value in
                if percent { return (100 * value).fixed(digits) + " %" }
                return max(abs(range.lowerBound), abs(range.upperBound)) < 1e6 && digits <= 6
                    ? value.fixed(digits) : powerText(value)
            })
    }

    /// Powers of ten within `range`, and 2 and 5 times those where there is room; the range is positive.
    public static func logarithmic(_ range: ClosedRange<Double>) -> Ticks {
        let (first, last) = (Int(floor(log10(range.lowerBound) + 1e-9)), Int(ceil(log10(range.upperBound) - 1e-9)))
        let decades = max(last - first, 1)
        let every = max(1, (decades + 7) / 8)
        var ticks = Ticks(values: [], labels: [])
        for exponent in first...max(first, last) {
            let factors: [Double] = decades <= 1 ? [1, 2, 5] : decades <= 3 ? [1, 3] : [1]
            for factor in factors {
                let value = factor * pow(10, Double(exponent))
                guard value >= range.lowerBound * (1 - 1e-9), value <= range.upperBound * (1 + 1e-9) else { continue }
                ticks.values.append(value)
                ticks.labels.append((exponent - first) % every == 0 ? powerText(value) : "")
            }
        }
        return ticks
    }

    /// The step between about `count` round numbers.
    static func niceStep(_ range: ClosedRange<Double>, about count: Int, wholeNumbers: Bool) -> Double {
        let length = range.upperBound - range.lowerBound
        guard length > 0, length.isFinite else { return 1 }
        let rough = length / Double(max(count, 1))
        let power = pow(10, floor(log10(rough)))
        let factor = rough / power
        let step = (factor < 1.5 ? 1 : factor < 3.5 ? 2 : factor < 7.5 ? 5 : 10) * power
        return wholeNumbers ? max(1, step) : step
    }

    /// “0.001” where that is short, “10⁻⁵” or “3·10⁻⁵” where it is not.
    static func powerText(_ value: Double) -> String {
        guard value != 0 else { return "0" }
        let exponent = Int(floor(log10(abs(value)) + 1e-9))
        if (-3...4).contains(exponent) { return value.trimmed(6) }
        let factor = (value / pow(10, Double(exponent))).trimmed(1)
        let superscripts: [Character] = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]
        let digits = String(abs(exponent)).compactMap { $0.wholeNumberValue.map { superscripts[$0] } }
        let power = "10" + (exponent < 0 ? "⁻" : "") + String(digits)
        return factor == "1" ? power : factor + "·" + power
    }
}
