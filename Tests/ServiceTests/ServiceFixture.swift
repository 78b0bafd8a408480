// A small model, a service that answers by it, and a client that says exactly what it is told to.

import Datasets
import Foundation
import Imaging
import Labels
import Models
import Networks
import Service
import TestSupport
import WeightFiles

/// Writes a model of 10 classes for pictures of 32 × 32, whose weights follow from a formula.
@discardableResult
func writeModel(
    _ folder: URL, classes: [String] = (0..<10).map { "class \($0)" }, labels: LabelCount? = nil,
    features: FeatureStatistics? = nil
) throws -> ModelPackage {
    let preprocessing = Preprocessing(resize: .squash, side: 32)
    let graph = try svmClassifierGraph(
        .resNet20CIFAR, padding: .torchvision, side: 32, map: .plain, classes: classes.count, labels: labels ?? .one)
    let weights = try Weights(formulaFor: graph.requirements)
    let thresholds = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, 0.4 + 0.02 * Double($0)) })
    let manifest = ModelManifest(
        labels: labels, method: "svm", classes: classes, preprocessing: preprocessing,
        backbone: .init(
            name: "resnet20-cifar", padding: PaddingStyle.torchvision.rawValue, featureCount: 64,
            weights: .init(name: "formula", source: "FormulaWeights.swift", licence: "none", sha256: "")),
        svm: .init(c: 1, classWeights: [:]), threshold: labels == .many ? nil : 0.5,
        thresholds: labels == .many ? thresholds : nil, recipe: [:],
        data: .init(fingerprint: "", training: [:], test: [:]), software: [:])
    return try ModelPackage.write(manifest, to: folder) { partial in
        try ONNXModel(graph, weights: weights).data().write(to: partial.appending(path: "model.onnx"))
        try weights.safetensors().write(to: partial.appending(path: "weights.safetensors"))
        try features?.write(into: partial)
    }
}

/// A picture with something in it.
func picture(seed: UInt64 = 1, width: Int = 60, height: Int = 40) -> Picture {
    var generator = SplitMix64(seed: seed)
    let pixels = (0..<(3 * width * height)).map { place in
        UInt8(truncatingIfNeeded: place / 7 &* 3 &+ Int(generator.next() % 40))
    }
    return Picture(width: width, height: height, pixels: pixels)
}

/// Runs `body` with a service for the model `tiny` in a folder of its own.
func withService(
    _ change: (inout ServiceConfiguration) -> Void = { _ in }, log: ServiceLog = ServiceLog(file: nil),
    _ body: (PredictionService, URL) async throws -> Void
) async throws {
    try await withTemporaryFolder { folder in
        try writeModel(folder.appending(path: "models/tiny/1"))
        var configuration = ServiceConfiguration(models: ["tiny"])
        configuration.workspace = folder
        configuration.port = 0
        configuration.threads = 2
        configuration.noticeTime = .zero
        // Measuring which is best would take from the other tests what they compute with.
        configuration.batchSize = 2
        configuration.drainTime = .seconds(600)
        configuration.pollInterval = .milliseconds(50)
        // All tests run at once, some of which compute for long: time limits count only where a test is about them.
        configuration.limits.http.headerTime = .seconds(600)
        configuration.limits.http.idleTime = .seconds(600)
        configuration.limits.http.bodyTime = .seconds(600)
        configuration.limits.http.slowestGrace = .seconds(600)
        configuration.limits.http.answerTime = .seconds(600)
        configuration.limits.http.earlyAnswerTime = .seconds(600)
        configuration.limits.http.sendTime = .seconds(600)
        change(&configuration)
        let service = try await PredictionService(configuration, log: log)
        do {
            try await body(service, folder)
        } catch {
            await service.stop()
            throw error
        }
        await service.stop()
    }
}

extension Reply {
    var json: JSON { (try? JSON.parse(body)) ?? .null }
}

/// Sends one request over a connection of its own.
func ask(
    _ service: PredictionService, _ method: String = "GET", _ path: String, _ headers: [String: String] = [:],
    body: [UInt8]? = nil
) async -> Reply? {
    let connection = RawConnection(port: service.port)
    connection.send(requestText(method, path, headers, body: body))
    return await connection.reply(isHead: method == "HEAD")
}

func requestText(_ method: String, _ path: String, _ headers: [String: String] = [:], body: [UInt8]? = nil) -> [UInt8] {
    var fields = headers
    if fields["host"] == nil { fields["host"] = "localhost" }
    if let body, fields["content-length"] == nil { fields["content-length"] = "\(body.count)" }
    let lines = fields.filter { $0.value != "-" }.map { "\($0.key): \($0.value)\r\n" }.sorted().joined()
    return Array("\(method) \(path) HTTP/1.1\r\n\(lines)\r\n".utf8) + (body ?? [])
}
