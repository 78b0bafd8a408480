// The queue's bookkeeping, and pictures that are read by another process.

import Datasets
import Foundation
import Imaging
import NIOCore
import Service
import TestSupport
import Testing

/// An engine's state by reference: `#expect` evaluates copies of what it is given.
private final class Queue {
    private var state: EngineState

    init(limit: Int, batchSize: Int, streams: Int) {
        state = EngineState(limit: limit, batchSize: batchSize, streams: streams)
    }

    var depth: Int { state.depth }
    var isIdle: Bool { state.isIdle }
    var streams: Int { state.streams }

    func add(_ job: EngineJob) -> UInt64? { state.add(job) }
    func remove(_ id: UInt64) -> EngineJob? { state.remove(id) }
    func next(at time: ContinuousClock.Instant) -> EngineState.Work { state.next(at: time) }
    func computed(_ batch: EngineState.Batch) -> [EngineJob] { state.computed(batch) }
    func decoded(_ id: UInt64, _ image: PreparedImage?, at time: ContinuousClock.Instant) -> EngineJob? {
        state.decoded(id, image, at: time)
    }
}

@Suite struct EngineStateTests {
    private func job(_ wish: EngineJob.Wish = .nothing) -> EngineJob {
        EngineJob(bytes: ByteBuffer(bytes: [1]), wish: wish, arrived: .now) { _ in }
    }

    private var image: PreparedImage { PreparedImage(pixels: [], width: 1, height: 1) }

    @Test func takesWhatThereIsAndSharesItOut() throws {
        let state = Queue(limit: 10, batchSize: 4, streams: 2)
        let ids = try (0..<6).map { _ in try #require(state.add(job())) }
        let begun = state.next(at: .now)
        #expect(begun.decode.map(\.id) == ids && begun.batches.isEmpty)
        // Five are ready when the network is free: three for one stream, two for the other.
        for id in ids.dropLast() { #expect(state.decoded(id, image, at: .now) != nil) }
        let batches = state.next(at: .now).batches
        #expect(batches.map(\.ids) == [Array(ids[0..<3]), Array(ids[3..<5])])
        #expect(batches.map(\.isAlone) == [false, false])
        #expect(state.depth == 1)
        #expect(state.computed(batches[1]).count == 2)
        #expect(state.decoded(ids[5], image, at: .now) != nil)
        #expect(state.next(at: .now).batches.map(\.ids) == [[ids[5]]])
    }

    @Test func computesALoneImageByItself() throws {
        let state = Queue(limit: 10, batchSize: 1, streams: 2)
        let id = try #require(state.add(job()))
        _ = state.next(at: .now)
        #expect(state.decoded(id, image, at: .now) != nil)
        #expect(state.next(at: .now).batches.map(\.isAlone) == [true])
    }

    @Test func hasALimit() throws {
        let state = Queue(limit: 3, batchSize: 1, streams: 1)
        let ids = (0..<5).map { _ in state.add(job()) }
        #expect(ids.map { $0 != nil } == [true, true, true, false, false])
        // One that leaves makes room.
        #expect(state.remove(try #require(ids[1])) != nil)
        #expect(state.add(job()) != nil)
        #expect(state.add(job()) == nil)
    }

    /// One that is explained counts as four, and is computed by itself: by a network that gives more than the others.
    @Test func givesExplanationsMoreRoom() throws {
        let state = Queue(limit: 10, batchSize: 4, streams: 1)
        let explained = try (0..<2).map { _ in try #require(state.add(job(.map))) }
        #expect(state.depth == 8 && state.add(job(.map)) == nil)
        let plain = try (0..<2).map { _ in try #require(state.add(job(.pixels))) }
        #expect(state.depth == 10 && state.add(job()) == nil)
        // One that leaves gives back all its places.
        #expect(state.remove(explained[1]) != nil && state.depth == 6)
        _ = state.next(at: .now)
        for id in [plain[0], explained[0], plain[1]] { #expect(state.decoded(id, image, at: .now) != nil) }
        for ids in [[plain[0]], [explained[0]], [plain[1]]] {
            let batch = try #require(state.next(at: .now).batches.first)
            #expect(batch.ids == ids && batch.wantsMap == (ids == [explained[0]]))
            _ = state.computed(batch)
        }
        #expect(state.isIdle && state.depth == 0)
        // Where the queue is shorter, an explanation fills it.
        let short = Queue(limit: 2, batchSize: 1, streams: 1)
        #expect(short.add(job(.map)) != nil && short.depth == 2)
    }

    @Test func forgetsWhoLeft() throws {
        let state = Queue(limit: 10, batchSize: 2, streams: 1)
        let ids = try (0..<4).map { _ in try #require(state.add(job())) }
        #expect(state.remove(ids[0]) != nil)
        #expect(state.next(at: .now).decode.map(\.id) == Array(ids[1...3]))
        #expect(state.remove(ids[1]) != nil)
        #expect(state.decoded(ids[1], image, at: .now) == nil)
        #expect(state.decoded(ids[2], image, at: .now) != nil)
        #expect(state.decoded(ids[3], nil, at: .now) != nil)
        let batch = try #require(state.next(at: .now).batches.first)
        #expect(batch.ids == [ids[2]])
        // What the network has is computed.
        #expect(state.remove(ids[2]) == nil)
        #expect(state.computed(batch).count == 1)
        #expect(state.isIdle)
    }

    /// Whatever happens in whichever order, nothing is lost, nothing computed twice, and the limit holds.
    @Test(arguments: 0..<30) func keepsItsPromises(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let state = Queue(
            limit: 8, batchSize: Int(1 + generator.next() % 4), streams: Int(1 + generator.next() % 3))
        var (decoding, batches): ([UInt64], [EngineState.Batch]) = ([], [])
        var (entered, left, computed): (Set<UInt64>, Set<UInt64>, Set<UInt64>) = ([], [], [])
        func begin(_ work: EngineState.Work) {
            decoding += work.decode.map(\.id)
            batches += work.batches
        }
        for step in 0..<600 {
            switch generator.next() % 5 {
            case 0,
                1 where step < 400:
                if let id = state.add(job([.nothing, .pixels, .map][Int(generator.next() % 3)])) { entered.insert(id) }
            case 2: if let id = entered.randomElement(using: &generator), state.remove(id) != nil { left.insert(id) }
            case 3 where !decoding.isEmpty:
                let id = decoding.remove(at: Int(generator.next() % UInt64(decoding.count)))
                let isGood = generator.next() % 5 > 0
                if state.decoded(id, isGood ? image : nil, at: .now) != nil && !isGood { left.insert(id) }
            default:
                if !batches.isEmpty {
                    let batch = batches.remove(at: Int(generator.next() % UInt64(batches.count)))
                    let found = state.computed(batch)
                    #expect(found.count == batch.ids.count && computed.isDisjoint(with: batch.ids))
                    computed.formUnion(batch.ids)
                }
            }
            begin(state.next(at: .now))
            #expect((0...8).contains(state.depth) && batches.count <= state.streams)
        }
        while !decoding.isEmpty || !batches.isEmpty {
            if !decoding.isEmpty { _ = state.decoded(decoding.removeFirst(), image, at: .now) }
            if !batches.isEmpty {
                let batch = batches.removeFirst()
                _ = state.computed(batch)
                computed.formUnion(batch.ids)
            }
            begin(state.next(at: .now))
        }
        #expect(state.depth == 0)
        #expect(state.isIdle && computed.isDisjoint(with: left) && computed.union(left) == entered)
    }
}

/// The program that the tests were built with; it reads pictures when it is told to.
private let workerProgram: String? = {
    let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    let program = folder.appending(path: "ocelot-serve").path
    return FileManager.default.isExecutableFile(atPath: program) ? program : nil
}()

@Suite(.enabled(if: workerProgram != nil)) struct WorkerProcessTests {
    private func decoder(_ restarts: @escaping @Sendable () -> Void = {}) throws -> WorkerProcessDecoder {
        WorkerProcessDecoder(
            command: [try #require(workerProgram), DecodeWorker.argument], timeLimit: .seconds(300),
            whenRestarted: restarts)
    }

    @Test func readsAsThisProcessDoes() throws {
        let (there, here) = (try decoder(), InProcessDecoder())
        for preprocessing in [Preprocessing(), Preprocessing(resize: .letterbox, side: 64)] {
            for bytes in [try picture().png(), try picture(seed: 2, width: 300, height: 200).jpeg(quality: 80)] {
                let file = ByteBuffer(bytes: bytes)
                #expect(
                    try there.prepare(file, by: preprocessing, limits: .default)
                        == here.prepare(file, by: preprocessing, limits: .default))
            }
        }
    }

    @Test func saysWhatIsWrong() throws {
        let there = try decoder()
        let photo = try picture().png()
        let cases: [([UInt8], String)] = [
            ([1, 2, 3], "not_an_image"), (Array("%PDF-1.7".utf8), "unsupported_format"),
            (Array(photo.prefix(100)), "image_truncated"),
            (Array("GIF89a".utf8) + [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0], "image_too_large"),
        ]
        for (bytes, reason) in cases {
            do throws(DecodingFailure) {
                _ = try there.prepare(ByteBuffer(bytes: bytes), by: Preprocessing(), limits: .default)
                Issue.record("\(reason) was read")
            } catch {
                #expect(error.reason == reason)
            }
        }
        #expect(throws: Never.self) {
            try there.prepare(ByteBuffer(bytes: photo), by: Preprocessing(), limits: .default)
        }
    }
}
