// Memory for bodies that are being received: a limit for all connections together.

import Synchronization

/// So many bytes for the bodies of all requests.
///
/// Two thousand connections that each send a body of the allowed size would otherwise fill the machine.
final class BodyRoom: Sendable {
    private let limit: Int
    private let taken = Atomic(0)

    init(limit: Int) { self.limit = limit }

    /// Bytes in use.
    var used: Int { taken.load(ordering: .relaxed) }

    /// Takes `count` bytes; false if there is no room for them.
    func take(_ count: Int) -> Bool {
        let (_, now) = taken.add(count, ordering: .relaxed)
        guard now > limit else { return true }
        give(count)
        return false
    }

    /// Gives back what was taken.
    func give(_ count: Int) {
        if count > 0 { taken.subtract(count, ordering: .relaxed) }
    }
}
