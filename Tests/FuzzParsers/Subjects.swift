// The parsers: of requests, weights, tables, pictures' headers and tokens.

import Datasets
import Foundation
import Imaging
import Models
import NIOCore
import PhotoSources
import Service
import TestSupport
import WeightFiles

/// All of them.
func subjects() throws -> [Subject] { try requests() + tables() + pictures() + models() }

private func bytes(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }

private func requests() -> [Subject] {
    let part = "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\r\nxyz\r\n"
    let tensor = #"{"id":"1","inputs":[{"name":"pixels","shape":[1,2,2,3],"datatype":"FP32","data":[[1,2.5e3,-0.5]]}],"#
    let binary = #"{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":7}}]}"#
    return [
        Subject(
            name: "json",
            seeds: bytes(
                #"{"images":["aGVsbG8="],"top_k":2,"threshold":5.0e-1,"n":[null,true,{"a":"\u00e9\ud83d\ude00\n"}]}"#,
                "[1,2,3,4.5,-6E+2,[[[]]]]"),
            words: ["\"", "\\u", "\\ud800", "[", "{", "1e999", "-", ",", ":", "null", "\u{FEFF}"]
        ) { (try? JSON.parse($0)) != nil },
        Subject(
            name: "form", seeds: bytes(part + "--b--\r\n", part + part + "--b\r\n\r\n\r\n--b--"),
            words: ["--b", "\r\n", "--", "name=\"", "Content-Disposition: form-data;", "\"", "\\"]
        ) { (try? Multipart.parts(of: ByteBuffer(bytes: $0), boundary: "b", limit: 16)) != nil },
        Subject(
            name: "inference",
            seeds: bytes(tensor + #""outputs":[{"name":"scores","parameters":{"classification":2}}]}"#),
            words: ["4294967296", "-1", "\"INT64\"", "\"BYTES\"", "[", "]", "1e400", "\"shape\":"]
        ) { reads($0, headerLength: nil) },
        Subject(
            name: "inference with binary tensors", seeds: [Array(binary.utf8) + [3, 0, 0, 0, 1, 2, 3]],
            words: ["4294967295", "-1", "FP32", "UINT8"]
        ) { reads($0, headerLength: "\(binary.utf8.count)") },
        Subject(name: "base64", seeds: bytes("aGVsbG8gd29ybGQ=", "AAAA//++"), words: ["=", "==", "-_", "\n"]) {
            (try? Base64.decode(String(decoding: $0, as: UTF8.self))) != nil
        },
        Subject(
            name: "address",
            seeds: bytes("/v1/models/a%20b:predict?top_k=5&threshold=0.3", "/v2/models/m/versions/1/infer"),
            words: ["%", "%2e%2e", "%00", "%c0%af", "..", "//", "+", "&", "="]
        ) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            return Address.segments(text) != nil && Address.query(text) != nil
        },
        Subject(
            name: "trace", seeds: bytes("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            words: ["-", "ff", "00", "00000000000000000000000000000000"]
        ) { bytes in
            var generator = SplitMix64(seed: 1)
            return TraceContext([String(decoding: bytes, as: UTF8.self)], using: &generator) != nil
        },
    ]
}

/// Reads a request, and what it holds.
private func reads(_ bytes: [UInt8], headerLength: String?) -> Bool {
    guard let request = try? InferenceRequest(ByteBuffer(bytes: bytes), headerLength: headerLength) else {
        return false
    }
    for input in request.inputs {
        // Nobody asks for more elements than there are bytes to hold them.
        _ = try? input.byteElements()
        _ = try? input.byteValues()
    }
    return true
}

private func tables() -> [Subject] {
    let table = "path,label,split\n\"a, b.jpg\",\"say \"\"x\"\"\",train\r\nc.jpg,y|z,test\n"
    let links = "https://example.org/a.jpg\tdotted\nhttp://[::1]:80/b?c=%20#d\tstriped\n"
    let overlay = "path\tlabel\twho\twhen\na.jpg\tdotted\tme\t2026-01-02T03:04:05Z\nb.jpg\tEXCLUDE\t\t\n"
    return [
        Subject(name: "csv", seeds: bytes(table, "\u{FEFF}" + table), words: ["\"", "\"\"", ",", "\r\n", "\n", "\0"]) {
            (try? DelimitedTable($0, separator: UInt8(ascii: ","))) != nil
        },
        Subject(
            name: "tsv", seeds: bytes("path\tlabel\na b.jpg\tdotted\r\n\"c\".jpg\ty|z\n"),
            words: ["\t", "\"", "\r", "\n"]
        ) {
            (try? DelimitedTable($0, separator: UInt8(ascii: "\t"))) != nil
        },
        Subject(
            name: "json lines",
            seeds: bytes("{\"path\":\"a.jpg\",\"label\":\"x\"}\n{\"path\":\"b.jpg\",\"label\":[\"x\",\"y\"]}\n"),
            words: ["{", "}", "\n", "\"", "null", "1e999"]
        ) { (try? DelimitedTable(jsonLines: $0)) != nil },
        Subject(name: "links", seeds: bytes(links), words: ["\t", "\n", "http://", "0x7f.1", "@", "[", "%00"]) {
            (try? LinkList($0)) != nil
        },
        Subject(
            name: "web address",
            seeds: bytes("https://example.org:8443/a%20b/../c?d=e&f#g", "http://[::ffff:10.0.0.1]/", "http://0x7f.1/"),
            words: ["//", "%2e", "..", "@", "[", "]", "xn--", "0x", "\\", "#"]
        ) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            guard let address = try? WebAddress(text) else { return false }
            // What it is redirected to is a stranger's word too.
            return (try? address.resolving(text)) != nil
        },
        Subject(name: "corrections", seeds: bytes(overlay), words: ["\t", "\n", "EXCLUDE", "../", "9999999999"]) {
            (try? Overlay($0)) != nil
        },
    ]
}

/// Only what decides whether and how a picture is read; the pictures themselves are read by libraries, in processes of
/// their own (T05).
private func pictures() throws -> [Subject] {
    struct Golden: Decodable {
        struct File: Decodable { var bytes: Data }
        var files: [File]
    }
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: Fixtures.golden("imaging.json")))
    let files = golden.files.map { Array($0.bytes) }.filter { $0.count < 4096 }
    let others: [[UInt8]] = [
        Array("RIFF\u{1A}\0\0\0WEBPVP8L\u{E}\0\0\0/".utf8) + [8, 0, 1, 0] + [UInt8](repeating: 0, count: 10),
        Array("GIF89a".utf8) + [9, 0, 5, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x2C],
        [0x49, 0x49, 42, 0, 8, 0, 0, 0, 2, 0, 0, 1, 4, 0, 1, 0, 0, 0, 9, 0, 0, 0, 1, 1, 4, 0, 1, 0, 0, 0, 5, 0, 0, 0],
        Array("\0\0\0\u{18}ftypheic\0\0\0\0mif1heic\0\0\0\u{14}ispe\0\0\0\0\0\0\0\u{9}\0\0\0\u{5}".utf8),
    ]
    return [
        Subject(
            name: "pictures' headers", seeds: files + others, words: ["IHDR", "Exif\0\0II*\0", "VP8X", "ispe", "irot"]
        ) {
            (try? ImageHeader.read($0)) != nil
        },
        // Of our own decoders the only one that no library does.
        Subject(
            name: "bmp", seeds: files.filter { $0.starts(with: "BM".utf8) },
            words: ["BM", "\u{28}\0\0\0", "\u{7C}\0\0\0", "\0\0\0"]
        ) { bytes in
            var limits = DecodingLimits.default
            limits.pixels = 1_000_000
            guard bytes.starts(with: "BM".utf8) else { return false }
            return (try? Picture.decode(bytes, limits: limits)) != nil
        },
    ]
}

/// safetensors; what `torch.save` writes, which is a zip archive or, before, a row of pickles; what describes a model.
private func models() throws -> [Subject] {
    struct Golden: Decodable {
        struct Example: Decodable { var file: Data }
        var good: [Example]
        var hostile: [Example]
    }
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: Fixtures.golden("weights.json")))
    let files = (golden.good + golden.hostile).map { Array($0.file) }.filter { $0.count < 20_000 }
    let safe = Array(
        try Weights([
            "a": StoredTensor(floats: [1, 2, 3, 4], shape: [2, 2]), "b": StoredTensor(floats: [5], shape: []),
        ]).safetensors())
    let isZip = { (file: [UInt8]) in file.starts(with: [0x50, 0x4B]) }
    let isPickle = { (file: [UInt8]) in file.first == 0x80 }
    let names = ["ctorch._utils\n_rebuild_tensor_v2\n", "cposix\nsystem\n", "R.", "Q", "ccollections\nOrderedDict\n"]
    func subject(_ name: String, _ seeds: [[UInt8]], _ words: [String]) -> Subject {
        Subject(name: name, seeds: seeds, words: words) { (try? Weights(file: Data($0))) != nil }
    }
    return [
        subject(
            "safetensors", [safe] + files.filter { !isZip($0) && !isPickle($0) },
            ["\"data_offsets\":[0,", "\"dtype\":\"F32\"", "\"shape\":[", "__metadata__", "18446744073709551615"]),
        subject(
            "torch", files.filter(isZip), names + ["PK\u{1}\u{2}", "PK\u{3}\u{4}", "PK\u{5}\u{6}", "PK\u{6}\u{6}"]),
        subject("torch, before 1.6", files.filter(isPickle), names),
        try manifests(),
    ]
}

/// The description of a model; its digest, which tells damage, is left out here.
private func manifests() throws -> Subject {
    let manifest = ModelManifest(
        method: "svm", classes: ["a", "b"], preprocessing: Preprocessing(resize: .squash, side: 32),
        backbone: .init(
            name: "starter", padding: "torchvision", featureCount: 64,
            weights: .init(name: "starter", source: "here", licence: "none", sha256: "")),
        svm: .init(c: 1, classWeights: ["a": 1]), threshold: 0.5, recipe: [:],
        data: .init(fingerprint: "", training: ["a": 3], test: [:]), software: [:])
    return Subject(
        name: "manifest", seeds: [Array(try JSONEncoder().encode(manifest))],
        words: ["null", "1e999", "-1", "\"classes\":[]", "\"side\":0", "{", "}", "\"\\ud800\""]
    ) { bytes in
        guard let manifest = try? JSONDecoder().decode(ModelManifest.self, from: Data(bytes)) else { return false }
        return manifest.flaw == nil
    }
}
