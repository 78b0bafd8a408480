// The parsers: of requests, weights, tables, pictures' headers and tokens.

import Datasets
import Foundation
import Imaging
import NIOCore
import PhotoSources
import Service
import TestSupport
import WeightFiles

/// All of them.
func subjects() throws -> [Subject] { requests() + tables() + pictures() + [try weights()] }

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
            name: "json lines",
            seeds: bytes("{\"path\":\"a.jpg\",\"label\":\"x\"}\n{\"path\":\"b.jpg\",\"label\":[\"x\",\"y\"]}\n"),
            words: ["{", "}", "\n", "\"", "null", "1e999"]
        ) { (try? DelimitedTable(jsonLines: $0)) != nil },
        Subject(name: "links", seeds: bytes(links), words: ["\t", "\n", "http://", "0x7f.1", "@", "[", "%00"]) {
            (try? LinkList($0)) != nil
        },
        Subject(name: "corrections", seeds: bytes(overlay), words: ["\t", "\n", "EXCLUDE", "../", "9999999999"]) {
            (try? Overlay($0)) != nil
        },
    ]
}

/// Only what decides whether and how a picture is read; the pictures themselves are read by libraries, in processes of
/// their own (T05).
private func pictures() -> [Subject] {
    let picture = Picture(width: 9, height: 5, pixels: (0..<135).map { UInt8($0) })
    let files = [try? picture.png(), try? picture.jpeg(quality: 80)].compactMap { $0 }.map { Array($0) }
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
        }
    ]
}

/// safetensors, and what `torch.save` writes: zip archives and pickles.
private func weights() throws -> Subject {
    struct Golden: Decodable {
        struct Example: Decodable { var file: Data }
        var good: [Example]
        var hostile: [Example]
    }
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: Fixtures.golden("weights.json")))
    let safe = try Weights([
        "a": StoredTensor(floats: [1, 2, 3, 4], shape: [2, 2]), "b": StoredTensor(floats: [5], shape: []),
    ]).safetensors()
    let files = [safe, safe, safe] + (golden.good + golden.hostile).map(\.file)
    return Subject(
        name: "weights", seeds: files.map { Array($0) }.filter { $0.count < 20_000 },
        words: [
            "ctorch._utils\n_rebuild_tensor_v2\n", "cposix\nsystem\n", "PK\u{3}\u{4}", "\"data_offsets\":[0,", "R.",
            "Q",
        ]
    ) { (try? Weights(file: Data($0))) != nil }
}
