// OpenVINO's C objects, each with one owner.

import COpenVINO
import Foundation

/// The engine's reason for a status, in words.
func reason(_ status: ov_status_e) -> String {
    let detail = ov_get_last_err_msg().map { String(cString: $0) } ?? ""
    let name = ov_get_error_info(status).map { String(cString: $0) } ?? "status \(status.rawValue)"
    // Its messages carry source lines and stack-like prefixes; the last line says what happened.
    let last = detail.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
    return last.isEmpty ? name : "\(name): \(last)"
}

/// A network compiled for the processor.
///
/// OpenVINO's compiled models may be used from several threads at once
/// ("Inference requests … can be executed simultaneously from different threads", OpenVINO's documentation of
/// `ov::CompiledModel`); nothing here changes after `init`.
final class CompiledNetwork: @unchecked Sendable {
    private let core: OpaquePointer
    private let compiled: OpaquePointer
    let inputShape: [Int]
    /// Length of one image's row, by output name.
    let outputs: [String: Int]
    let outputNames: [String]

    init(onnx: Data, batchSize: Int, threads: Int, streams: Int) throws(InferenceError) {
        var core: OpaquePointer?
        let status = ov_core_create(&core)
        guard status == OK, let core else { throw .engine(reason: reason(status)) }
        do throws(InferenceError) {
            let model = try Self.read(onnx, core)
            defer { ov_model_free(model) }
            try Self.fixBatch(of: model, to: batchSize)
            compiled = try Self.compile(model, core, threads: threads, streams: streams)
        } catch {
            ov_core_free(core)
            throw error
        }
        self.core = core
        (inputShape, outputNames, outputs) = try Self.describe(compiled)
    }

    deinit {
        ov_compiled_model_free(compiled)
        ov_core_free(core)
    }

    func makeRequest() throws(InferenceError) -> OpaquePointer {
        var request: OpaquePointer?
        let status = ov_compiled_model_create_infer_request(compiled, &request)
        guard status == OK, let request else { throw .engine(reason: reason(status)) }
        return request
    }

    private static func read(_ onnx: Data, _ core: OpaquePointer) throws(InferenceError) -> OpaquePointer {
        var model: OpaquePointer?
        let status = onnx.withUnsafeBytes { bytes in
            ov_core_read_model_from_memory_buffer(
                core, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count, nil, &model)
        }
        guard status == OK, let model else { throw .network(reason: reason(status)) }
        return model
    }

    /// A batch of a fixed size is faster on the processor than one of any size.
    private static func fixBatch(of model: OpaquePointer, to batchSize: Int) throws(InferenceError) {
        var port: OpaquePointer?
        try check(ov_model_const_input(model, &port))
        defer { ov_output_const_port_free(port) }
        var shape = ov_partial_shape_t()
        try check(ov_port_get_partial_shape(port, &shape))
        defer { ov_partial_shape_free(&shape) }
        guard shape.rank.min >= 1, let dimensions = shape.dims else { throw .network(reason: "its input has no batch") }
        dimensions[0] = ov_dimension(min: Int64(batchSize), max: Int64(batchSize))
        try check(ov_model_reshape_single_input(model, shape))
    }

    private static func compile(
        _ model: OpaquePointer, _ core: OpaquePointer, threads: Int, streams: Int
    ) throws(InferenceError) -> OpaquePointer {
        let properties = [
            ("INFERENCE_NUM_THREADS", "\(threads)"), ("NUM_STREAMS", "\(streams)"),
            ("INFERENCE_PRECISION_HINT", "f32"), ("ENABLE_CPU_PINNING", "NO"),
        ]
        let strings = properties.map { (strdup($0.0), strdup($0.1)) }
        defer { for (key, value) in strings { free(key); free(value) } }
        let list = strings.map { ov_property_t(key: $0.0, value: $0.1) }
        var compiled: OpaquePointer?
        let status = ov_core_compile_model_props(core, model, "CPU", list.count, list, &compiled)
        guard status == OK, let compiled else { throw .network(reason: reason(status)) }
        return compiled
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

    private static func check(_ status: ov_status_e) throws(InferenceError) {
        guard status == OK else { throw .network(reason: reason(status)) }
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
