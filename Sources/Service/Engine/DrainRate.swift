// How quickly a queue empties, so that who is refused learns when to come back.

/// A running mean of answers a second.
package struct DrainRate: Sendable {
    /// Answers a second; nil before the first few.
    package private(set) var perSecond: Double?
    private var count = 0
    private var began: ContinuousClock.Instant?

    package init() {}

    /// Notes answers.
    ///
    /// A pause in which nothing waited says nothing of the speed, so `restart` comes first after one.
    package mutating func add(_ answers: Int, at time: ContinuousClock.Instant) {
        guard let began else {
            self.began = time
            return
        }
        count += answers
        let seconds = began.duration(to: time).seconds
        guard seconds >= 0.25, count >= 4 else { return }
        let rate = Double(count) / seconds
        perSecond = perSecond.map { 0.7 * $0 + 0.3 * rate } ?? rate
        (self.began, count) = (time, 0)
    }

    /// Begins a new stretch of time.
    package mutating func restart(at time: ContinuousClock.Instant) { (began, count) = (time, 0) }

    /// In how many whole seconds `waiting` images will have been answered, 1 to 60.
    package func seconds(for waiting: Int) -> Int {
        guard let perSecond, perSecond > 0 else { return 1 }
        return min(max(Int((Double(waiting) / perSecond).rounded(.up)), 1), 60)
    }
}
