import ArgumentParser
import Foundation
import Imaging
import Inference
import Learning
import Models
import Networks
import Ocelot
import WeightFiles

extension Bench {
    /// Whether network, weights and preprocessing go together: the 1,000 classes on photos whose class is known.
    struct ImageNet: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "imagenet",
            abstract: "Measures ImageNet weights on photos whose names begin with their WordNet id.")

        @Argument(help: ArgumentHelp("A folder of photos, named like n01440764_tench.jpg.", valueName: "folder"))
        var folder: String
        @Option(help: ArgumentHelp("A table of index, WordNet id and name.", valueName: "file.tsv"))
        var classes: String
        @Option(help: "The network.")
        var backbone: String
        @Option(help: ArgumentHelp("Its weights.", valueName: "file"))
        var weights: String
        @Option(
            help: ArgumentHelp(
                "Also round the network to 8-bit integers by so many of the photos; both are measured on the others.",
                valueName: "photos"))
        var quantize: Int?
        @OptionGroup var computation: PrecisionOptions
        @OptionGroup var output: OutputOptions

        private struct Result: Encodable {
            var images: Int
            var top1: Double
            var top5: Double
        }

        func run() async throws {
            let start = try BackboneWeights.read(URL(filePath: weights), for: Backbone(named: backbone))
            let side = start.backbone.defaultImageSize
            let graph = try start.backbone.graph(
                .bytes(rows: side, columns: side), padding: start.padding, outputs: [.logits(classes: 1000)])
            let preprocessing = Preprocessing(side: side)
            var photos = try imageFiles(in: [folder])
            var quantisation: Quantisation?
            if let quantize {
                let chosen = photos.indices.filter {
                    $0 * quantize / photos.count != ($0 + 1) * quantize / photos.count
                }
                let images = try chosen.map { try preprocessing(readImageFile(URL(filePath: photos[$0]))) }
                quantisation = try await .calibrated(graph, weights: start.weights, images: images)
                photos = photos.indices.filter { !chosen.contains($0) }.map { photos[$0] }
            }
            let truths = try indices()
            var results: [Result] = []
            for quantisation in quantisation.map({ [nil, $0] }) ?? [nil] {
                let engine = try InferenceEngine(
                    onnx: ONNXModel(graph, weights: start.weights, quantisation: quantisation).data(), batchSize: 1,
                    streams: 1, precision: computation.precision)
                results.append(try await measure(engine, preprocessing, photos, truths))
            }
            if output.json {
                for result in results { try writeJSON(result) }
            } else {
                for (result, numbers) in zip(results, ["", " with 8-bit integers"]) {
                    write(
                        String(
                            format: "top-1 %.1f %%, top-5 %.1f %% of %d photos%@", 100 * result.top1, 100 * result.top5,
                            result.images, numbers as NSString))
                }
            }
        }

        private func measure(
            _ engine: InferenceEngine, _ preprocessing: Preprocessing, _ photos: [String], _ truths: [String: Int]
        ) async throws -> Result {
            let pipeline = OrderedPipeline(photos, threads: engine.requestCount, ahead: 16) { photo in
                (photo, try? preprocessing(readImageFile(URL(filePath: photo))))
            }
            var (images, first, firstFive) = (0, 0, 0)
            for await (photo, pixels) in pipeline {
                let id = URL(filePath: photo).lastPathComponent.prefix { $0 != "_" && $0 != "." }
                guard let pixels, let truth = truths[String(id)] else { continue }
                let logits = try await engine(pixels)["logits"] ?? []
                let better = logits.filter { $0 > logits[truth] }.count
                images += 1
                first += better == 0 ? 1 : 0
                firstFive += better < 5 ? 1 : 0
            }
            return Result(
                images: images, top1: Double(first) / Double(max(images, 1)),
                top5: Double(firstFive) / Double(max(images, 1)))
        }

        /// The index of each WordNet id.
        private func indices() throws -> [String: Int] {
            let lines = String(decoding: try readImageFile(URL(filePath: classes)), as: UTF8.self).split(
                separator: "\n")
            var table: [String: Int] = [:]
            for fields in lines.map({ $0.split(separator: "\t") }) where fields.count >= 2 {
                table[String(fields[1])] = Int(fields[0])
            }
            return table
        }
    }
}
