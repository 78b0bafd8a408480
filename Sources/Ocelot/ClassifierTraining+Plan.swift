// What a training would do and how long it would take, before it is begun: `--dry-run`.

import Datasets
import Foundation
import Imaging
public import Learning
import Networks

/// What a training would do, and what it would take.
public struct TrainingPlan: Codable, Hashable, Sendable {
    /// Says in `--json` what this is.
    public private(set) var event = "plan"
    /// What the model would be called.
    public let model: String
    /// How it would be made.
    public let method: String
    /// The data set's path.
    public let dataset: String
    /// Photos of each class.
    public let classes: [String: Int]
    /// Photos that can be used, as far as their headers say.
    public let images: Int
    /// Files that would be left out.
    public let leftOut: Int
    /// The network.
    public let backbone: String
    /// Side of the image that it sees, in pixels.
    public let imageSize: Int
    /// What training the network would take; nil where it stays frozen.
    public let network: TrainingEvent.Estimate?
    /// What describing the photos would take, which is nearly all where the network stays frozen; nil where it does not.
    public let features: Features?
    /// Sentences that the user should read.
    public let notes: [String]
    /// The same for a person.
    public let text: String

    /// How long the frozen network takes to describe all photos.
    public struct Features: Codable, Hashable, Sendable {
        /// For all photos and their varied copies, if none is kept from before.
        public let seconds: Double
        /// By a few photos that were timed.
        public let imagesPerSecond: Double

        private enum CodingKeys: String, CodingKey {
            case seconds
            case imagesPerSecond = "images_per_second"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case event, model, method, dataset, classes, images, backbone, network, features, notes
        case leftOut = "left_out"
        case imageSize = "image_size"
        case text
    }
}

extension ClassifierTraining {
    /// What would be done and how long it would take.
    ///
    /// A few steps of the network are timed, or where it stays frozen, the description of a few photos. Where a head is
    /// trained before the network, all photos are described first, which is kept for the training.
    public func plan(report: @escaping (TrainingEvent) -> Void = { _ in }) async throws -> TrainingPlan {
        let (read, job) = try prepared()
        let estimate = try await job.network?.estimate(on: read, report: report)
        let features = estimate == nil ? try await describing(read, job) : nil
        let counts = zip(read.classes, read.counts).map { "\($0) \($1)" }.joined(separator: ", ")
        let file = job.origin.source == "file \(job.origin.name)" ? "" : " (\(job.origin.source))"
        let took = estimate.map(Self.text) ?? features.map(Self.text) ?? ""
        let notes = job.notes.map { "\nNote       \($0)" }.joined()
        let text = """
            Model      \(try modelName())
            Method     \(recipe.method.rawValue)
            Data       \(dataset.relativePath): \(read.images.count) images (\(counts)), \(read.leftOut.count) files left out
            Backbone   \(job.origin.backbone.rawValue), weights \(job.origin.name)\(file)
            Image      \(job.preprocessing.side) pixels, \(job.preprocessing.resize.rawValue)
            Test part  \(recipe.test), seed \(recipe.seed)
            \(job.plan)
            \(took)\(notes)
            """
        return TrainingPlan(
            model: try modelName(), method: recipe.method.rawValue, dataset: dataset.relativePath,
            classes: Dictionary(uniqueKeysWithValues: zip(read.classes, read.counts)), images: read.images.count,
            leftOut: read.leftOut.count, backbone: job.origin.backbone.rawValue, imageSize: job.preprocessing.side,
            network: estimate, features: features, notes: job.notes, text: text)
    }

    /// Times the frozen network with a few photos.
    private func describing(_ read: Dataset, _ job: Job) async throws -> TrainingPlan.Features? {
        let speed = try await photosPerSecond(
            Array(read.images.prefix(48).map(\.url)), job.origin.backbone, weights: job.origin.weights,
            padding: job.origin.padding, preprocessing: job.preprocessing, device: job.device, threads: job.threads)
        guard let speed else { return nil }
        let copies = job.network.map { $0.augmentation == .none ? 0 : $0.variedCopies } ?? 0
        let trained = Double(read.images.count) * (1 - recipe.test)
        let photos = Double(read.images.count) + Double(copies) * trained
        return .init(seconds: photos / speed, imagesPerSecond: speed)
    }

    private static func text(of features: TrainingPlan.Features) -> String {
        String(
            format:
                "Time       about %.0f s to describe the photos, at %.1f images/s, less where that is kept from before; then seconds",
            features.seconds.rounded(.up), features.imagesPerSecond)
    }

    private static func text(of estimate: TrainingEvent.Estimate) -> String {
        String(
            format: """
                Time       about %.0f s for the network, at %.1f images/s
                Memory     about %d MiB for tensors, %d images at once
                Numbers    %d, of which %d are trained
                """, estimate.seconds.rounded(.up), estimate.imagesPerSecond, estimate.memory >> 20,
            estimate.microBatch,
            estimate.parameters, estimate.trainable)
    }
}
