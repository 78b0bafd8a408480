// Tensors as values: numbers in, numbers out, what is shared, what fails and how it says so.

import Foundation
import Testing
import Torch
import WeightFiles

struct TensorTests {
    @Test func numbersComeBackAsTheyWentIn() throws {
        #expect(try Tensor([1.5, -2, 3] as [Float]).array() == [1.5, -2, 3] as [Float])
        #expect(try Tensor([1.5, -2] as [Double]).array() == [1.5, -2])
        #expect(try Tensor([Int.max, Int.min]).array() == [Int.max, Int.min])
        #expect(try Tensor([7, -7] as [Int32]).array() == [7, -7] as [Int32])
        #expect(try Tensor([0, 255] as [UInt8]).array() == [0, 255] as [UInt8])
        #expect(try Tensor([true, false]).array() == [true, false])
        #expect(try Tensor([] as [Float]).array() == [Float]())
        #expect(try Tensor(2.5).number() == 2.5)
    }

    @Test func numbersAreConvertedAsTheyAreRead() throws {
        // Fractions are cut off, and every number but 0 is true.
        #expect(try Tensor([1.9, -1.9, 0]).array() == [1, -1, 0])
        #expect(try Tensor([1.9, -1.9, 0]).array() == [true, true, false])
        #expect(try Tensor([3] as [UInt8]).array() == [3.0])
    }

    @Test func knowsItself() throws {
        let x = try Tensor.zeros([2, 3, 4, 5])
        #expect(x.shape == [2, 3, 4, 5])
        #expect(x.rank == 4)
        #expect(x.count == 120)
        #expect(x.elementType == .float32)
        #expect(x.device == .cpu)
        #expect(x.description == "Tensor [2, 3, 4, 5] of float32, cpu")
        #expect(try Tensor(1.0).shape == [])
        #expect(try Tensor(1.0).count == 1)
    }

    @Test(arguments: ElementType.allCases)
    func fillsEveryElementType(_ type: ElementType) throws {
        let x = try Tensor.full([2, 2], 1, type)
        #expect(x.elementType == type)
        #expect(try x.array() == [1.0, 1, 1, 1])
        #expect(try Tensor.ones([4], type).array() == [1.0, 1, 1, 1])
        #expect(try Tensor.zeros([1], type).array() == [0.0])
    }

    @Test func rangeCountsUp() throws {
        #expect(try Tensor.range(4).array() == [0, 1, 2, 3])
        #expect(try Tensor.range(0).array() == [Int]())
    }

    @Test(arguments: ElementType.allCases)
    func passesThroughFilesUnchanged(_ type: ElementType) throws {
        // Bytes that are valid in every type: 0 and 1 for truth values.
        let bytes = Data((0..<(6 * type.size)).map { UInt8($0 % 2) })
        let stored = try StoredTensor(type: type, shape: [2, 3], bytes: bytes)
        let tensor = try Tensor(stored)
        #expect(tensor.shape == [2, 3])
        #expect(tensor.elementType == type)
        #expect(try tensor.stored() == stored)
    }

    @Test func readsUnalignedBytes() throws {
        // A file's array may begin anywhere: here at an odd address.
        let floats: [Float] = [1, 2, 3]
        let shifted = Data([0]) + floats.withUnsafeBytes { Data($0) }
        let stored = try StoredTensor(type: .float32, shape: [3], bytes: shifted.dropFirst())
        #expect(try Tensor(stored).array() == floats)
    }

    @Test func viewsAreReadInTheirOwnOrder() throws {
        let x = try Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
        #expect(try x.transposed().array() == [1, 4, 2, 5, 3, 6])
        #expect(try x.transposed().stored() == x.transposed().toRowMajor().stored())
        #expect(try x.sliced(1..<3, along: 1).array() == [2, 3, 5, 6])
        let image = try Tensor(Array(0..<24), shape: [1, 2, 3, 4])
        #expect(try image.toChannelsLast().array() == Array(0..<24))
        #expect(try image.toChannelsLast().isChannelsLast)
        #expect(!image.isChannelsLast)
    }

    @Test func viewsShareMemoryAndCopiesDoNot() throws {
        let x = try Tensor.zeros([2, 3])
        #expect(try x.reshaped([6]).sharesMemory(with: x))
        #expect(try x.transposed().sharesMemory(with: x))
        #expect(try x.detached().sharesMemory(with: x))
        #expect(try x.to(.float32).sharesMemory(with: x))
        #expect(try x.to(.cpu).sharesMemory(with: x))
        #expect(try !x.clone().sharesMemory(with: x))
        #expect(try !(x + 1).sharesMemory(with: x))
    }

    @Test func wholeNumbersStayWholeBesideIntegers() throws {
        let bytes = try Tensor([1, 2] as [UInt8])
        #expect(try (bytes + 1).elementType == .uint8)
        #expect(try (bytes * 0.5).elementType == .float32)
        #expect(try (bytes * 0.5).array() == [0.5, 1])
        #expect(try (bytes / 2).array() == [0.5, 1])
    }

    @Test func tellsTruthValues() throws {
        let x = try Tensor([1, .nan, .infinity, 0] as [Float])
        #expect(try x.isFinite().array() == [true, false, false, true])
        #expect(try x.isFinite().negated().array() == [false, true, true, false])
    }

    @Test func writesWithoutACopy() throws {
        let x = try Tensor.written([2, 2], .uint8) { buffer in
            #expect(buffer.count == 4)
            buffer.copyBytes(from: [1, 2, 3, 4])
        }
        #expect(try x.array() == [1, 2, 3, 4] as [UInt8])
    }

    @Test func temporariesOutliveTheCall() throws {
        // If a handle died before C had returned, this would read freed memory: the allocator reuses it at once.
        for value in 0..<200 {
            let number = Double(value)
            let sum = try Tensor.full([64], number) + Tensor.full([64], 1)
            let joined = try concatenate((0..<3).map { try Tensor.full([8], number + Double($0)) })
            #expect(try sum.sum().number() == 64 * (number + 1))
            #expect(try joined.sum().number() == 8 * (3 * number + 3))
        }
    }
}

struct TorchErrorTests {
    func error(_ body: () throws -> some Any) throws -> TorchError {
        try #require(throws: TorchError.self) { _ = try body() }
    }

    @Test func namesBothShapes() throws {
        let x = try Tensor.zeros([2, 3])
        let y = try Tensor.zeros([4, 5])
        let product = try error { try matmul(x, y) }
        #expect(product.operation == "matmul")
        #expect(product.shapes == [[2, 3], [4, 5]])
        #expect(
            product.description
                == "The operation matmul of [2, 3] and [4, 5] failed: mat1 and mat2 shapes cannot be multiplied "
                + "(2x3 and 4x5)")
        #expect(try error { try x + y }.description.hasPrefix("The operation + of [2, 3] and [4, 5] failed: "))
        let filters = try Tensor.zeros([8, 3, 3, 3])
        let convolution = try error { try conv2d(Tensor.zeros([1, 4, 6, 6]), filters) }
        #expect(convolution.description.hasPrefix("The operation conv2d of [1, 4, 6, 6] and [8, 3, 3, 3] failed: "))
        #expect(try error { try concatenate([x, y]) }.shapes == [[2, 3], [4, 5]])
    }

    @Test func saysNothingOfStacks() throws {
        // libtorch's own text would go on with "Exception raised from" and addresses.
        let message = try error { try Tensor.zeros([2]).reshaped([3]) }.description
        #expect(message == "The operation reshaped([3]) of [2] failed: shape '[3]' is invalid for input of size 2")
    }

    @Test func refusesBytesThatDoNotFit() throws {
        #expect(
            try error { try Tensor([1, 2, 3] as [Float], shape: [2, 2]) }.description
                == "The operation Tensor failed: 12 bytes do not make [2, 2] of float32.")
        #expect(throws: TorchError.self) { try Tensor.zeros([-1]) }
        #expect(throws: TorchError.self) { try Tensor([] as [Float], shape: [-1, 0]).sum() }
    }

    @Test func refusesWhatLiesOutside() throws {
        let x = try Tensor.zeros([3])
        #expect(throws: TorchError.self) { try x.sliced(1..<5) }
        #expect(throws: TorchError.self) { try x.narrowed(from: 2, length: 2) }
        #expect(throws: TorchError.self) { try x.selected(3) }
        #expect(throws: TorchError.self) { try x.droppingDimension(0) }
        #expect(throws: TorchError.self) { try x.number() }
        #expect(throws: TorchError.self) { try concatenate([]) }
        #expect(throws: TorchError.self) { try dropout(x, probability: 1, using: Generator(seed: 1)) }
    }

    @Test func aFailureMakesNothing() throws {
        let x = try Tensor.zeros([2, 3])
        expectNoLeak {
            for _ in 0..<10 { #expect(throws: TorchError.self) { try matmul(x, x) } }
        }
    }
}

/// Fails if tensors that `body` made on this thread are alive when it has returned.
func expectNoLeak(sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void) rethrows {
    let before = Tensor.liveCountOfThread
    try body()
    #expect(Tensor.liveCountOfThread == before, "tensors leaked", sourceLocation: sourceLocation)
}
