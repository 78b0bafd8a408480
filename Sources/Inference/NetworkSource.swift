// A network as it was read, from which it is compiled once or several times.

import COpenVINO
public import Foundation
import Synchronization

/// A network that has been read, and can be compiled for batches of several sizes.
///
/// What is compiled from one source shares its weights, as far as they are used as they stand: two engines for ResNet-18
/// take 80 MB less than if each had read the file for itself.
public final class NetworkSource: Sendable {
    /// `@unchecked`: used behind a lock, until it is freed; "read" returns objects that belong to no thread.
    private struct Model: @unchecked Sendable {
        let core: OpaquePointer
        let model: OpaquePointer
    }

    /// `@unchecked`: made anew for the one who gets it.
    private struct Compiled: @unchecked Sendable {
        let network: OpaquePointer
    }

    private let model: Mutex<Model>

    /// Reads a network.
    ///
    /// - Parameter onnx: An ONNX file; the network takes [N, rows, columns, 3] bytes. It is not needed afterwards.
    /// - Throws: `InferenceError` if the engine is missing or cannot read the network.
    public init(onnx: Data) throws(InferenceError) {
        var core: OpaquePointer?
        var status = ov_core_create(&core)
        guard status == OK, let core else { throw .engine(reason: reason(status)) }
        var model: OpaquePointer?
        status = onnx.withUnsafeBytes { bytes in
            ov_core_read_model_from_memory_buffer(
                core, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count, nil, &model)
        }
        guard status == OK, let model else {
            let error = InferenceError.network(reason: reason(status))
            ov_core_free(core)
            throw error
        }
        self.model = Mutex(Model(core: core, model: model))
    }

    deinit {
        model.withLock { model in
            ov_model_free(model.model)
            ov_core_free(model.core)
        }
    }

    /// Compiles the network for batches of `batchSize`; the rest as `InferenceEngine` takes it.
    func compile(
        batchSize: Int, threads: Int, streams: Int, precision: InferencePrecision
    ) throws(InferenceError) -> OpaquePointer {
        let properties = [
            ("INFERENCE_NUM_THREADS", "\(threads)"), ("NUM_STREAMS", "\(streams)"),
            ("INFERENCE_PRECISION_HINT", precision.property), ("ENABLE_CPU_PINNING", "NO"),
        ]
        let strings = properties.map { (strdup($0.0), strdup($0.1)) }
        defer { for (key, value) in strings { free(key); free(value) } }
        let list = strings.map { ov_property_t(key: $0.0, value: $0.1) }
        let result = model.withLock { model -> Result<Compiled, InferenceError> in
            do throws(InferenceError) {
                try Self.fixBatch(of: model.model, to: batchSize)
            } catch {
                return .failure(error)
            }
            var compiled: OpaquePointer?
            let status = ov_core_compile_model_props(model.core, model.model, "CPU", list.count, list, &compiled)
            guard status == OK, let compiled else { return .failure(.network(reason: reason(status))) }
            return .success(Compiled(network: compiled))
        }
        return try result.get().network
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
}

/// The engine's reason for a status, in words.
func reason(_ status: ov_status_e) -> String {
    let detail = ov_get_last_err_msg().map { String(cString: $0) } ?? ""
    let name = ov_get_error_info(status).map { String(cString: $0) } ?? "status \(status.rawValue)"
    // Its messages carry source lines and stack-like prefixes; the last line says what happened.
    let last = detail.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
    return last.isEmpty ? name : "\(name): \(last)"
}

/// Throws where a call about a network did not succeed.
func check(_ status: ov_status_e) throws(InferenceError) {
    guard status == OK else { throw .network(reason: reason(status)) }
}
