// Times: one clock for durations, one for what stands in logs.

import Foundation

/// Milliseconds since 1970, by the clock on the wall.
func wallClockMilliseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
}

extension Duration {
    /// As a number of seconds.
    var seconds: Double { self / .seconds(1) }
    /// As a number of milliseconds.
    var milliseconds: Double { self / .milliseconds(1) }
}
