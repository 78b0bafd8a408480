import ArgumentParser
import Datasets
import Foundation
import Imaging
import Learning
import Networks
import Ocelot
import WeightFiles

/// `ocelot bench`: our side of the comparisons in `Benchmarks/`.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures parts of this program, for comparisons.",
        subcommands: [
            Decode.self, Network.self, SVM.self, ImageNet.self, Duplicates.self, Hashes.self, Answer.self,
        ])

    /// Photos from disk to the network's input.
    struct Decode: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Decodes and resizes the photos of a folder.")
        @Argument(help: ArgumentHelp("A folder of photos.", valueName: "folder"))
        var folder: String
        @Option(help: "Side of the result in pixels.")
        var imageSize = 224
        @Option(help: "Threads that decode.")
        var threads = 1
        @Option(
            help: ArgumentHelp(
                "Also write the bytes of all pictures here, in the order of their paths.", valueName: "file"))
        var dump: String?
        @OptionGroup var output: OutputOptions

        private struct Result: Encodable {
            var images: Int
            var failures: Int
            var images_per_second: Double
            var images_per_core_second: Double
        }

        func run() async throws {
            let photos = try imageFiles(in: [folder]).map { URL(filePath: $0) }
            let preprocessing = Preprocessing(side: imageSize)
            if let dump {
                var bytes = Data()
                for photo in photos { bytes.append(contentsOf: try preprocessing(readImageFile(photo))) }
                try writeWhole(bytes, to: URL(filePath: dump))
            }
            let speed = await measureDecoding(of: photos, with: preprocessing, threads: threads)
            let result = Result(
                images: speed.images, failures: speed.failures, images_per_second: speed.imagesPerSecond,
                images_per_core_second: speed.imagesPerCoreSecond)
            if output.json {
                try writeJSON(result)
            } else {
                write(String(format: "%.0f images/s", speed.imagesPerSecond))
            }
        }
    }

    /// A frozen network, pictures in memory.
    struct Network: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Computes features of pictures that lie in memory.")
        @Argument(help: "A network; see 'ocelot weights list'.")
        var backbone: String
        @Option(help: ArgumentHelp("Its weights; filled by a formula if not given.", valueName: "file"))
        var weights: String?
        @Option(help: "Images in a batch.")
        var batch = 8
        @Option(help: "Side of the image in pixels. (default: the network's)")
        var imageSize: Int?
        @Option(help: "For how long to measure, in seconds.")
        var seconds = 5.0
        @OptionGroup var output: OutputOptions

        private struct Result: Encodable {
            var images_per_second: Double
            var batch: Int
        }

        func run() async throws {
            let backbone = try Backbone(named: backbone)
            let side = imageSize ?? backbone.defaultImageSize
            let weights =
                try weights.map { try Weights.read(URL(filePath: $0)) }
                ?? Weights(formulaFor: backbone.requirements(classes: nil))
            let network = try FrozenNetwork(
                backbone, weights: weights, padding: PaddingStyle(of: weights, fileDigest: nil), side: side,
                batchSize: batch)
            let rate = try await measureThroughput(of: network, imageBytes: 3 * side * side, seconds: seconds)
            if output.json {
                try writeJSON(Result(images_per_second: rate, batch: batch))
            } else {
                write(String(format: "%.1f images/s", rate))
            }
        }
    }

    /// The search over C.
    struct SVM: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Chooses C and fits the SVM on features from a file (tensors features, labels, folds).")
        @Argument(help: ArgumentHelp("A safetensors file.", valueName: "file"))
        var features: String
        @OptionGroup var output: OutputOptions

        private struct Result: Encodable {
            var seconds: Double
            var best_c: Double
            var accuracies: [Double]
            var objectives: [[Double]]
        }

        func run() async throws {
            let file = try Weights.read(URL(filePath: features))
            let tensor = try file.tensor("features")
            let matrix = FeatureMatrix(rows: tensor.shape[0], columns: tensor.shape[1], values: tensor.floats())
            func integers(_ tensor: StoredTensor) -> [Int] { tensor.floats().map { Int($0) } }
            let labels = try integers(file.tensor("labels"))
            let folds = try integers(file.tensor("folds"))
            let classes = (labels.max() ?? 0) + 1
            let start = ContinuousClock.now
            let search = try CSearch(matrix, labels: labels, classCount: classes, folds: folds)
            _ = try LinearSVM.fit(matrix, labels: labels, classCount: classes, c: search.bestC)
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let path = try LinearSVM.path(matrix, labels: labels, classCount: classes, cs: CSearch.decades)
            let result = Result(
                seconds: seconds, best_c: search.bestC, accuracies: search.trials.map { $0.accuracy },
                objectives: try path.map { try $0.objectives(on: matrix, labels: labels) })
            if output.json {
                try writeJSON(result)
            } else {
                write(String(format: "%.3f s, C = %g", seconds, search.bestC))
            }
        }
    }
}
