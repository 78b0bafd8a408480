// With which numbers a network is computed.

import COpenVINO

/// The numbers that a network is computed with.
public enum InferencePrecision: String, CaseIterable, Codable, Hashable, Sendable {
    /// 24 binary digits, as in training and in other tools.
    case float32
    /// 8 binary digits in products and in what lies between layers; sums have 24, and inputs and outputs stay 32 bits wide.
    ///
    /// About twice as quick on processors that have instructions for it.
    case bfloat16

    /// OpenVINO's name, as a property's value.
    var property: String {
        switch self {
        case .float32: "f32"
        case .bfloat16: "bf16"
        }
    }

    /// Throws `InferenceError.precision` where the processor has no instructions for it.
    ///
    /// OpenVINO would compute with them all the same, more slowly than with 32 bits.
    public func check() throws(InferenceError) {
        guard self == .bfloat16 else { return }
        let known = try Self.capabilities.get()
        guard known.contains("BF16") else { throw .precision(self, processor: known) }
    }

    /// What the processor has instructions for, in OpenVINO's words; asked once, for every network that is compiled needs it.
    private static let capabilities = Result { () throws(InferenceError) -> [String] in try readCapabilities() }

    private static func readCapabilities() throws(InferenceError) -> [String] {
        var core: OpaquePointer?
        var status = ov_core_create(&core)
        guard status == OK, let core else { throw .engine(reason: reason(status)) }
        defer { ov_core_free(core) }
        var text: UnsafeMutablePointer<CChar>?
        status = ov_core_get_property(core, "CPU", "OPTIMIZATION_CAPABILITIES", &text)
        guard status == OK, let text else { throw .engine(reason: reason(status)) }
        defer { ov_free(text) }
        return String(cString: text).split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
    }
}
