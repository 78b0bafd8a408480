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

/// An answer, taken apart.
struct Reply: Sendable {
    var status: Int
    var headers: [String: String]
    var body: [UInt8]

    var json: JSON { (try? JSON.parse(body)) ?? .null }
    var text: String { String(decoding: body, as: UTF8.self) }
}

/// A connection over which a test sends whatever bytes it likes.
///
/// Waiting happens on threads of its own: the service under test needs those that tests run on.
///
/// `@unchecked Sendable`: a test uses its connection for one thing at a time.
final class RawConnection: @unchecked Sendable {
    private let socket: Int32
    private var buffer: [UInt8] = []

    init(port: Int, timeout: Int = 600) {
        #if canImport(Glibc)
            socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            socket = Darwin.socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var time = timeval(tv_sec: timeout, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    deinit { close(socket) }

    /// Sends bytes; false if the other end has closed.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                #if canImport(Glibc)
                    Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                #else
                    Darwin.send(socket, $0.baseAddress, $0.count, 0)
                #endif
            }
            if count <= 0 { return false }
            offset += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    private func more() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = recv(socket, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        buffer += chunk[..<count]
        return true
    }

    /// The next answer; nil if the connection ends before it.
    func reply(isHead: Bool = false) async -> Reply? { await onOwnThread { self.nextReply(isHead) } }

    private func nextReply(_ isHead: Bool) -> Reply? {
        let end = Array("\r\n\r\n".utf8)
        var place: Int?
        while place == nil {
            place = buffer.indices.dropLast(3).first { Array(buffer[$0..<($0 + 4)]) == end }
            if place == nil, !more() { return nil }
        }
        guard let place else { return nil }
        let lines = String(decoding: buffer[..<place], as: UTF8.self).components(separatedBy: "\r\n")
        buffer.removeFirst(place + 4)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let length = isHead ? 0 : headers["content-length"].flatMap { Int($0) } ?? 0
        while buffer.count < length { if !more() { return nil } }
        let body = Array(buffer[..<length])
        buffer.removeFirst(length)
        return Reply(status: status, headers: headers, body: body)
    }

    /// Whether the other end closes the connection, without a further byte.
    var isClosed: Bool { get async { await onOwnThread { self.buffer.isEmpty && !self.more() } } }
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

private func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: body()) }
    }
}

func requestText(_ method: String, _ path: String, _ headers: [String: String] = [:], body: [UInt8]? = nil) -> [UInt8] {
    var fields = headers
    if fields["host"] == nil { fields["host"] = "localhost" }
    if let body, fields["content-length"] == nil { fields["content-length"] = "\(body.count)" }
    let lines = fields.filter { $0.value != "-" }.map { "\($0.key): \($0.value)\r\n" }.sorted().joined()
    return Array("\(method) \(path) HTTP/1.1\r\n\(lines)\r\n".utf8) + (body ?? [])
}
