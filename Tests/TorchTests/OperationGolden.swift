// Reads Tests/Golden/torch_operations.json, which Tools/golden/torch_operations.py makes with PyTorch.

import Foundation
import TestSupport
import Testing
import Torch
import WeightFiles

struct OperationGolden: Decodable {
    struct Array: Decodable {
        let type: String
        let shape: [Int]
        let values: [Double]

        func tensor() throws -> Tensor {
            let element = try #require(ElementType(rawValue: type))
            return try Tensor(values, shape: shape).to(element)
        }
    }

    struct Case: Decodable, CustomTestStringConvertible {
        let name: String
        let inputs: [String: Array]
        let outputs: [Array]
        /// The gradient of the loss with respect to the first output.
        let seed: Array?
        let gradients: [String: Array]?

        var testDescription: String { name }
    }

    let cases: [Case]

    static let all: Result<[Case], any Error> = Result {
        let data = try Data(contentsOf: Fixtures.golden("torch_operations.json"))
        return try JSONDecoder().decode(OperationGolden.self, from: data).cases
    }
}

/// Fails unless two arrays of numbers differ by at most `relative` times the largest of the expected ones.
func expectClose(
    _ found: [Double], _ expected: [Double], relative: Double = 1e-5, _ what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(found.count == expected.count, "\(what)", sourceLocation: sourceLocation)
    let scale = expected.map { abs($0) }.max() ?? 0
    for (index, (x, y)) in zip(found, expected).enumerated() where !(abs(x - y) <= relative * scale) {
        Issue.record(
            "\(what): \(x) is not \(y) at \(index), where the largest is \(scale)", sourceLocation: sourceLocation)
        return
    }
}
