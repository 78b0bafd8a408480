// Memory that one picture after another is read into.

import Synchronization

/// RGB bytes somewhere in memory: three a pixel, row after row.
struct Raster {
    let base: UnsafePointer<UInt8>
    let width: Int
    let height: Int
    /// Bytes from the beginning of a row to that of the next; three a pixel, unless this is a part of something wider.
    let stride: Int
    /// Bytes behind the last pixel that may be read, though they mean nothing.
    let slack: Int

    /// Rows without gaps.
    init(base: UnsafePointer<UInt8>, width: Int, height: Int, slack: Int) {
        (self.base, self.width, self.height, self.slack) = (base, width, height, slack)
        stride = 3 * width
    }

    private init(base: UnsafePointer<UInt8>, width: Int, height: Int, stride: Int, slack: Int) {
        (self.base, self.width, self.height, self.stride, self.slack) = (base, width, height, stride, slack)
    }

    /// The bytes of the pixels, where there are no gaps between rows.
    var byteCount: Int { 3 * width * height }
    var readableEnd: UnsafePointer<UInt8> { base + (height - 1) * stride + 3 * width + slack }

    /// The pixels within `window`, which lies inside, in the same memory.
    func part(_ window: Window) -> Raster {
        let start = base + window.y * stride + 3 * window.x
        let end = start + (window.height - 1) * stride + 3 * window.width
        return Raster(
            base: start, width: window.width, height: window.height, stride: stride, slack: readableEnd - end)
    }
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
    /// What is only made to be drawn from: a part reduced before it is turned, a square before it is blurred.
    let reduced = Buffer()

    private static let pool = Mutex<[Workspace]>([])

    /// Lends a workspace to `body`.
    static func withWorkspace<Result>(_ body: (Workspace) throws -> Result) rethrows -> Result {
        let workspace = pool.withLock { $0.popLast() } ?? Workspace()
        defer {
            for buffer in [workspace.samples, workspace.pixels, workspace.rows, workspace.reduced] {
                buffer.trim(to: largestKept)
            }
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
