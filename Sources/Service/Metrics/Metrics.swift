// What the service counts.

import Synchronization

/// Counters and histograms by name and labels.
///
/// Every label's values come from a small set of our own (routes, models, reasons), never from a request's text, so their
/// number has a limit.
final class Metrics: Sendable {
    /// Names and values of labels, in a fixed order.
    struct Labels: Hashable, Sendable, ExpressibleByDictionaryLiteral {
        var pairs: [String]

        init(dictionaryLiteral elements: (String, String)...) { pairs = elements.flatMap { [$0.0, $0.1] } }
    }

    struct Snapshot: Sendable {
        var counters: [String: [Labels: Double]] = [:]
        var gauges: [String: [Labels: Double]] = [:]
        var histograms: [String: [Labels: Histogram]] = [:]
    }

    private let state = Mutex(Snapshot())

    /// Adds to a counter.
    func count(_ name: String, _ labels: Labels = [:], by amount: Double = 1) {
        state.withLock { $0.counters[name, default: [:]][labels, default: 0] += amount }
    }

    /// Sets a value that goes up and down.
    func set(_ name: String, _ labels: Labels = [:], to value: Double) {
        state.withLock { $0.gauges[name, default: [:]][labels] = value }
    }

    /// Changes a value that goes up and down.
    func change(_ name: String, _ labels: Labels = [:], by amount: Double) {
        state.withLock { $0.gauges[name, default: [:]][labels, default: 0] += amount }
    }

    /// Forgets a value, such as that of a model that is gone.
    func forget(_ name: String, _ labels: Labels) {
        state.withLock { $0.gauges[name]?[labels] = nil }
    }

    /// Adds a value to a histogram.
    func observe(_ name: String, _ labels: Labels = [:], _ value: Double, bounds: [Double] = Histogram.seconds) {
        state.withLock { $0.histograms[name, default: [:]][labels, default: Histogram(bounds)].add(value) }
    }

    func counter(_ name: String, _ labels: Labels = [:]) -> Double {
        state.withLock { $0.counters[name]?[labels] ?? 0 }
    }

    func histogram(_ name: String, _ labels: Labels = [:]) -> Histogram? {
        state.withLock { $0.histograms[name]?[labels] }
    }

    var snapshot: Snapshot { state.withLock { $0 } }
}
