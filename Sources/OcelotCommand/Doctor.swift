import ArgumentParser
import Foundation
import Imaging
import Inference
import Networks
import Ocelot
import Torch

/// `ocelot doctor`.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tells what is installed and found, and how fast this machine is.")

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    struct Check: Encodable {
        var name: String
        var ok: Bool
        var value: String
    }

    func run() async throws {
        var failed = false
        func show(_ name: String, _ body: () async throws -> String) async throws {
            let check: Check
            do { check = Check(name: name, ok: true, value: try await body()) } catch {
                check = Check(name: name, ok: false, value: "\(error)")
                failed = true
            }
            if output.json {
                try writeJSON(check)
            } else {
                write(
                    "\(check.ok ? "ok  " : "FAIL") \(name.padding(toLength: 18, withPad: " ", startingAt: 0)) \(check.value)"
                )
            }
        }
        try await show("ocelot") { Ocelot.version }
        try await show("processor") {
            "\(ProcessInfo.processInfo.activeProcessorCount) cores, \(ProcessInfo.processInfo.physicalMemory >> 30) GB of memory"
        }
        try await show("libtorch") {
            "\(libtorchVersion()), CUDA \(Device.cudaCount > 0 ? "with \(Device.cudaCount) GPU" : "not available")"
        }
        try await show("OpenVINO") { try InferenceEngine.version() }
        try await show("pictures") { imagingLibraries() }
        try await show("workspace") { try checkedWorkspace() }
        try await show("weights") {
            let kept = try WeightStore().list().filter(\.isPresent).map(\.name)
            return kept.isEmpty
                ? "starter (embedded); 'ocelot weights pull mobilenet_v2' gets better ones"
                : "starter, \(kept.joined(separator: ", "))"
        }
        try await show("starter, speed") { try await measuredSpeed() }
        guard !failed else { throw ExitCode(1) }
    }

    /// Whether runs could be kept in the workspace, and how much room there is.
    private func checkedWorkspace() throws -> String {
        let folder = workspace.url
        let probe = folder.appending(path: ".ocelot-\(UUID().uuidString)")
        do { try Data("ocelot".utf8).write(to: probe) } catch {
            throw FileNotWritten(path: folder.path, reason: error.localizedDescription)
        }
        try FileManager.default.removeItem(at: probe)
        let free = try FileManager.default.attributesOfFileSystem(forPath: folder.path)[.systemFreeSize] as? Int ?? 0
        return "\(folder.path), writable, \(free / 1_000_000_000) GB free"
    }

    /// Photos a second through the embedded network, pictures in memory.
    private func measuredSpeed() async throws -> String {
        let start = try BackboneWeights.starter()
        let side = start.backbone.defaultImageSize
        let network = try FrozenNetwork(start.backbone, weights: start.weights, padding: start.padding, side: side)
        let rate = try await measureThroughput(of: network, imageBytes: 3 * side * side, seconds: 1)
        return String(format: "%.0f images/s at %d pixels", rate, side)
    }
}
