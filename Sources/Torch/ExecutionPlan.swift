// What can be known of carrying out a graph before there is a batch: when a tensor is last read, which may be
// overwritten, and which batch norms can become part of a convolution.

package import Networks

/// The steps of a graph, one a node.
package struct ExecutionPlan {
    /// One node's part.
    package struct Step {
        /// What is done; nil if the input is passed on, because the work is done elsewhere.
        package fileprivate(set) var operation: Networks.Operation?
        /// The nodes whose outputs are read.
        ///
        /// The first is overwritten if `isInPlace`.
        package fileprivate(set) var inputs: [Int]
        /// Whether the first input becomes the output.
        package fileprivate(set) var isInPlace = false
        /// The nodes whose outputs nobody reads afterwards.
        package fileprivate(set) var releases: [Int] = []
        /// What a batch norm does in training besides.
        package fileprivate(set) var fusion = Fusion()
        /// Whether in training a batch norm before it has done this already, so that its output is passed on.
        package fileprivate(set) var isFused = false
    }

    /// A sum and an activation that are done together with a batch norm.
    package struct Fusion: Hashable {
        /// The node that is added to the norm.
        package fileprivate(set) var residual: Int?
        /// What comes after.
        package fileprivate(set) var activation = Activation.none
    }

    /// A batch norm that becomes part of a convolution, by the paths of their weights.
    package struct Fold {
        let convolution: String
        let batchNorm: String
        let epsilon: Float
    }

    /// In the order of the graph's nodes.
    package private(set) var steps: [Step]
    /// What has to happen to the weights first.
    package private(set) var folds: [Fold] = []

    /// Plans `graph`; with its batch norms folded into convolutions where that can be.
    package init(_ graph: Graph, folding: Bool) {
        steps = graph.nodes.map { Step(operation: $0.operation, inputs: $0.inputs) }
        let outputs = Set(graph.outputs.map(\.node))
        var readers = Array(repeating: 0, count: steps.count)
        for node in steps.flatMap(\.inputs) + outputs { readers[node] += 1 }
        if folding { fold(readers) }
        overwrite(readers)
        fuse(readers)
        release(except: outputs)
    }

    private mutating func fold(_ readers: [Int]) {
        for (index, step) in steps.enumerated() {
            guard case .batchNorm(let norm, _, let epsilon) = step.operation, readers[step.inputs[0]] == 1,
                case .convolution(let conv, _, _, _, _, _, _, _) = steps[step.inputs[0]].operation
            else { continue }
            folds.append(Fold(convolution: conv, batchNorm: norm, epsilon: epsilon))
            steps[index].operation = nil
        }
    }

    /// Finds what can be done together with a batch norm: a sum with something older, and an activation.
    private mutating func fuse(_ readers: [Int]) {
        for (index, step) in steps.enumerated() {
            // The node whose output will be the batch norm's, and the norm.
            var end = index
            var norm = step.inputs.max() ?? 0
            switch step.operation {
            case .add:
                // The other part must be there when the norm is carried out.
                guard case .batchNorm = steps[norm].operation, readers[norm] == 1, step.inputs.count == 2,
                    let residual = step.inputs.min(), residual < norm
                else { continue }
                steps[norm].fusion.residual = residual
            case .relu, .relu6:
                end = step.inputs[0]
                norm = steps[end].isFused ? steps[end].inputs.max() ?? 0 : end
                guard case .batchNorm = steps[norm].operation, readers[end] == 1 else { continue }
                steps[norm].fusion.activation = step.operation == .relu ? .relu : .relu6
            default: continue
            }
            steps[index].isFused = true
        }
    }

    /// Saves memory, and the time to fetch new: an activation or a sum may take its input's place if nobody else reads it.
    private mutating func overwrite(_ readers: [Int]) {
        for (index, step) in steps.enumerated() {
            switch step.operation {
            case .relu, .relu6, .add: break
            default: continue
            }
            // A sum is symmetric, so either of its parts will do.
            guard let input = step.inputs.first(where: { readers[$0] == 1 && isOverwritable($0) }) else { continue }
            steps[index].inputs.removeAll { $0 == input }
            steps[index].inputs.insert(input, at: 0)
            steps[index].isInPlace = true
        }
    }

    /// Whether a node's output has memory of its own, and the way back from a loss does not need it.
    private func isOverwritable(_ node: Int) -> Bool {
        switch steps[node].operation {
        case .convolution, .batchNorm, .add: true
        // What a folded batch norm passes on is that of a convolution, whose only reader it is.
        case nil: true
        default: false
        }
    }

    private mutating func release(except outputs: Set<Int>) {
        var seen = outputs
        for index in steps.indices.reversed() {
            for input in steps[index].inputs where seen.insert(input).inserted { steps[index].releases.append(input) }
        }
    }
}
