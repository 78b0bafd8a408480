// A network as a table: its layers, what comes out of each, and how many parameters it has.

/// The layers of a network, with the keys of `ocelot summary --json`.
public struct NetworkSummary: Codable, Hashable, Sendable {
    /// One operation.
    public struct Layer: Codable, Hashable, Sendable {
        /// Where its weights are, such as `layer1.0.conv1`; for others, the kind and a number.
        public var name: String
        /// What it does, such as `convolution`.
        public var kind: String
        /// The shape after it for one image: [channels, rows, columns] or [features].
        public var output: [Int]
        /// How many numbers of it can be learned.
        public var parameters: Int
    }

    /// How many numbers can be learned.
    public var parameters: Int
    /// How many of them are, given what is frozen.
    public var trainable: Int
    /// In an order in which they are carried out.
    public var layers: [Layer]
    /// Length of the vector that leaves as `features`; nil if the network has none.
    public var features: Int?
    /// What may be wrong with the network for this size of image; nil if nothing is.
    public var warning: String?

    /// Sums `graph` up.
    ///
    /// `isFrozen` says of the name of an array whether training leaves it as it is.
    public init(_ graph: Graph, isFrozen: (String) -> Bool = { _ in false }) {
        var counters: [String: Int] = [:]
        layers = graph.nodes.map { node in
            let kind = node.operation.kind
            counters[kind, default: 0] += 1
            let requirements = node.operation.requirements.filter { $0.role == .parameter }
            return Layer(
                name: node.operation.path ?? "\(kind) \(counters[kind, default: 0])",
                kind: kind,
                output: node.shape,
                parameters: requirements.reduce(0) { $0 + $1.count })
        }
        parameters = graph.parameterCount
        trainable = graph.requirements.reduce(0) {
            $0 + ($1.role == .parameter && !isFrozen($1.name) ? $1.count : 0)
        }
        features = graph.outputs.first { $0.name == "features" }.map { graph.nodes[$0.node].shape[0] }
        let maps = graph.nodes.filter { $0.shape.count == 3 && $0.operation != .input }
        if let last = maps.last, last.shape[1] == 1, last.shape[2] == 1,
            let (rows, columns) = graph.input.imageSize
        {
            warning =
                "At \(rows) × \(columns) the last map is a single point: each feature sees the whole image, and where "
                + "something is in it is lost. Use a larger image size."
        }
    }

    /// The summary as lines of text.
    public var table: String {
        var rows = [["layer", "kind", "output", "parameters"]]
        rows += layers.map { layer in
            [
                layer.name, layer.kind, layer.output.map(String.init).joined(separator: " × "),
                Self.grouped(layer.parameters),
            ]
        }
        let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
        var lines = rows.map { row in
            let left = (0..<3).map { row[$0] + String(repeating: " ", count: widths[$0] - row[$0].count) }
            return (left + [String(repeating: " ", count: widths[3] - row[3].count) + row[3]]).joined(separator: "  ")
        }
        lines.insert(String(repeating: "─", count: widths.reduce(6, +)), at: 1)
        lines.append(lines[1])
        lines.append("\(Self.grouped(parameters)) parameters, \(Self.grouped(trainable)) of them trainable")
        if let features { lines.append("\(features) features") }
        if let warning { lines.append("Warning: \(warning)") }
        return lines.joined(separator: "\n")
    }

    /// 11689512 → 11,689,512.
    private static func grouped(_ number: Int) -> String {
        let digits = Array(String(number))
        return digits.indices.map { index in
            (index > 0 && (digits.count - index).isMultiple(of: 3) ? "," : "") + String(digits[index])
        }.joined()
    }
}

extension Operation {
    /// Where its weights are; nil if it has none.
    public var path: String? {
        switch self {
        case .convolution(let path, _, _, _, _, _, _, _), .batchNorm(let path, _, _), .linear(let path, _, _): path
        case .input, .normalise, .relu, .relu6, .maxPool, .globalAveragePool, .add, .concatenate, .subsample, .dropout,
            .unitLength, .squareRoot, .softmax, .sigmoid:
            nil
        }
    }
}

extension Graph.Input {
    /// Rows and columns of the images; nil where no images enter.
    public var imageSize: (rows: Int, columns: Int)? {
        switch self {
        case .bytes(let rows, let columns), .floats(let rows, let columns): (rows, columns)
        case .vectors: nil
        }
    }
}
