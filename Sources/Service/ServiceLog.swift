// The log: one JSON object a line, written by a thread of its own so that no request waits for a disk.

import Foundation
import Synchronization

/// Where lines go.
public final class ServiceLog: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var dropped = 0
        var isEnded = false
    }

    private final class Shared: Sendable {
        let state = Mutex(State())
        let signal = DispatchSemaphore(value: 0)
        let done = DispatchSemaphore(value: 0)
    }

    /// What waits to be written beyond this is not kept.
    private static let limit = 1 << 20
    private let shared = Shared()
    private let isSilent: Bool
    private let withRequests: Bool

    /// Writes to the descriptor `file`; nil: nowhere.
    public init(file: Int32?, withRequests: Bool = true) {
        isSilent = file == nil
        self.withRequests = withRequests
        guard let file else { return }
        let shared = shared
        let thread = Thread { Self.write(to: file, shared) }
        thread.name = "log"
        thread.start()
    }

    /// Writes what waits, and ends.
    public func end() {
        guard !isSilent else { return }
        shared.state.withLock { $0.isEnded = true }
        shared.signal.signal()
        _ = shared.done.wait(timeout: .now() + 2)
    }

    /// The members are made only where the line is written.
    func note(_ event: String, level: String = "info", _ members: @autoclosure () -> [JSON.Member] = []) {
        guard !isSilent, withRequests || event != "request" else { return }
        var line = JSON.object(
            [
                .init(name: "time", value: .string(Self.time())), .init(name: "level", value: .string(level)),
                .init(name: "event", value: .string(event)),
            ] + members()
        ).bytes
        line.append(0x0A)
        let isFirst = shared.state.withLock { state in
            guard state.bytes.count + line.count <= Self.limit else {
                state.dropped += 1
                return false
            }
            state.bytes += line
            return state.bytes.count == line.count
        }
        if isFirst { shared.signal.signal() }
    }

    /// As RFC 3339 writes it, in UTC, to the millisecond.
    private static func time() -> String {
        let milliseconds = wallClockMilliseconds()
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let fraction = String(milliseconds % 1000 + 1000).dropFirst()
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T\(two(parts.tm_hour)):"
            + "\(two(parts.tm_min)):\(two(parts.tm_sec)).\(fraction)Z"
    }

    private static func write(to file: Int32, _ shared: Shared) {
        while true {
            shared.signal.wait()
            let (bytes, dropped, isEnded) = shared.state.withLock { state in
                defer { (state.bytes, state.dropped) = ([], 0) }
                return (state.bytes, state.dropped, state.isEnded)
            }
            var text = bytes
            if dropped > 0 { text += "{\"level\":\"warning\",\"event\":\"lines_dropped\",\"count\":\(dropped)}\n".utf8 }
            text.withUnsafeBytes { text in
                var offset = 0
                while offset < text.count {
                    let count = Foundation.write(file, text.baseAddress?.advanced(by: offset), text.count - offset)
                    if count <= 0 { break }
                    offset += count
                }
            }
            if isEnded {
                shared.done.signal()
                return
            }
        }
    }
}
