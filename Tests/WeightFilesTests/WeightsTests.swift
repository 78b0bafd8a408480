// Weights as a value, and on the disk.

import Foundation
import TestSupport
import Testing
import WeightFiles

struct WeightsTests {
    @Test func roundsToHalvesAsNumPyDoes() throws {
        for half in try WeightsGolden.read().halves {
            let tensor = try StoredTensor(floats: [half.float], shape: [1]).asFloat16()
            if half.half == 0x7C00 {
                #expect(tensor.type == .float32, "\(half.float) is too large")
            } else {
                #expect(tensor.bytes == Data([UInt8(half.half & 0xFF), UInt8(half.half >> 8)]), "\(half.float)")
                #expect(tensor.floats()[0] == Float(Float16(bitPattern: half.half)))
            }
        }
    }

    @Test func halvesOnlyFloats() throws {
        var weights = Weights(metadata: ["padding": "torchvision"])
        weights["a"] = try StoredTensor(floats: [1, 2], shape: [2])
        weights["large"] = try StoredTensor(floats: [1, 70000], shape: [2])
        weights["count"] = try StoredTensor(type: .int64, shape: [], bytes: Data(count: 8))
        let small = weights.asFloat16()
        #expect(small["a"]?.type == .float16 && small["a"]?.floats() == [1, 2])
        #expect(small["large"] == weights["large"])
        #expect(small["count"] == weights["count"])
        #expect(small.metadata == weights.metadata)
    }

    @Test func sizesMustAgree() throws {
        #expect(throws: WeightsError.size(type: .float32, shape: [3], bytes: 8)) {
            try StoredTensor(floats: [1, 2], shape: [3])
        }
        #expect(throws: WeightsError.self) { try StoredTensor(type: .uint8, shape: [-1, -4], bytes: Data(count: 4)) }
    }

    @Test func writesAndReadsAFile() async throws {
        let weights = try Weights(["a": StoredTensor(floats: [1, 2], shape: [2])], metadata: ["b": "c"])
        try await withTemporaryFolder { folder in
            let url = folder.appending(path: "w.safetensors")
            try Data("old".utf8).write(to: url)
            try weights.write(to: url)
            #expect(try Weights.read(url) == weights)
            #expect(try Data(contentsOf: url) == weights.safetensors())
            #expect(try sha256(ofFile: url) == weights.digest())
            // Nothing temporary stays.
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["w.safetensors"])
        }
    }

    @Test func aFailedWriteChangesNothing() async throws {
        struct Stop: Error {}
        try await withTemporaryFolder { folder in
            let url = folder.appending(path: "w")
            try Data("old".utf8).write(to: url)
            #expect(throws: WeightsError.self) {
                try writeAtomically(to: url) { write in
                    try write(Data("new".utf8))
                    throw Stop()
                }
            }
            #expect(try Data(contentsOf: url) == Data("old".utf8))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["w"])
            #expect(throws: WeightsError.self) { try Weights().write(to: folder.appending(path: "none/w")) }
        }
    }

    @Test func namesAMissingFile() {
        #expect { try Weights.read(URL(filePath: "/nowhere/w.pth")) } throws: {
            "\($0)".contains("w.pth cannot be read")
        }
    }

    @Test func knownDigest() async throws {
        // SHA-256 of "abc": FIPS 180-2, appendix B.1.
        try await withTemporaryFolder { folder in
            let url = folder.appending(path: "abc")
            try Data("abc".utf8).write(to: url)
            #expect(
                try sha256(ofFile: url) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        }
    }
}
