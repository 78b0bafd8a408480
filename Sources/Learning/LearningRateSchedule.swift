// How the learning rate goes through a training: from the number of a step to its rate.
//
// One-cycle: Smith and Topin, "Super-Convergence", 2018, https://arxiv.org/abs/1708.07120, in the two-phase cosine form
// of PyTorch's OneCycleLR (from a 25th of the highest rate up to it, then down to a 250,000th). Cosine: Loshchilov and
// Hutter, "SGDR", 2017, https://arxiv.org/abs/1608.03983, without restarts.

import Foundation

/// How the learning rate changes from step to step.
public enum LearningRateSchedule: Codable, Hashable, Sendable {
    /// Always the base rate.
    case constant
    /// A rate for each epoch, the last one for all further epochs; the base rate has no effect.
    case perEpoch([Double])
    /// The base rate, multiplied by `factor` after every `epochs` epochs.
    case step(epochs: Int, factor: Double)
    /// Up to the base rate in the first `warmUp` part of all steps (0..<1), in a straight line; then down to 0 along half
    /// a cosine.
    case cosine(warmUp: Double)
    /// Up to the base rate in the first `warmUp` part of all steps (0..<1), then far down, both along half a cosine.
    case oneCycle(warmUp: Double)
    /// From one rate to another, multiplied by the same factor at each step; for the learning-rate finder.
    case exponential(from: Double, to: Double)

    /// The rate of a step.
    ///
    /// - Parameters:
    ///   - step: The number of the step, from 0, counted through all epochs.
    ///   - stepsPerEpoch: How many steps an epoch has, at least 1.
    ///   - epochs: How many epochs there are at most.
    ///   - base: The rate that was chosen.
    /// - Returns: The rate, above 0 (at the end of a cosine: 0).
    public func rate(step: Int, stepsPerEpoch: Int, epochs: Int, base: Double) -> Double {
        let total = stepsPerEpoch * epochs
        let epoch = step / stepsPerEpoch
        switch self {
        case .constant:
            return base
        case .perEpoch(let rates):
            return rates.isEmpty ? base : rates[min(epoch, rates.count - 1)]
        case .step(let every, let factor):
            return base * pow(factor, Double(epoch / max(every, 1)))
        case .cosine(let warmUp):
            let rising = Int((warmUp * Double(total)).rounded())
            if step < rising { return base * Double(step + 1) / Double(rising + 1) }
            return base * (1 + cos(.pi * Double(step - rising) / Double(max(total - rising, 1)))) / 2
        case .oneCycle(let warmUp):
            return Self.cycle(step, of: total, warmUp, from: base / 25, over: base, to: base / 250_000)
        case .exponential(let from, let to):
            return from * pow(to / from, Double(step) / Double(max(total - 1, 1)))
        }
    }

    /// The momentum of a step that goes against the rate: down while the rate rises, and up again while it falls.
    ///
    /// Large steps need no momentum, and small ones can bear much of it. For one-cycle only; nil for other schedules.
    ///
    /// - Parameters:
    ///   - step: The number of the step, from 0, counted through all epochs.
    ///   - stepsPerEpoch: How many steps an epoch has, at least 1.
    ///   - epochs: How many epochs there are at most.
    ///   - lowest: The momentum where the rate is highest.
    ///   - highest: The momentum at both ends.
    /// - Returns: The momentum of that step, 0 ≤ m < 1.
    public func momentum(
        step: Int, stepsPerEpoch: Int, epochs: Int, lowest: Double = 0.85, highest: Double = 0.95
    ) -> Double? {
        guard case .oneCycle(let warmUp) = self else { return nil }
        return Self.cycle(step, of: stepsPerEpoch * epochs, warmUp, from: highest, over: lowest, to: highest)
    }

    /// From one number to the top of a cycle in the first `warmUp` part of all steps, then to another.
    private static func cycle(
        _ step: Int, of total: Int, _ warmUp: Double, from first: Double, over top: Double, to last: Double
    ) -> Double {
        let peak = warmUp * Double(total) - 1
        if Double(step) <= peak { return bend(first, top, Double(step) / max(peak, 1)) }
        return bend(top, last, (Double(step) - peak) / max(Double(total) - 1 - peak, 1))
    }

    /// Along half a cosine from one number at 0 to another at 1.
    private static func bend(_ from: Double, _ to: Double, _ part: Double) -> Double {
        to + (from - to) / 2 * (1 + cos(.pi * part))
    }
}

extension LearningRateSchedule {
    /// Reads the founding systems' list of rates, one an epoch, such as `[0.05]*7 + [0.005]*7 + [0.0005]`.
    ///
    /// Nil if the text is none: lists of positive numbers in brackets, each perhaps times a whole number, joined by +.
    public static func rates(in text: String) -> [Double]? {
        var rates: [Double] = []
        for term in text.filter({ !$0.isWhitespace }).split(separator: "+", omittingEmptySubsequences: false) {
            // 1e+05 has a plus of its own; nobody writes a rate so.
            let factors = term.split(separator: "*", omittingEmptySubsequences: false)
            guard let list = factors.first, list.hasPrefix("["), list.hasSuffix("]"), factors.count <= 2 else {
                return nil
            }
            let numbers = list.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false).map {
                Double($0)
            }
            guard numbers.allSatisfy({ ($0 ?? -1) > 0 && ($0 ?? 0).isFinite }) else { return nil }
            let count = factors.count == 2 ? Int(factors[1]) ?? 0 : 1
            guard (1...10_000).contains(count) else { return nil }
            for _ in 0..<count { rates += numbers.compactMap(\.self) }
        }
        return rates.isEmpty ? nil : rates
    }

    /// The same as `rates(in:)` reads it, in the shortest form.
    public static func text(of rates: [Double]) -> String {
        var terms: [(rate: Double, count: Int)] = []
        for rate in rates {
            if terms.last?.rate == rate { terms[terms.count - 1].count += 1 } else { terms.append((rate, 1)) }
        }
        return terms.map { $0.count == 1 ? "[\($0.rate)]" : "[\($0.rate)]*\($0.count)" }.joined(separator: "+")
    }
}
