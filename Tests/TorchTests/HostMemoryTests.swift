// The memory of tensors: what is handed out, kept, refused and given back.
//
// Each test runs in a process of its own, because memory is counted, and limited, for the whole process.

import Testing
import Torch
import WeightFiles

private let megabyte = 1_000_000

/// Where the memory of a tensor of `count` floats begins; every float of it is `value`.
private func filled(_ count: Int, _ value: Float) throws -> (tensor: Tensor, address: Int) {
    var address = 0
    let tensor = try Tensor.written([count], .float32) { bytes in
        address = Int(bitPattern: bytes.baseAddress)
        for index in 0..<count { bytes.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self) }
    }
    return (tensor, address)
}

struct HostMemoryTests {
    @Test func countsWhatTensorsUse() async {
        await #expect(processExitsWith: .success) {
            let before = HostMemory.current
            #expect(before.total > 100 * megabyte)
            do {
                let tensor = try Tensor.zeros([25 * megabyte / 4])
                let used = HostMemory.current.inTensors - before.inTensors
                // Sizes are rounded up by at most a sixteenth.
                #expect((25 * megabyte...27 * megabyte).contains(used), "\(tensor) uses \(used)")
            }
            let after = HostMemory.current
            #expect(after.inTensors == before.inTensors)
            #expect(after.mostInTensors >= 25 * megabyte)
            #expect(after.kept >= 25 * megabyte)
            HostMemory.forgetPeak()
            #expect(HostMemory.current.mostInTensors == HostMemory.current.inTensors)
            HostMemory.releaseKept()
            #expect(HostMemory.current.kept == 0)
        }
    }

    @Test func usesWhatItKeptAgain() async {
        await #expect(processExitsWith: .success) {
            let first = try filled(5_000_000, 1).address
            let kept = HostMemory.current.kept
            let (second, address) = try filled(4_900_000, 2)
            #expect(address == first)
            #expect(HostMemory.current.kept < kept)
            // Too much larger than what is asked for.
            let (third, _) = try filled(3_000_000, 3)
            #expect(try second.sum().number() == 9_800_000 && third.sum().number() == 9_000_000)
        }
    }

    @Test func blocksAreAlignedAndDoNotOverlap() async {
        await #expect(processExitsWith: .success) {
            for seed in UInt64(1)...5 {
                var random = SplitMix64(state: seed)
                var alive: [(tensor: Tensor, address: Int, count: Int, value: Float)] = []
                for step in 0..<300 {
                    if alive.count > 20 || (!alive.isEmpty && Bool.random(using: &random)) {
                        alive.remove(at: Int.random(in: 0..<alive.count, using: &random))
                    }
                    // From one float to about 8 MB, small ones as often as large ones.
                    let count = Int.random(in: 1...(1 << Int.random(in: 1...21, using: &random)), using: &random)
                    let (tensor, address) = try filled(count, Float(step))
                    #expect(address % 64 == 0, "seed \(seed)")
                    #expect(4 * count < 1 << 21 || address % (1 << 21) == 0, "seed \(seed)")
                    alive.append((tensor, address, count, Float(step)))
                }
                for (one, two) in zip(
                    alive.sorted { $0.address < $1.address }, alive.sorted { $0.address < $1.address }.dropFirst())
                {
                    #expect(one.address + 4 * one.count <= two.address, "seed \(seed)")
                }
                for block in alive {
                    #expect(try block.tensor.min().number() == Double(block.value), "seed \(seed)")
                    #expect(try block.tensor.max().number() == Double(block.value), "seed \(seed)")
                }
            }
        }
    }

    @Test func aLimitRefusesAndRecovers() async {
        await #expect(processExitsWith: .success) {
            HostMemory.releaseKept()
            HostMemory.setLimit(HostMemory.current.inTensors + 20 * megabyte)
            let error = try #require(throws: TorchError.self) { try Tensor.zeros([30 * megabyte / 4]) }
            #expect(error.isOutOfMemory)
            #expect(error.description.contains("There is no memory for a tensor of 30 MB"))
            #expect(error.description.contains("may use 20 MB"))
            #expect(HostMemory.current.kept == 0)
            // What is kept makes way.
            _ = try Tensor.zeros([15 * megabyte / 4])
            #expect(HostMemory.current.kept >= 15 * megabyte)
            _ = try Tensor.zeros([10 * megabyte / 4])
            #expect(HostMemory.current.kept < 12 * megabyte)
            // Other errors are no such.
            let other = try #require(throws: TorchError.self) { try Tensor.zeros([2]) + Tensor.zeros([3]) }
            #expect(!other.isOutOfMemory)
            HostMemory.setLimit(nil)
            _ = try Tensor.zeros([30 * megabyte / 4])
        }
    }

    @Test func refusalIsRecognisedOnTheWayBack() async {
        await #expect(processExitsWith: .success) {
            try ComputeThreads.set(2)
            let weight = try Tensor.ones([64, 16, 3, 3]).requiringGradient()
            let before = HostMemory.current.inTensors
            func step(rows: Int) throws {
                weight.clearGradient()
                let x = try Tensor.ones([8, 16, rows, 64]).toChannelsLast().requiringGradient()
                try (conv2d(x, weight) * 2).relued().sum().backward()
            }
            try step(rows: 64)
            weight.clearGradient()
            #expect(HostMemory.current.inTensors == before)
            // What the way forwards needs, and a little more.
            HostMemory.forgetPeak()
            var refusals = 0
            for limit in stride(from: 1, through: 60, by: 3) {
                HostMemory.setLimit(before + limit * megabyte)
                do { try step(rows: 64) } catch {
                    #expect(error is TorchError)
                    #expect((error as? TorchError)?.isOutOfMemory == true, "\(error)")
                    refusals += 1
                }
                weight.clearGradient()
                #expect(HostMemory.current.inTensors == before)
            }
            #expect((1..<20).contains(refusals))
        }
    }

    @Test func threadsShareIt() async {
        await #expect(processExitsWith: .success) {
            let before = HostMemory.current.inTensors
            try await withThrowingTaskGroup { group in
                for number in 0..<4 {
                    group.addTask {
                        for step in 0..<200 {
                            let count = 1 + (step * 7919 + number * 104_729) % 300_000
                            let (tensor, _) = try filled(count, Float(number))
                            #expect(try tensor.sum().number() == Double(count * number))
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(HostMemory.current.inTensors == before)
        }
    }
}

extension Tensor {
    fileprivate func relued() throws -> Tensor { try relu(self) }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers everywhere.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
