// One timer a connection, for whichever deadline counts just now.
//
// A request moves its connection's deadline four times: when its first byte comes, when its headers are whole, when its
// answer is known, and when that is sent. The event loop keeps its timers in order, and doing that anew each time cost a
// seventh of what a refusal costs. So a timer that is due before the deadline is left to fire, and is then set anew.

import NIOCore

/// Does something when a time is over, unless another deadline has taken its place.
///
/// Used on its event loop.
final class ConnectionTimer {
    private let loop: any EventLoop
    private var deadline: (time: NIODeadline, action: () -> Void)?
    private var armed: (time: NIODeadline, timer: Scheduled<Void>)?

    init(_ loop: any EventLoop) { self.loop = loop }

    /// Whether nothing is to be done at any time.
    var isClear: Bool { deadline == nil }

    /// Takes the place of the deadline before.
    func set(_ time: TimeAmount, _ action: @escaping () -> Void) {
        let due = NIODeadline.now() + time
        deadline = (due, action)
        if let armed, armed.time <= due { return }
        arm(due)
    }

    /// Nothing is to be done any more.
    func clear() { deadline = nil }

    /// Clears, and keeps nothing in the event loop.
    func end() {
        clear()
        armed?.timer.cancel()
        armed = nil
    }

    private func arm(_ time: NIODeadline) {
        armed?.timer.cancel()
        let timer = NIOLoopBound(self, eventLoop: loop)
        armed = (time, loop.scheduleTask(deadline: time) { timer.value.fire() })
    }

    private func fire() {
        armed = nil
        guard let (time, action) = deadline else { return }
        guard time <= .now() else { return arm(time) }
        deadline = nil
        action()
    }
}
