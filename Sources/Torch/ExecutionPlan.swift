// What can be known of carrying out a graph before there is a batch: when a tensor is last read, which may be
// overwritten, and which batch norms can become part of a convolution.

internal import Networks

/// One node's part.
struct Step {
    /// What is done; nil if the input is passed on, because the work is done elsewhere.
    var operation: Networks.Operation?
    /// The nodes whose outputs are read. The first may be overwritten if `isInPlace`.
    var inputs: [Int]
    /// Whether the first input becomes the output.
    var isInPlace = false
    /// The nodes whose outputs nobody reads afterwards.
    var releases: [Int] = []
}

/// The steps of a graph, one a node.
struct ExecutionPlan {
    /// A batch norm that becomes part of a convolution, by the paths of their weights.
    struct Fold {
        var convolution: String
        var batchNorm: String
        var epsilon: Float
    }

    private(set) var steps: [Step]
    private(set) var folds: [Fold] = []

    init(_ graph: Graph, folding: Bool) {
        steps = graph.nodes.map { Step(operation: $0.operation, inputs: $0.inputs) }
        var readers = Array(repeating: 0, count: steps.count)
        for input in steps.flatMap(\.inputs) { readers[input] += 1 }
        let outputs = Set(graph.outputs.map(\.node))
        for output in outputs { readers[output] += 1 }

        if folding {
            for (index, step) in steps.enumerated() {
                guard case .batchNorm(let norm, _, let epsilon) = step.operation, readers[step.inputs[0]] == 1,
                    case .convolution(let conv, _, _, _, _, _, _, _) = steps[step.inputs[0]].operation
                else { continue }
                folds.append(Fold(convolution: conv, batchNorm: norm, epsilon: epsilon))
                steps[index].operation = nil
            }
        }
        for (index, step) in steps.enumerated() {
            // Sums are symmetric, so either side may be the one that is overwritten.
            for candidate in Self.mayOverwrite(step) where readers[candidate] == 1 && hasOwnMemory(candidate) {
                steps[index].inputs.removeAll { $0 == candidate }
                steps[index].inputs.insert(candidate, at: 0)
                steps[index].isInPlace = true
                break
            }
        }
        var seen = outputs
        for index in steps.indices.reversed() {
            for input in steps[index].inputs where seen.insert(input).inserted { steps[index].releases.append(input) }
        }
    }

    /// The inputs that the step could write its output over.
    private static func mayOverwrite(_ step: Step) -> [Int] {
        switch step.operation {
        case .relu, .relu6, .add: step.inputs
        default: []
        }
    }

    /// Whether a node's output is its own, and nothing needs it on the way back from a loss, so that it may change.
    private func hasOwnMemory(_ node: Int) -> Bool {
        switch steps[node].operation {
        case .convolution, .batchNorm: true
        // Passed on: whether the memory is its own depends on the node before, a convolution read by nobody else.
        case nil: true
        // The gradient of a sum needs neither the sum nor its parts.
        case .add: true
        default: false
        }
    }
}
