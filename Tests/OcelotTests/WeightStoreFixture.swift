// Weights small enough to be sent about, and a catalogue that publishes them.
import Crypto
import Foundation
import Networks
import Ocelot
import WeightFiles

/// A file of weights of the smallest network that there is, 1.1 MB, filled by a formula.
let file: Data = {
    let requirements = (try? Backbone.resNet20CIFAR.requirements(classes: 10)) ?? []
    let weights = try? Weights(formulaFor: requirements)
    return (try? weights?.safetensors()) ?? Data()
}()

func sha256(_ data: Data) -> String { SHA256.hash(data: data).map { String(format: "%02x", $0) }.joined() }

/// `file` as its publisher offers it.
let published = PublishedWeights(
    name: "small", backbone: .resNet20CIFAR, file: "small-\(sha256(file).prefix(8)).pth", bytes: file.count,
    topOne: 12.5, address: "http://127.0.0.1:9/", licence: "CC0")

func store(_ folder: URL, mirror: String? = nil, _ catalogue: [PublishedWeights] = [published]) -> WeightStore {
    var patience = Patience()
    patience.pause = .milliseconds(1)
    patience.attempts = 3
    patience.connecting = .seconds(60)
    return WeightStore(folder: folder, mirror: mirror, catalogue: catalogue, patience: patience)
}

/// The names in a folder but for locks, hidden ones too.
func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasSuffix(".lock") }.sorted()
}

/// The sentence of the error that `body` throws.
func sentence(_ body: () async throws -> some Any) async -> String {
    do {
        _ = try await body()
        return "no error"
    } catch {
        return "\(error)"
    }
}
