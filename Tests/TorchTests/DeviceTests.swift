// Devices and threads.

import Foundation
import Testing
import Torch
import WeightFiles

struct DeviceTests {
    @Test func readsAndWritesNames() {
        for device in [Device.cpu, .cuda(0), .cuda(3)] { #expect(Device(device.description) == device) }
        #expect(Device("cuda") == .cuda(0))
        for wrong in ["", "gpu", "cuda:", "cuda:-1", "cuda:x", "CPU"] { #expect(Device(wrong) == nil) }
    }

    @Test func theProcessorIsThere() throws {
        #expect(Device.cpu.isAvailable)
        #expect(try Device.cpu.memory() == nil)
        #expect(Device.cudaIsAvailable == (Device.cudaCount > 0))
        #expect(Device.best == (Device.cudaIsAvailable ? .cuda(0) : .cpu))
    }

    @Test func saysWhatThereIsInsteadOfAMissingGPU() throws {
        let missing = Device.cuda(Device.cudaCount)
        #expect(!missing.isAvailable)
        #expect(throws: TorchError.self) { try Tensor.zeros([1], on: missing) }
        #expect(throws: TorchError.self) { try Tensor.zeros([1]).to(missing) }
        #expect(throws: TorchError.self) { try missing.memory() }
        #expect(throws: TorchError.self) { try Generator(seed: 1, on: missing) }
    }

    @Test(.enabled(if: !Device.cudaIsAvailable))
    func explainsAMachineWithoutGPU() throws {
        let error = try #require(throws: TorchError.self) { try Tensor.zeros([1], on: .cuda(0)) }
        #expect(
            error.description
                == "The operation full failed: cuda:0 is not available. This libtorch finds no NVIDIA GPU: its build may be "
                + "without CUDA, or the driver missing. Use the device cpu, or see to the GPU.")
    }

    @Test(.enabled(if: Device.cudaIsAvailable))
    func computesOnAGPU() throws {
        let device = Device.cuda(0)
        let x = try Tensor([1, 2, 3] as [Float], shape: [3], on: device)
        #expect(x.device == device)
        #expect(try (x + x).array() == [2, 4, 6] as [Float])
        let memory = try #require(try device.memory())
        #expect(memory.free > 0 && memory.free < memory.total)
        #expect(memory.inTensors > 0 && memory.mostInTensors >= memory.inTensors)
        let a = try Generator(seed: 1, on: device).uniform([8])
        #expect(try a.array() == Generator(seed: 1, on: device).uniform([8]).array(of: Float.self))
    }
}

struct ComputeThreadsTests {
    /// Runs `body` on a thread that has never computed.
    private func onNewThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Swift.Result { try body() }) }.start()
        }
    }

    @Test func eachThreadKeepsItsNumber() async throws {
        let (before, three) = try await onNewThread {
            let before = ComputeThreads.count
            try ComputeThreads.set(3)
            return (before, ComputeThreads.count)
        }
        // Another thread follows only what is set on itself. (Before that, it takes over what was set last anywhere, which
        // other tests do meanwhile.)
        let one = try await onNewThread {
            try ComputeThreads.set(1)
            // Large enough that libtorch would divide it.
            let x = try Tensor.ones([256, 256])
            #expect(try matmul(x, x).sum().number() == 256 * 256 * 256)
            let one = ComputeThreads.count
            try ComputeThreads.set(before)
            return one
        }
        #expect(three == 3)
        #expect(one == 1)
    }

    @Test func refusesNoThreads() throws {
        #expect(throws: TorchError.self) { try ComputeThreads.set(0) }
        #expect(throws: TorchError.self) { try ComputeThreads.set(.max) }
    }
}
