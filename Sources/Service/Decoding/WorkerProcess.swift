// The process that reads pictures, seen from outside: started, asked, and started again when it dies.

import CConfinement
import Foundation
package import Imaging
package import NIOCore

/// Reads pictures in a process of its own, so that a file that a decoder stumbles over takes nobody with it.
///
/// Used by one thread.
package final class WorkerProcessDecoder: ImageDecoder {
    private let command: [String]
    private let timeLimit: Duration
    private let whenRestarted: @Sendable () -> Void
    private var process: (id: pid_t, socket: Int32)?
    private var preprocessing: (value: Preprocessing, text: [UInt8])?

    /// - Parameters:
    ///   - command: The program and its arguments.
    ///   - timeLimit: How long one picture may take.
    ///   - whenRestarted: Called whenever a process takes the place of one that ended.
    package init(command: [String], timeLimit: Duration, whenRestarted: @escaping @Sendable () -> Void) {
        (self.command, self.timeLimit, self.whenRestarted) = (command, timeLimit, whenRestarted)
        process = try? start()
    }

    deinit { end() }

    package func prepare(
        _ bytes: ByteBuffer, by preprocessing: Preprocessing, limits: DecodingLimits
    ) throws(DecodingFailure) -> PreparedImage {
        if process == nil || hasEnded {
            end()
            process = try start()
            whenRestarted()
        }
        do throws(DecodingFailure) {
            return try ask(bytes, text(of: preprocessing), preprocessing.byteCount, limits)
        } catch {
            if error == .worker { end() }
            throw error
        }
    }

    private func text(of preprocessing: Preprocessing) throws(DecodingFailure) -> [UInt8] {
        if let known = self.preprocessing, known.value == preprocessing { return known.text }
        guard let data = try? JSONEncoder().encode(preprocessing) else { throw .worker }
        self.preprocessing = (preprocessing, Array(data))
        return Array(data)
    }

    private func ask(
        _ bytes: ByteBuffer, _ preprocessing: [UInt8], _ wanted: Int, _ limits: DecodingLimits
    ) throws(DecodingFailure) -> PreparedImage {
        let deadline = ContinuousClock.now + timeLimit
        let question = DecodeQuestion(
            preprocessingLength: preprocessing.count, fileLength: bytes.readableBytes, pixelLimit: limits.pixels)
        guard (question.bytes + preprocessing).withUnsafeBytes({ write($0, deadline) }),
            bytes.withUnsafeReadableBytes({ write($0, deadline) }),
            let head = read(DecodeAnswer.size, deadline), let answer = DecodeAnswer(head)
        else { throw .worker }
        if let error = answer.error(limit: limits.pixels) { throw .image(error) }
        guard answer.length == wanted, let pixels = read(wanted, deadline) else { throw .worker }
        return PreparedImage(pixels: pixels, width: answer.width, height: answer.height)
    }

    // MARK: The process

    /// Whether it has died since the last question.
    private var hasEnded: Bool {
        guard let process else { return true }
        var byte: UInt8 = 0
        let got = recv(process.socket, &byte, 1, CC_PEEK_NOW)
        // Nothing to read is as it should be.
        return !(got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    }

    private func start() throws(DecodingFailure) -> (pid_t, Int32) {
        let kept = ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"].compactMap { name in
            ProcessInfo.processInfo.environment[name].map { "\(name)=\($0)" }
        }
        let arguments = command.map { strdup($0) } + [nil]
        let environment = (kept + ["SWIFT_BACKTRACE=enable=no", "MALLOC_ARENA_MAX=2"]).map { strdup($0) } + [nil]
        defer { for text in arguments + environment { free(text) } }
        var socket: Int32 = -1
        let id = cc_start(arguments, environment, &socket)
        guard id > 0 else { throw .worker }
        return (id, socket)
    }

    private func end() {
        guard let process else { return }
        self.process = nil
        close(process.socket)
        kill(process.id, SIGKILL)
        var status: Int32 = 0
        while waitpid(process.id, &status, 0) < 0 && errno == EINTR {}
    }

    // MARK: Bytes, until a deadline

    private func wait(for events: Int32, _ deadline: ContinuousClock.Instant) -> Bool {
        guard let socket = process?.socket else { return false }
        let left = ContinuousClock.now.duration(to: deadline).milliseconds
        guard left > 0 else { return false }
        var poll = pollfd(fd: socket, events: Int16(events), revents: 0)
        let count = Foundation.poll(&poll, 1, Int32(min(left.rounded(.up), 60_000)))
        return count > 0 || (count < 0 && errno == EINTR)
    }

    private func write(_ bytes: UnsafeRawBufferPointer, _ deadline: ContinuousClock.Instant) -> Bool {
        var offset = 0
        while offset < bytes.count {
            guard let socket = process?.socket, wait(for: Int32(POLLOUT), deadline) else { return false }
            let put = send(
                socket, bytes.baseAddress?.advanced(by: offset), bytes.count - offset,
                CC_SEND_NOW)
            if put < 0 && (errno == EAGAIN || errno == EINTR) { continue }
            if put <= 0 { return false }
            offset += put
        }
        return true
    }

    private func read(_ count: Int, _ deadline: ContinuousClock.Instant) -> [UInt8]? {
        var offset = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
            while offset < count, let socket = process?.socket, wait(for: Int32(POLLIN), deadline) {
                let got = recv(
                    socket, buffer.baseAddress?.advanced(by: offset), count - offset, CC_RECEIVE_NOW)
                if got < 0 && (errno == EAGAIN || errno == EINTR) { continue }
                if got <= 0 { break }
                offset += got
            }
            initialised = offset
        }
        return offset == count ? bytes : nil
    }
}
