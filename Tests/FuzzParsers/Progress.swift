// Which input was being read when the process crashed.

import Foundation

// `nonisolated(unsafe)`: written by the only thread, and read by a signal handler that runs on it.
nonisolated(unsafe) private var current: [UInt8] = []
nonisolated(unsafe) private var currentRun = 0

func noteProgress(_ name: String, _ run: Int) {
    if run == 0 { current = Array("crashed: \(name), run ".utf8) }
    currentRun = run
}

/// Has a crash tell where it happened.
func reportCrashes() {
    for number in [SIGSEGV, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE] {
        signal(number) { number in
            current.withUnsafeBytes { _ = write(2, $0.baseAddress, $0.count) }
            // No memory is taken here: the heap may be what is broken.
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 21) { digits in
                var (place, rest) = (20, currentRun)
                digits[20] = UInt8(ascii: "\n")
                repeat {
                    place -= 1
                    digits[place] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                } while rest > 0
                _ = write(2, digits.baseAddress?.advanced(by: place), 21 - place)
            }
            signal(number, SIG_DFL)
            raise(number)
        }
    }
}
