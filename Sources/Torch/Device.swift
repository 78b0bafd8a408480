// Where tensors live.

internal import CTorch

/// A processor that holds tensors and computes with them.
public enum Device: Hashable, Sendable {
    /// The machine's own processor and memory.
    case cpu
    /// An NVIDIA GPU, by its number from 0.
    case cuda(Int)

    /// How many NVIDIA GPUs this build of libtorch can use here; 0 if it is a build without CUDA.
    public static var cudaCount: Int { ct_cuda_count() }

    /// Whether this build of libtorch can use an NVIDIA GPU here.
    public static var cudaIsAvailable: Bool { cudaCount > 0 }

    /// The first GPU where there is one, the processor otherwise.
    public static var best: Device { cudaIsAvailable ? .cuda(0) : .cpu }

    /// Whether tensors can be put here.
    public var isAvailable: Bool {
        switch self {
        case .cpu: true
        case .cuda(let number): (0..<Self.cudaCount).contains(number)
        }
    }

    /// Memory of a GPU; nil for the processor, whose memory is the system's affair.
    public func memory() throws(TorchError) -> DeviceMemory? {
        guard case .cuda(let number) = self else { return nil }
        try requireAvailable("memory")
        var bytes: [Int64] = [0, 0, 0, 0]
        guard ct_cuda_memory(Int32(number), &bytes) == 0 else { throw .last("memory") }
        return DeviceMemory(
            free: Int(bytes[0]), total: Int(bytes[1]), inTensors: Int(bytes[2]), mostInTensors: Int(bytes[3]))
    }

    /// An error that says what there is, if tensors cannot be put here.
    func requireAvailable(_ operation: String) throws(TorchError) {
        guard !isAvailable else { return }
        let count = Self.cudaCount
        let found =
            switch count {
            case 0: "This libtorch finds no NVIDIA GPU: its build may be without CUDA, or the driver missing."
            case 1: "The only GPU here is cuda:0."
            default: "The GPUs here are cuda:0 to cuda:\(count - 1)."
            }
        throw TorchError(operation, reason: "\(self) is not available. \(found) Use the device cpu, or see to the GPU.")
    }

    var torchNumber: Int32 {
        switch self {
        case .cpu: -1
        case .cuda(let number): Int32(number)
        }
    }

    init(torchNumber: Int32) { self = torchNumber < 0 ? .cpu : .cuda(Int(torchNumber)) }
}

extension Device: LosslessStringConvertible {
    /// `cpu`, `cuda:0`, ….
    public var description: String {
        switch self {
        case .cpu: "cpu"
        case .cuda(let number): "cuda:\(number)"
        }
    }

    /// Reads `cpu`, `cuda` (the first) or `cuda:n`; nil if it is none of them.
    public init?(_ description: String) {
        switch description {
        case "cpu": self = .cpu
        case "cuda": self = .cuda(0)
        default:
            guard description.hasPrefix("cuda:"), let number = UInt8(description.dropFirst(5)) else { return nil }
            self = .cuda(Int(number))
        }
    }
}

/// Memory of a GPU, in bytes.
public struct DeviceMemory: Hashable, Sendable {
    /// What nobody on the machine uses.
    public let free: Int
    /// What the GPU has.
    public let total: Int
    /// What this process's tensors use now.
    ///
    /// libtorch keeps more than that for tensors to come.
    public let inTensors: Int
    /// What this process's tensors used at most so far.
    public let mostInTensors: Int
}
