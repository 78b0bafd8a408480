// Where a network puts the zeros around its maps. Weights work well only with the padding that they were trained with.

public import WeightFiles

/// The padding that a network was trained with.
public enum PaddingStyle: String, CaseIterable, Codable, Sendable {
    /// As much on every side: half the kernel, as in torchvision.
    case torchvision
    /// TensorFlow's "SAME": as much as the output needs, and where that is odd, the larger part at the bottom and right.
    /// At stride 2, a kernel of 3 and an even size that is one row at the bottom and one column at the right only.
    case bottomRight = "bottom-right"

    /// The key of a weight file's metadata under which the style is recorded, by its raw value.
    public static let metadataKey = "padding"

    /// The style that is recorded in the metadata of `weights`; nil if nothing, or nothing known, is.
    public init?(recordedIn weights: Weights) {
        guard let name = weights.metadata[Self.metadataKey] else { return nil }
        self.init(rawValue: name)
    }

    /// The zeros for a window of `kernel` over `rows` × `columns`.
    func around(rows: Int, columns: Int, kernel: Int, stride: Int) -> Padding {
        switch self {
        case .torchvision:
            return .all(kernel / 2)
        case .bottomRight:
            func total(_ size: Int) -> Int { max(((size + stride - 1) / stride - 1) * stride + kernel - size, 0) }
            let (vertical, horizontal) = (total(rows), total(columns))
            return Padding(
                top: vertical / 2, left: horizontal / 2, bottom: vertical - vertical / 2,
                right: horizontal - horizontal / 2)
        }
    }
}
