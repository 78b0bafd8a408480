// The field `traceparent`, and the signatures of packages.

import Datasets
import Foundation
import Imaging
import Models
import Service
import TestSupport
import Testing

@Suite struct TraceTests {
    // The example of https://www.w3.org/TR/trace-context/#examples-of-http-traceparent-headers.
    private let example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test func readsTheField() throws {
        var generator = SplitMix64(seed: 1)
        let context = try #require(TraceContext([example], using: &generator))
        #expect(context.trace == "4bf92f3577b34da6a3ce929d0e0e4736" && context.parent == "00f067aa0ba902b7")
        #expect(context.span.count == 16 && context.span != context.parent)
        #expect(context.response == "00-4bf92f3577b34da6a3ce929d0e0e4736-\(context.span)-01")
        // A later version, with more behind it.
        #expect(TraceContext(["cc" + example.dropFirst(2) + "-what-comes"], using: &generator) != nil)
        for wrong in [
            "", "00", example + "-x", "ff" + example.dropFirst(2), example.uppercased(), " " + example,
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01", "00-" + String(repeating: "é", count: 16),
        ] {
            #expect(TraceContext([wrong], using: &generator) == nil, "\(wrong)")
        }
        #expect(TraceContext([], using: &generator) == nil)
        #expect(TraceContext([example, example], using: &generator) == nil)
    }

    @Test func standsInAnswersAndLog() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "log")
            try Data().write(to: file)
            let handle = try FileHandle(forWritingTo: file)
            let log = ServiceLog(file: handle.fileDescriptor)
            try await withService(log: log) { service, _ in
                let photo = try picture().png()
                let reply = await ask(
                    service, "POST", "/v1/models/tiny:predict", ["traceparent": example], body: photo)
                #expect(reply?.headers["traceresponse"]?.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-") == true)
                // Refusals belong to the trace too.
                let refused = await ask(service, "GET", "/nothing", ["traceparent": example])
                #expect(refused?.headers["traceresponse"] != nil)
                #expect(await ask(service, "GET", "/livez")?.headers["traceresponse"] == nil)
                #expect(await ask(service, "GET", "/livez", ["traceparent": "nonsense"])?.status == 200)
            }
            log.end()
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
                .map { try JSON.parse(Array($0.utf8)) }
            let traced = lines.filter { $0["trace_id"]?.string == "4bf92f3577b34da6a3ce929d0e0e4736" }
            #expect(traced.map { $0["route"]?.string } == ["/v1/models/{model}:predict", "other"])
            #expect(traced.allSatisfy { $0["parent_id"]?.string == "00f067aa0ba902b7" && $0["span_id"] != nil })
        }
    }
}

@Suite struct SignatureTests {
    // RFC 8032, section 7.1, test 1, as PEM files have keys (RFC 8410): base64 of the fixed first bytes and the key.
    private static let privateKey = pem(
        "PRIVATE KEY", "302e020100300506032b657004220420",
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    private static let publicKey = pem(
        "PUBLIC KEY", "302a300506032b6570032100", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")

    private static func pem(_ title: String, _ prefix: String, _ key: String) -> String {
        let digits = Array(prefix + key)
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0...($0 + 1)]), radix: 16)
        }
        return "-----BEGIN \(title)-----\n\(Data(bytes).base64EncodedString())\n-----END \(title)-----\n"
    }

    @Test func servesOnlyWhatWasSigned() async throws {
        try await withTemporaryFolder { folder in
            let (secret, open) = (folder.appending(path: "key.pem"), folder.appending(path: "public.pem"))
            try Data(Self.privateKey.utf8).write(to: secret)
            try Data(Self.publicKey.utf8).write(to: open)
            let package = try writeModel(folder.appending(path: "models/a/1"))
            func serve() async throws {
                try await withService({ ($0.workspace, $0.models, $0.signatureKey) = (folder, ["a"], open) }) { _, _ in
                }
            }
            await #expect(throws: ModelPackageError.unsigned(package.folder, isForeign: false)) { try await serve() }
            let file = package.folder.appending(path: ModelPackage.signatureName)
            let signature = try SigningKey(secret).signature(of: package)
            try signature.write(to: file)
            try await serve()
            // Of another model, and with each of a few bits changed.
            let other = try writeModel(folder.appending(path: "models/b/1"), classes: ["x", "y"])
            try SigningKey(secret).signature(of: other).write(to: file)
            await #expect(throws: ModelPackageError.unsigned(package.folder, isForeign: true)) { try await serve() }
            for bit in stride(from: 0, to: 512, by: 37) {
                var changed = signature
                changed[bit / 8] ^= 1 << UInt8(bit % 8)
                try changed.write(to: file)
                #expect(throws: ModelPackageError.unsigned(package.folder, isForeign: true)) {
                    try SignatureKey(open).check(package)
                }
            }
            // Keys that are none.
            #expect(throws: SigningKeyError.self) { try SigningKey(open) }
            #expect(throws: SigningKeyError.self) { try SignatureKey(secret) }
            #expect(throws: SigningKeyError.self) { try SignatureKey(folder.appending(path: "nothing.pem")) }
        }
    }
}
