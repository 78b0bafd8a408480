// The answer to an inference request; binary tensors follow the JSON.

import NIOCore

/// One output, as text or as bytes.
struct ResponseTensor: Sendable {
    enum Contents: Sendable {
        case floats([Float])
        case texts([String])
    }

    var name: String
    var shape: [Int]
    var contents: Contents
    var isBinary: Bool

    private var datatype: String {
        switch contents {
        case .floats: "FP32"
        case .texts: "BYTES"
        }
    }

    /// How many numbers are infinite or none; nil if none is.
    private var nonfinite: Int? {
        guard case .floats(let values) = contents else { return nil }
        let count = values.count { !$0.isFinite }
        return count > 0 ? count : nil
    }

    /// What stands in the JSON; where the tensor is binary, its bytes are added to `tail`.
    func entry(_ tail: inout ByteBuffer) -> JSON {
        var members: [JSON.Member] = [
            .init(name: "name", value: .string(name)), .init(name: "datatype", value: .string(datatype)),
            .init(name: "shape", value: .numbers(shape.map(Double.init))),
        ]
        guard isBinary else {
            let data: JSON =
                switch contents {
                case .floats(let values): .floats(values)
                case .texts(let texts): .array(texts.map { .string($0) })
                }
            // JSON has no NaN: such a number is null, and how many there are is said.
            if let odd = nonfinite { members.append(.init(name: "parameters", value: ["nonfinite": JSON(odd)])) }
            return .object(members + [.init(name: "data", value: data)])
        }
        let before = tail.readableBytes
        switch contents {
        case .floats(let values):
            for value in values { tail.writeInteger(value.bitPattern, endianness: .little) }
        case .texts(let texts):
            for text in texts {
                tail.writeInteger(UInt32(text.utf8.count), endianness: .little)
                tail.writeString(text)
            }
        }
        members.append(.init(name: "parameters", value: ["binary_data_size": JSON(tail.readableBytes - before)]))
        return .object(members)
    }
}

extension Response {
    /// The answer with `outputs`.
    init(model: String, version: String, id: String?, outputs: [ResponseTensor]) {
        var tail = ByteBuffer()
        var members: [JSON.Member] = [
            .init(name: "model_name", value: .string(model)), .init(name: "model_version", value: .string(version)),
        ]
        if let id { members.append(.init(name: "id", value: .string(id))) }
        members.append(.init(name: "outputs", value: .array(outputs.map { $0.entry(&tail) })))
        let text = JSON.object(members).bytes
        guard outputs.contains(where: \.isBinary) else {
            self.init(contentType: "application/json", body: ByteBuffer(bytes: text))
            return
        }
        var body = ByteBuffer(bytes: text)
        body.writeImmutableBuffer(tail)
        self.init(
            contentType: "application/octet-stream", headers: [("inference-header-content-length", "\(text.count)")],
            body: body)
    }
}
