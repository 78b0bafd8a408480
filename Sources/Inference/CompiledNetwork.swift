// OpenVINO's C objects, each with one owner.

import COpenVINO

/// A network compiled for the processor.
///
/// OpenVINO's compiled models may be used from several threads at once
/// ("Inference requests … can be executed simultaneously from different threads", OpenVINO's documentation of
/// `ov::CompiledModel`); nothing here changes after `init`.
final class CompiledNetwork: @unchecked Sendable {
    private let compiled: OpaquePointer
    /// Keeps the engine itself, which it was compiled by.
    private let source: NetworkSource
    let inputShape: [Int]
    /// Length of one image's row, by output name.
    let outputs: [String: Int]
    let outputNames: [String]

    init(
        _ source: NetworkSource, batchSize: Int, threads: Int, streams: Int, precision: InferencePrecision
    ) throws(InferenceError) {
        let compiled = try source.compile(
            batchSize: batchSize, threads: threads, streams: streams, precision: precision)
        do throws(InferenceError) {
            (inputShape, outputNames, outputs) = try Self.describe(compiled)
        } catch {
            ov_compiled_model_free(compiled)
            throw error
        }
        (self.source, self.compiled) = (source, compiled)
    }

    deinit { ov_compiled_model_free(compiled) }

    func makeRequest() throws(InferenceError) -> OpaquePointer {
        var request: OpaquePointer?
        let status = ov_compiled_model_create_infer_request(compiled, &request)
        guard status == OK, let request else { throw .engine(reason: reason(status)) }
        return request
    }

    private static func describe(_ compiled: OpaquePointer) throws(InferenceError) -> ([Int], [String], [String: Int]) {
        var input: OpaquePointer?
        try check(ov_compiled_model_input(compiled, &input))
        let inputShape = try shape(of: input)
        ov_output_const_port_free(input)
        var count = 0
        try check(ov_compiled_model_outputs_size(compiled, &count))
        var names: [String] = []
        var lengths: [String: Int] = [:]
        for index in 0..<count {
            var port: OpaquePointer?
            try check(ov_compiled_model_output_by_index(compiled, index, &port))
            defer { ov_output_const_port_free(port) }
            var name: UnsafeMutablePointer<CChar>?
            try check(ov_port_get_any_name(port, &name))
            let text = name.map { String(cString: $0) } ?? "output\(index)"
            ov_free(name)
            names.append(text)
            lengths[text] = try shape(of: port).dropFirst().reduce(1, *)
        }
        return (inputShape, names, lengths)
    }

    private static func shape(of port: OpaquePointer?) throws(InferenceError) -> [Int] {
        var shape = ov_shape_t()
        try check(ov_const_port_get_shape(port, &shape))
        defer { ov_shape_free(&shape) }
        return (0..<Int(shape.rank)).compactMap { shape.dims.map { dims in { Int(dims[$0]) } }?($0) }
    }
}

/// One place in which a batch is computed.
///
/// Used by one caller at a time (`RequestPool` sees to that), hence unchecked.
final class Request: @unchecked Sendable {
    private let network: CompiledNetwork
    private let handle: OpaquePointer
    private let input: UnsafeMutableRawBufferPointer
    /// OpenVINO keeps the pointer, not what it points to, so this lives as long as the request.
    private let callback = UnsafeMutablePointer<ov_callback_t>.allocate(capacity: 1)
    private var finished: CheckedContinuation<Void, Never>?

    init(_ network: CompiledNetwork) throws(InferenceError) {
        self.network = network
        handle = try network.makeRequest()
        var tensor: OpaquePointer?
        var data: UnsafeMutableRawPointer?
        var size = 0
        guard ov_infer_request_get_input_tensor(handle, &tensor) == OK,
            ov_tensor_data(tensor, &data) == OK, ov_tensor_get_byte_size(tensor, &size) == OK
        else { throw .engine(reason: "a request has no input") }
        ov_tensor_free(tensor)
        input = UnsafeMutableRawBufferPointer(start: data, count: size)
        callback.initialize(
            to: ov_callback_t(
                callback_func: { context in
                    guard let context else { return }
                    Unmanaged<Request>.fromOpaque(context).takeUnretainedValue().finish()
                },
                args: Unmanaged.passUnretained(self).toOpaque()))
        guard ov_infer_request_set_callback(handle, callback) == OK else {
            throw .engine(reason: "a request takes no callback")
        }
    }

    deinit {
        ov_infer_request_free(handle)
        callback.deallocate()
    }

    private func finish() {
        let continuation = finished
        finished = nil
        continuation?.resume()
    }

    func run(_ images: [UInt8], count: Int) async throws(InferenceError) -> [String: [Float]] {
        images.withUnsafeBytes { input.copyMemory(from: $0) }
        var status = OK
        await withCheckedContinuation { continuation in
            finished = continuation
            status = ov_infer_request_start_async(handle)
            if status != OK { finish() }
        }
        guard status == OK else { throw .run(reason: reason(status)) }
        // Returns at once, with the reason if the engine failed.
        let end = ov_infer_request_wait(handle)
        guard end == OK else { throw .run(reason: reason(end)) }
        var results: [String: [Float]] = [:]
        for (index, name) in network.outputNames.enumerated() {
            var tensor: OpaquePointer?
            var data: UnsafeMutableRawPointer?
            guard ov_infer_request_get_output_tensor_by_index(handle, index, &tensor) == OK,
                ov_tensor_data(tensor, &data) == OK, let data
            else { throw .run(reason: "output \(name) is missing") }
            let length = count * (network.outputs[name] ?? 0)
            results[name] = Array(UnsafeBufferPointer(start: data.assumingMemoryBound(to: Float.self), count: length))
            ov_tensor_free(tensor)
        }
        return results
    }
}
