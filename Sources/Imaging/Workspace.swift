// Memory that one picture after another is read into.

import Synchronization

/// RGB bytes somewhere in memory: three a pixel, row after row without gaps.
struct Raster {
    let base: UnsafePointer<UInt8>
    let width: Int
    let height: Int
    /// Bytes behind the last pixel that may be read, though they mean nothing.
    let slack: Int

    var byteCount: Int { 3 * width * height }
    var readableEnd: UnsafePointer<UInt8> { base + byteCount + slack }
}

/// The memory that reading one picture takes, which grows to the largest so far.
///
/// Fresh memory for each picture would cost as much as shrinking it: the kernel clears every page that it gives.
///
/// `@unchecked Sendable`: a workspace is used by one thread at a time, the one that `withWorkspace` lent it to; it is in
/// the pool, behind a lock, otherwise.
final class Workspace: @unchecked Sendable {
    /// Bytes behind each buffer that vectorised loops may read.
    static let slack = 64
    /// A buffer above this size is given back after use.
    private static let largestKept = 64 << 20

    /// What a decoder writes.
    let samples = Buffer()
    /// What is made of it: pixels turned upright, or turned into RGB.
    let pixels = Buffer()
    /// Between the two passes of a resize.
    let rows = Buffer()

    private static let pool = Mutex<[Workspace]>([])

    /// Lends a workspace to `body`.
    static func withWorkspace<Result>(_ body: (Workspace) throws -> Result) rethrows -> Result {
        let workspace = pool.withLock { $0.popLast() } ?? Workspace()
        defer {
            for buffer in [workspace.samples, workspace.pixels, workspace.rows] { buffer.trim(to: largestKept) }
            pool.withLock { $0.append(workspace) }
        }
        return try body(workspace)
    }

    /// Memory that only grows, and forgets its contents when it does.
    final class Buffer {
        private var memory = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

        /// Room for `count` bytes and the slack.
        func room(for count: Int) -> UnsafeMutablePointer<UInt8> {
            let needed = count + Workspace.slack
            if let base = memory.baseAddress, memory.count >= needed { return base }
            memory.deallocate()
            memory = .allocate(capacity: needed)
            // So that the bytes of the slack, which are read though not used, have a value.
            memory.suffix(Workspace.slack).initialize(repeating: 0)
            return memory.baseAddress.unsafelyUnwrapped
        }

        func trim(to limit: Int) {
            guard memory.count > limit else { return }
            memory.deallocate()
            memory = .init(start: nil, count: 0)
        }

        deinit { memory.deallocate() }
    }
}
