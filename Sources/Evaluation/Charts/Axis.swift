// What one direction of a chart means, and where a value lies on it.

internal import Foundation

/// One axis of a chart.
public struct Axis: Sendable {
    /// How values become places.
    public enum Scale: Sendable {
        /// Equal differences are equally far apart.
        case linear
        /// Equal ratios are equally far apart; values that are not positive are left out.
        case logarithmic
    }

    /// What the marks say.
    public enum Format: Sendable {
        /// Numbers, with as many digits as they need.
        case number
        /// Whole numbers only, such as epochs.
        case wholeNumber
        /// 0…1 as per cent.
        case percent
        /// Value 0 is called by the first name, value 1 by the second, …
        case names([String])
    }

    /// What is measured, with its unit.
    public var title: String
    /// How values become places.
    public var scale: Scale
    /// What the marks say.
    public var format: Format
    /// The values from end to end; nil for those that occur.
    public var range: ClosedRange<Double>?

    /// Makes an axis.
    public init(
        _ title: String, scale: Scale = .linear, format: Format = .number, range: ClosedRange<Double>? = nil
    ) {
        self.title = title
        self.scale = scale
        self.format = format
        self.range = range
    }

    /// From 0 to 100 %.
    public static func share(_ title: String) -> Axis { Axis(title, format: .percent, range: 0...1) }

    /// Whether a value has a place on the axis.
    func shows(_ value: Double) -> Bool {
        switch scale {
        case .linear: value.isFinite
        case .logarithmic: value.isFinite && value > 0
        }
    }

    /// The ends of the axis: as asked for, or what occurs, rounded outwards to the next of about `count` marks.
    func resolvedRange(_ values: [Double], roundedTo count: Int?) -> ClosedRange<Double> {
        if let range { return range }
        let shown = values.filter(shows)
        guard var low = shown.min(), var high = shown.max() else { return scale == .linear ? 0...1 : 1...10 }
        if case .names(let names) = format { return -0.5...(Double(max(names.count, 1)) - 0.5) }
        switch scale {
        case .linear:
            if low == high {
                let reach = low == 0 ? 1 : abs(low) / 2
                (low, high) = (low - reach, high + reach)
            }
            guard let count, high - low < .infinity else { return low...high }
            let step = Ticks.niceStep(low...high, about: count, wholeNumbers: wholeNumbers)
            return ((low / step + 1e-9).rounded(.down) * step)...((high / step - 1e-9).rounded(.up) * step)
        case .logarithmic:
            return low == high ? (low / 10)...(high * 10) : low...high
        }
    }

    /// The marks within a range.
    func ticks(_ range: ClosedRange<Double>, about count: Int) -> Ticks {
        if case .names(let names) = format {
            return Ticks(values: names.indices.map(Double.init), labels: names)
        }
        if case .logarithmic = scale { return .logarithmic(range) }
        return switch format {
        case .percent: .linear(range, about: count, percent: true)
        case .wholeNumber: .linear(range, about: count, wholeNumbers: true)
        default: .linear(range, about: count)
        }
    }

    private var wholeNumbers: Bool { if case .wholeNumber = format { true } else { false } }

    /// Where a value lies: 0 at the beginning of the range, 1 at its end.
    func place(_ value: Double, in range: ClosedRange<Double>) -> Double {
        switch scale {
        case .linear: (value - range.lowerBound) / (range.upperBound - range.lowerBound)
        case .logarithmic: log(value / range.lowerBound) / log(range.upperBound / range.lowerBound)
        }
    }
}
