// Which numbers of a network become 8-bit integers.
//
// The inputs of convolutions and sums do. The last map and what is computed of it, the features and the classifier, stay in
// 32 bits: that is little, and every answer passes through it.

/// How the numbers of a network's convolutions are rounded to 8-bit integers.
public struct Quantisation: Sendable {
    /// The scales of the nodes whose numbers become bytes, by index into `Graph.nodes`.
    public let scales: [Int: ByteScale]
    /// The mean of each channel of a node's numbers, by index; where it is known, the mean of what rounding the weights
    /// changes is taken off the bias.
    ///
    /// Nagel and others, "Data-Free Quantization Through Weight Equalization and Bias Correction", 2019,
    /// https://arxiv.org/abs/1906.04721, section 4.2.
    public let means: [Int: [Float]]

    /// Makes a quantisation of `scales` and `means`.
    public init(scales: [Int: ByteScale], means: [Int: [Float]] = [:]) { (self.scales, self.means) = (scales, means) }
}

extension Graph {
    /// The nodes whose numbers become bytes in a quantised network, and for each the node whose scale it takes.
    ///
    /// The largest of a window, a join, and every second pixel are bytes of what entered, so all these have one scale.
    public var byteNodes: [Int: Int] {
        var owners: [Int: Int] = [:]
        for node in nodes {
            switch node.operation {
            case .convolution, .add:
                for input in node.inputs.map(source) where input > 0 { owners[input] = input }
            default: break
            }
        }
        for index in nodes.indices.reversed() {
            guard let owner = owners[index] else { continue }
            switch nodes[index].operation {
            case .maxPool, .concatenate, .subsample:
                for input in nodes[index].inputs.map(source) where input > 0 { owners[input] = owner }
            default: break
            }
        }
        return owners
    }

    /// The node that `index` has its numbers from: itself, or what enters where nothing is done outside training.
    func source(_ index: Int) -> Int {
        guard case .dropout = nodes[index].operation else { return index }
        return source(nodes[index].inputs[0])
    }

    /// The same network with these nodes as its outputs, each called after its index.
    public func revealing(_ indices: some Sequence<Int>) -> Graph {
        Graph(input: input, nodes: nodes, outputs: indices.map { (name: "\($0)", node: $0) })
    }
}
