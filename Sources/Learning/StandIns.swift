// Temporary: what other branches bring.
public import Imaging
public import Torch
public import Foundation
import Networks
import WeightFiles

public struct Augmentation: Codable, Hashable, Sendable {
    public static let none = Augmentation()
    public static let standard = Augmentation()
    public func plan(for: Preprocessing, using: inout some RandomNumberGenerator) -> AugmentationPlan { AugmentationPlan() }
    public init() {}
    public init(_ text: String) throws {}
    public var text: String { "none" }
}
public struct AugmentationPlan {}
extension Preprocessing {
    func callAsFunction(_ bytes: some ContiguousBytes, augmentation: AugmentationPlan, limits: DecodingLimits) throws -> [UInt8] { try self(bytes, limits: limits) }
}
struct AugmentationAdvice { init(classes: [String], augmentation: Augmentation) {}
    var warnings: [String] { [] } }
public struct WorkerPlace: Hashable, Sendable { public var rank = 0, count = 1, localRank = 0, localCount = 1 }
final class ProcessGroup { let place: WorkerPlace; init(_ p: WorkerPlace, device: Device, timeout: Duration) throws { place = p }
    func broadcast(_ t: [Tensor], from: Int) throws {}
    func sum(_ n: [Double]) throws -> [Double] { n } }
final class GradientAveraging { init(_ p: [(name: String, tensor: Tensor)], in: ProcessGroup) throws {}
    func prepare(isLast: Bool) throws {}
    func finish() throws {} }
public enum Precision: String, Codable, Sendable, CaseIterable { case float32, mixed }
enum HostMemory { nonisolated(unsafe) static var limit: Int?; static var current: (peak: Int, x: Int) { (0, 0) } }
func releaseCachedMemory() {}
extension TorchError { var isOutOfMemory: Bool { false } }
extension NetworkExecutor { convenience init(_ g: Graph, weights: Weights, device: Device = .cpu, precision: Precision) throws { try self.init(g, weights: weights, device: device) } }
extension Augmentation: CustomStringConvertible { public var description: String { "none" } }
