// Forms, base64, addresses, binary tensors: read as they should be, refused when they lie.

import Datasets
import NIOCore
import Service
import TestSupport
import Testing

@Suite struct MultipartTests {
    private func parts(_ text: String, boundary: String = "b", limit: Int = 10) throws -> [MultipartPart] {
        try Multipart.parts(of: ByteBuffer(string: text), boundary: boundary, limit: limit)
    }

    @Test func readsParts() throws {
        let found = try parts(
            "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a;\\\"b.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
                + "\r\n--bytes--\r\n--b\r\ncontent-disposition: form-data; name=top_k\r\n\r\n3\r\n--b--\r\n")
        #expect(found.map(\.name) == ["image", "top_k"])
        #expect(found.map(\.contentType) == ["image/jpeg", nil])
        #expect(found.map { String(buffer: $0.body) } == ["\r\n--bytes--", "3"])
    }

    @Test func readsAnEmptyPart() throws {
        let found = try parts("--b\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\n\r\n--b--")
        #expect(found.map(\.body.readableBytes) == [0])
    }

    @Test(arguments: [
        "", "x", "--", "--b", "--b\r\n", "--c--", "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nabc",
        "--b\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--b--", "--b\r\nno colon\r\n\r\nabc\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nabc\r\n--b", "--bx\r\n\r\n--b--",
        "--b\r\n" + String(repeating: "x: y\r\n", count: 2000) + "\r\n\r\n--b--",
    ])
    func refusesOtherBodies(text: String) {
        #expect(throws: MultipartError.self) { try parts(text) }
    }

    @Test func refusesTooManyParts() {
        let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n"
        #expect(throws: MultipartError.tooManyParts(10)) { try parts(String(repeating: part, count: 11) + "--b--") }
    }

    @Test func readsTheBoundary() throws {
        #expect(try Multipart.boundary(in: "multipart/form-data; boundary=abc") == "abc")
        #expect(try Multipart.boundary(in: "multipart/form-data; charset=x; boundary=\"a b\"") == "a b")
        for wrong in [
            "multipart/form-data", "multipart/form-data; boundary=", "x; boundary=" + String(repeating: "a", count: 71),
        ] {
            #expect(throws: MultipartError.noBoundary) { try Multipart.boundary(in: wrong) }
        }
    }

    @Test(arguments: 0..<20) func survivesMutations(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let base = Array(
            "--b\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\nxyz\r\n--b\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\n5\r\n--b--\r\n"
                .utf8)
        for _ in 0..<500 {
            var bytes = base
            for _ in 0..<(1 + generator.next() % 5) {
                let place = Int(generator.next() % UInt64(bytes.count))
                if generator.next() % 2 == 0 {
                    bytes.remove(at: place)
                } else {
                    bytes[place] = base[Int(generator.next() % UInt64(base.count))]
                }
            }
            let found = try? Multipart.parts(of: ByteBuffer(bytes: bytes), boundary: "b", limit: 10)
            #expect((found ?? []).reduce(0) { $0 + $1.body.readableBytes } <= bytes.count)
        }
    }
}

@Suite struct SmallCodecTests {
    /// The examples of RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func readsBase64(text: String, encoded: String) throws {
        #expect(String(buffer: try Base64.decode(encoded)) == text)
        #expect(String(buffer: try Base64.decode("data:image/png;base64," + encoded)) == text)
        #expect(String(buffer: try Base64.decode(encoded.replacing("=", with: ""))) == text)
    }

    @Test(arguments: ["Z", "Zg=", "Zm9v=", "Zm 9v", "Zm9-", "=", "Zg==Zg==", "é", "data:image/png,Zm9v"])
    func refusesOtherText(encoded: String) {
        #expect(throws: Base64Error.self) { try Base64.decode(encoded) }
    }

    @Test func readsAddresses() {
        #expect(Address.segments("/") == [])
        #expect(Address.segments("/v1/models/a%20b:predict") == ["v1", "models", "a b:predict"])
        for path in [
            "", "x", "//", "/a//b", "/a/", "/..", "/a/../b", "/%2e%2e/b", "/a%2fb", "/a%5cb", "/a\\b", "/%00",
            "/a%0d%0a", "/%ff",
            "/%c0%af", "/%zz", "/%4", "/.", String(repeating: "/a", count: 2000),
        ] {
            #expect(Address.segments(path) == nil, "\(path)")
        }
        #expect(Address.query("a=1&b=x+y%26&c") == ["a": "1", "b": "x y&", "c": ""])
        #expect(Address.query("") == [:])
        for query in ["a=1&a=2", "a=%f", "%ff=1", (0..<40).map { "a\($0)=1" }.joined(separator: "&")] {
            #expect(Address.query(query) == nil, "\(query)")
        }
    }

    /// NumPy 2: `numpy.load` of these bytes gives [[1, 2], [3, 4]]; the header is 118 bytes, so that data begin at 128.
    @Test func writesTables() {
        let bytes = Array(NPY.encode([[1, 2], [3, 4]], width: 2).readableBytesView)
        #expect(Array(bytes[0..<10]) == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 118, 0])
        #expect(bytes.count == 128 + 16)
        #expect(Array(bytes[128..<132]) == [0, 0, 0x80, 0x3F])
        #expect(bytes[127] == 0x0A)
    }

    @Test func tellsWhenAQueueWillBeEmpty() {
        var rate = DrainRate()
        let start = ContinuousClock.now
        #expect(rate.seconds(for: 64) == 1)
        // 10 answers a second for 2 seconds: 64 wait 6.4 seconds.
        for step in 0...20 { rate.add(1, at: start + .milliseconds(100 * step)) }
        #expect(rate.seconds(for: 64) == 7)
        #expect(rate.seconds(for: 0) == 1)
        #expect(rate.seconds(for: 100_000) == 60)
    }
}

@Suite struct InferenceRequestTests {
    private func request(_ json: String, _ tail: [UInt8] = [], binary: Bool = false) throws -> InferenceRequest {
        try InferenceRequest(
            ByteBuffer(bytes: Array(json.utf8) + tail), headerLength: binary ? "\(json.utf8.count)" : nil)
    }

    @Test func readsNumbers() throws {
        let nested = try request(
            #"{"id":"7","inputs":[{"name":"pixels","shape":[1,2,2],"datatype":"UINT8","data":[[[1,2],[3,255]]]}]}"#)
        #expect(nested.id == "7" && nested.outputs == nil)
        #expect(try nested.inputs[0].byteValues() == [1, 2, 3, 255])
        let flat = try request(
            #"{"inputs":[{"name":"pixels","shape":[2,2],"datatype":"FP32","data":[0.4,0.6,3,255]}]}"#)
        #expect(try flat.inputs[0].byteValues() == [0, 1, 3, 255])
    }

    @Test func readsBinaryTensors() throws {
        let files = try request(
            #"{"inputs":[{"name":"image","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":11}}]}"#,
            [1, 0, 0, 0, 7, 2, 0, 0, 0, 8, 9], binary: true)
        #expect(try files.inputs[0].byteElements().map { Array($0.readableBytesView) } == [[7], [8, 9]])
        // 1.0 and 255.0 in little-endian IEEE 754.
        let floats = try request(
            #"{"inputs":[{"name":"pixels","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}}]}"#,
            [0, 0, 0x80, 0x3F, 0, 0, 0x7F, 0x43], binary: true)
        #expect(try floats.inputs[0].byteValues() == [1, 255])
        let raw = try InferenceRequest(ByteBuffer(bytes: [1, 2, 3]), headerLength: "0")
        #expect(try raw.inputs[0].byteElements().map { Array($0.readableBytesView) } == [[1, 2, 3]])
    }

    @Test(arguments: [
        "{}", #"{"inputs":[]}"#, #"{"inputs":3}"#, #"{"inputs":[{"name":"a","datatype":"FP32","shape":[1]}]}"#,
        #"{"inputs":[{"name":"a","datatype":"FP32","shape":[-1],"data":[1]}]}"#,
        #"{"inputs":[{"name":"a","datatype":"FP32","shape":[1.5],"data":[1]}]}"#,
        #"{"inputs":[{"name":"a","datatype":"FP32","shape":[4294967296,4294967296],"data":[1]}]}"#,
        #"{"inputs":[{"name":"a","datatype":"FP32","shape":[268435457],"data":[1]}]}"#,
        #"{"inputs":[{"name":"a","datatype":"FP32","shape":[1,1,1,1,1,1,1,1,1],"data":[1]}]}"#,
        #"{"inputs":[{"name":"a","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":99}}]}"#,
        #"{"inputs":[{"name":"a","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":-1}}]}"#,
        #"{"inputs":[{"name":"a","datatype":"FP32","shape":[1],"data":[1]}],"outputs":[{}]}"#,
        #"{"inputs":[{"name":"a","datatype":"FP32","shape":[1],"data":[1]}],"outputs":[{"name":"x","parameters":{"classification":0}}]}"#,
    ])
    func refusesOtherRequests(json: String) {
        #expect(throws: InferenceRequestError.self) { try request(json) }
    }

    @Test(arguments: [
        #"{"inputs":[{"name":"a","datatype":"FP32","shape":[2],"data":[1]}]}"#,
        #"{"inputs":[{"name":"a","datatype":"FP32","shape":[1],"data":[1,2]}]}"#,
        #"{"inputs":[{"name":"a","datatype":"FP32","shape":[1],"data":["1"]}]}"#,
        #"{"inputs":[{"name":"a","datatype":"FP32","shape":[1],"data":[256]}]}"#,
        #"{"inputs":[{"name":"a","datatype":"INT64","shape":[1],"data":[1]}]}"#,
    ])
    func refusesOtherTensors(json: String) throws {
        let input = try request(json).inputs[0]
        #expect(throws: InferenceRequestError.self) { try input.byteValues() }
    }

    @Test func refusesLyingLengths() throws {
        let json = #"{"inputs":[{"name":"image","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":5}}]}"#
        for tail: [UInt8] in [[9, 0, 0, 0, 7], [1, 0, 0, 0, 7], [255, 255, 255, 255, 7]] {
            let input = try request(json, tail, binary: true).inputs[0]
            #expect(throws: InferenceRequestError.self) { try input.byteElements() }
        }
        #expect(throws: InferenceRequestError.self) { try request(json, [1, 0, 0, 0, 7, 8], binary: true) }
        for length in ["-1", "9999", "x", "18446744073709551616"] {
            #expect(throws: InferenceRequestError.self) {
                try InferenceRequest(ByteBuffer(string: json), headerLength: length)
            }
        }
    }
}
