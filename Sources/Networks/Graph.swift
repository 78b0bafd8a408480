// A network as a list of operations: the one description that both engines read.
//
// A network is written with layers that take and return a `Signal`, in the way one would write it with tensors. What
// results is a `Graph`, a value: libtorch carries it out (`Torch`), and it can be written as an ONNX file
// (`ONNXModel`), which OpenVINO reads. Its shapes are known as soon as it is made, and weights are only named here.

/// Zeros around an image, in pixels.
public struct Padding: Hashable, Sendable, Codable {
    /// Rows above, columns to the left, rows below, columns to the right.
    public var top, left, bottom, right: Int

    /// The same number on all four sides.
    public static func all(_ n: Int) -> Padding { Padding(top: n, left: n, bottom: n, right: n) }

    /// Only below and to the right, as TensorFlow's "SAME" pads an even size at stride 2.
    public static func bottomRight(_ n: Int) -> Padding { Padding(top: 0, left: 0, bottom: n, right: n) }

    /// Makes a padding.
    public init(top: Int, left: Int, bottom: Int, right: Int) {
        (self.top, self.left, self.bottom, self.right) = (top, left, bottom, right)
    }
}

/// What one node of a graph does.
///
/// Weights are named by the path of the layer that owns them.
public enum Operation: Hashable, Sendable {
    /// The batch that enters, as `Graph.input` says.
    case input
    /// [N, H, W, 3] bytes → [N, 3, H, W]: (x / 255 − mean) / deviation, per channel.
    case normalise(mean: [Float], deviation: [Float])
    /// [N, in, H, W] → [N, out, H′, W′]. Weights: `path.weight` [out, in / groups, k, k] and, if `hasBias`, `path.bias`.
    case convolution(
        path: String, inputs: Int, outputs: Int, kernel: Int, stride: Int, padding: Padding, groups: Int, hasBias: Bool)
    /// [N, C, H, W] or [N, C] → the same. Weights: `path.weight`, `.bias`, `.running_mean`, `.running_var`, each [C].
    case batchNorm(path: String, channels: Int, epsilon: Float)
    /// max(x, 0).
    case relu
    /// min(max(x, 0), 6).
    case relu6
    /// The largest value of each window; padding does not count. `ceiling`: windows may hang over the far edges.
    case maxPool(kernel: Int, stride: Int, padding: Int, ceiling: Bool)
    /// [N, C, H, W] → [N, C], the mean over rows and columns.
    case globalAveragePool
    /// The sum of two inputs of one shape.
    case add
    /// Several inputs one after another along the channels.
    case concatenate
    /// Every `stride`-th row and column, and channels of zeros before and behind ("option A" of the ResNet paper).
    case subsample(stride: Int, before: Int, after: Int)
    /// [N, in] → [N, out]. Weights: `path.weight` [out, in] and `path.bias` [out].
    case linear(path: String, inputs: Int, outputs: Int)
    /// Sets elements to zero with this probability in training, and scales the others up; nothing otherwise.
    case dropout(probability: Float)
    /// [N, C] → [N, C], each row divided by its Euclidean length (at least 1e-12).
    case unitLength
    /// The square root of each element; elements below 0 count as 0.
    case squareRoot
    /// [N, C] → [N, C], probabilities of each row.
    case softmax
    /// 1 / (1 + e⁻ˣ) of each element: a probability by itself.
    case sigmoid
}

/// One operation with its inputs, and the shape that comes out of it.
public struct Node: Hashable, Sendable {
    /// What it does.
    public let operation: Operation
    /// The nodes whose outputs it takes, as indices into `Graph.nodes`; all smaller than its own.
    public let inputs: [Int]
    /// Of one image, without the batch: [channels, rows, columns] or [features].
    public let shape: [Int]
}

/// A whole network.
///
/// The nodes stand in an order in which they can be carried out; the first is the input.
public struct Graph: Hashable, Sendable {
    /// What enters.
    public enum Input: Hashable, Sendable {
        /// [N, rows, columns, 3] bytes, 0…255, RGB.
        case bytes(rows: Int, columns: Int)
        /// [N, 3, rows, columns] floats, normalised already.
        case floats(rows: Int, columns: Int)
        /// [N, count] floats, such as features that another network has computed.
        case vectors(count: Int)
    }

    /// What enters.
    public let input: Input
    /// In an order in which they can be carried out.
    public let nodes: [Node]
    /// What leaves, by name, such as `features` and `logits`; indices into `nodes`.
    public let outputs: [(name: String, node: Int)]

    /// Writes a network down: `body` takes the input and returns the outputs with their names.
    public init(_ input: Input, _ body: (Signal) throws -> [(String, Signal)]) throws {
        let recorder = Recorder()
        let shape =
            switch input {
            case .bytes(let rows, let columns): [rows, columns, 3]
            case .floats(let rows, let columns): [3, rows, columns]
            case .vectors(let count): [count]
            }
        recorder.nodes.append(Node(operation: .input, inputs: [], shape: shape))
        let outputs = try body(Signal(recorder: recorder, index: 0))
        self.input = input
        self.nodes = recorder.nodes
        self.outputs = outputs.map { ($0.0, $0.1.index) }
    }

    /// Makes a graph of nodes that stand in another.
    init(input: Input, nodes: [Node], outputs: [(name: String, node: Int)]) {
        (self.input, self.nodes, self.outputs) = (input, nodes, outputs)
    }

    /// Two graphs are equal if they do the same to the same input.
    public static func == (a: Graph, b: Graph) -> Bool {
        a.input == b.input && a.nodes == b.nodes && a.outputs.elementsEqual(b.outputs, by: ==)
    }

    /// Hashes what `==` compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(input)
        hasher.combine(nodes)
    }
}

/// What flows from one layer to the next while a graph is written down.
public struct Signal {
    let recorder: Recorder
    let index: Int

    /// Of one image, without the batch: [channels, rows, columns] or [features].
    public var shape: [Int] { recorder.nodes[index].shape }
}

/// Collects the nodes of one graph.
final class Recorder {
    var nodes: [Node] = []
}
