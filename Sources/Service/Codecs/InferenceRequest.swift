// The body of an inference request: the Open Inference Protocol, version 2, with its extension for binary tensors.
//
// https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md and
// https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md. Every size that the
// text claims is checked against the bytes that are there before anything is made of it.

package import NIOCore

/// Why a body is no inference request.
package struct InferenceRequestError: Error, Hashable, CustomStringConvertible {
    package var description: String
}

/// A tensor as it came.
package struct RequestTensor: Sendable {
    package enum Contents: Hashable, Sendable {
        /// As in JSON, from the outermost dimension to the innermost, or flat.
        case json(JSON)
        /// Little-endian, row-major; of BYTES each element behind its length in four bytes.
        case binary(ByteBuffer)
    }

    package var name: String
    package var datatype: String
    package var shape: [Int]
    package var contents: Contents

    /// How many elements its shape means.
    package var count: Int { shape.reduce(1, *) }
}

/// What is wanted of an output.
package struct RequestedOutput: Hashable, Sendable {
    package var name: String
    package var isBinary: Bool
    /// The most likely classes as text instead of numbers: so many.
    package var classes: Int?
}

/// A whole inference request.
package struct InferenceRequest: Sendable {
    package var id: String?
    package var inputs: [RequestTensor]
    /// Nil: all outputs.
    package var outputs: [RequestedOutput]?
    /// Whether outputs that are not named are to be binary.
    package var prefersBinary = false

    /// The most elements of a tensor.
    private static let largestTensor = 1 << 28

    /// Reads a body.
    ///
    /// - Parameters:
    ///   - body: JSON, or JSON and then binary tensors.
    ///   - headerLength: The JSON's length where binary tensors follow, from `Inference-Header-Content-Length`.
    /// - Throws: What the body lacks.
    package init(_ body: ByteBuffer, headerLength: String?) throws(InferenceRequestError) {
        var rest = body
        var text = body
        if let headerLength {
            guard let length = Int(headerLength), (0...body.readableBytes).contains(length),
                let head = rest.readSlice(length: length)
            else { throw .init(description: "Inference-Header-Content-Length is not a length within the body.") }
            text = head
            if length == 0 {
                // The body is the only input's only element.
                inputs = [
                    RequestTensor(name: "image", datatype: "BYTES", shape: [1], contents: .binary(Self.element(rest)))
                ]
                return
            }
        } else {
            rest.clear()
        }
        let document: JSON
        do throws(JSONError) {
            document = try JSON.parse(text.readableBytesView)
        } catch {
            throw .init(description: error.description)
        }
        guard let list = document["inputs"]?.elements, !list.isEmpty, list.count <= 16 else {
            throw .init(description: "The request has no 'inputs', or more than 16.")
        }
        id = document["id"]?.string
        prefersBinary = document["parameters"]?["binary_data_output"]?.bool ?? false
        inputs = []
        for entry in list { inputs.append(try Self.tensor(entry, &rest)) }
        guard rest.readableBytes == 0 else {
            throw .init(description: "\(rest.readableBytes) bytes follow the last tensor.")
        }
        if let wanted = document["outputs"]?.elements {
            guard wanted.count <= 16 else { throw .init(description: "The request names more than 16 outputs.") }
            var outputs: [RequestedOutput] = []
            for entry in wanted { outputs.append(try Self.output(entry, prefersBinary)) }
            self.outputs = outputs
        }
    }

    private static func tensor(_ entry: JSON, _ rest: inout ByteBuffer) throws(InferenceRequestError) -> RequestTensor {
        guard let name = entry["name"]?.string, let datatype = entry["datatype"]?.string,
            let sides = entry["shape"]?.elements, sides.count <= 8
        else { throw .init(description: "An input needs 'name', 'datatype' and a 'shape' of at most 8 sides.") }
        var (shape, count) = ([Int](), 1)
        for side in sides {
            guard let side = side.integer, side >= 0 else {
                throw .init(description: "The shape of input '\(name)' has a side that is not a whole number from 0.")
            }
            let (product, overflow) = count.multipliedReportingOverflow(by: side)
            guard !overflow, product <= largestTensor else {
                throw .init(description: "The shape of input '\(name)' means more than \(largestTensor) elements.")
            }
            count = product
            shape.append(side)
        }
        if let size = entry["parameters"]?["binary_data_size"] {
            guard let size = size.integer, size >= 0, let bytes = rest.readSlice(length: min(size, Int(UInt32.max)))
            else {
                throw .init(description: "The binary data of input '\(name)' is not there, or has another length.")
            }
            return RequestTensor(name: name, datatype: datatype, shape: shape, contents: .binary(bytes))
        }
        guard let data = entry["data"] else {
            throw .init(description: "Input '\(name)' has neither 'data' nor a 'binary_data_size'.")
        }
        return RequestTensor(name: name, datatype: datatype, shape: shape, contents: .json(data))
    }

    private static func output(_ entry: JSON, _ prefersBinary: Bool) throws(InferenceRequestError) -> RequestedOutput {
        guard let name = entry["name"]?.string else { throw .init(description: "An output needs a 'name'.") }
        var classes: Int?
        if let value = entry["parameters"]?["classification"] {
            guard let count = value.integer, (1...10_000).contains(count) else {
                throw .init(description: "'classification' is a whole number from 1 to 10000.")
            }
            classes = count
        }
        let isBinary = entry["parameters"]?["binary_data"]?.bool ?? prefersBinary
        return RequestedOutput(name: name, isBinary: isBinary, classes: classes)
    }

    /// One element as BYTES tensors hold it.
    private static func element(_ bytes: ByteBuffer) -> ByteBuffer {
        var out = ByteBuffer()
        out.writeInteger(UInt32(truncatingIfNeeded: bytes.readableBytes), endianness: .little)
        out.writeImmutableBuffer(bytes)
        return out
    }
}

extension RequestTensor {
    /// The elements of a tensor of texts or files; in JSON they are base64.
    package func byteElements() throws(InferenceRequestError) -> [ByteBuffer] {
        guard datatype == "BYTES" else { throw wrong("BYTES") }
        var elements: [ByteBuffer] = []
        switch contents {
        case .binary(var bytes):
            while bytes.readableBytes > 0 {
                guard elements.count < count, let length = bytes.readInteger(endianness: .little, as: UInt32.self),
                    let element = bytes.readSlice(length: Int(length))
                else { throw mismatch }
                elements.append(element)
            }
        case .json(let data):
            try collect(data) { (text: JSON) throws(InferenceRequestError) in
                guard let text = text.string else {
                    throw InferenceRequestError(description: "An element of input '\(name)' is no string of base64.")
                }
                do throws(Base64Error) {
                    elements.append(try Base64.decode(text))
                } catch {
                    throw .init(description: "An element of input '\(name)' is not base64.")
                }
            }
        }
        guard elements.count == count else { throw mismatch }
        return elements
    }

    /// The elements of a tensor of numbers from 0 to 255, as bytes; floats are rounded.
    package func byteValues() throws(InferenceRequestError) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(count)
        func add(_ value: Double) throws(InferenceRequestError) {
            guard value >= 0, value <= 255 else {
                throw InferenceRequestError(description: "Input '\(name)' has a value that is not within 0…255.")
            }
            out.append(UInt8(value.rounded()))
        }
        switch (contents, datatype) {
        case (.binary(let bytes), "UINT8"):
            guard bytes.readableBytes == count else { throw mismatch }
            out = Array(bytes.readableBytesView)
        case (.binary(var bytes), "FP32"):
            guard bytes.readableBytes == 4 * count else { throw mismatch }
            while let bits = bytes.readInteger(endianness: .little, as: UInt32.self) {
                try add(Double(Float(bitPattern: bits)))
            }
        case (.json(let data), "UINT8"), (.json(let data), "FP32"):
            try collectNumbers(data) { (value: Double) throws(InferenceRequestError) in try add(value) }
        default: throw wrong("UINT8 or FP32")
        }
        guard out.count == count else { throw mismatch }
        return out
    }

    private func collect(
        _ data: JSON, _ body: (JSON) throws(InferenceRequestError) -> Void
    ) throws(InferenceRequestError) {
        if case .array(let values) = data {
            for value in values { try collect(value, body) }
        } else {
            try body(data)
        }
    }

    private func collectNumbers(
        _ data: JSON, _ body: (Double) throws(InferenceRequestError) -> Void
    ) throws(InferenceRequestError) {
        switch data {
        case .array(let values): for value in values { try collectNumbers(value, body) }
        case .numbers(let values): for value in values { try body(value) }
        case .number(let value): try body(value)
        default: throw InferenceRequestError(description: "Input '\(name)' has an element that is no number.")
        }
    }

    private var mismatch: InferenceRequestError {
        .init(description: "The data of input '\(name)' is not of the shape \(shape).")
    }

    private func wrong(_ wanted: String) -> InferenceRequestError {
        .init(description: "Input '\(name)' is \(wanted), not what its 'datatype' says.")
    }
}
