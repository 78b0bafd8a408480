// What is asked about images, from wherever it stands: the address, a form, or JSON.

import Models

/// The parameters of a question as they are gathered.
struct Asked {
    /// A parameter's value: text of an address or a form, or of JSON.
    enum Value {
        case text(String)
        case json(JSON)

        var number: Double? {
            switch self {
            case .text(let text): Double(text)
            case .json(let value): value.number
            }
        }

        var string: String? {
            switch self {
            case .text(let text): text
            case .json(let value): value.string
            }
        }
    }

    /// Those that there are, for sentences.
    static let names = "top_k, threshold, explain and explain_class"
    /// The longest text of one, in bytes.
    static let longest = 1024

    private(set) var topK: Int?
    private(set) var threshold: Double?
    private(set) var explain: ExplanationWish.Way?
    private(set) var explainedClass: String?

    /// Takes a parameter; false if there is none of this name.
    ///
    /// - Throws: `ServiceError` if the value makes no sense, or is another than the one that was taken before.
    mutating func take(_ name: String, _ value: Value) throws(ServiceError) -> Bool {
        switch name {
        case "top_k": try Self.settle(name, Self.topK(value.number), in: &topK)
        case "threshold": try Self.settle(name, Self.threshold(value.number), in: &threshold)
        case "explain": try Self.settle(name, Self.way(value), in: &explain)
        case "explain_class":
            guard let text = value.string else {
                throw .badRequest("bad_explain", "explain_class is the name of a class.")
            }
            try Self.settle(name, text, in: &explainedClass)
        default: return false
        }
        return true
    }

    private static func settle<Kind: Equatable>(
        _ name: String, _ value: Kind, in place: inout Kind?
    ) throws(ServiceError) {
        guard place == nil || place == value else {
            throw .badRequest(
                "conflicting_parameters", "\(name) is given twice, with different values. Give it once.")
        }
        place = value
    }

    private static func topK(_ value: Double?) throws(ServiceError) -> Int {
        guard let value, value.rounded() == value, (1...10_000).contains(value) else {
            throw .badRequest("bad_top_k", "top_k is a whole number from 1 to 10000.")
        }
        return Int(value)
    }

    private static func threshold(_ value: Double?) throws(ServiceError) -> Double {
        guard let value, (0...1).contains(value) else {
            throw .badRequest("bad_threshold", "threshold is a number from 0 to 1.")
        }
        return value
    }

    private static func way(_ value: Value) throws(ServiceError) -> ExplanationWish.Way {
        if case .json(.bool(let isWanted)) = value { return isWanted ? .asTheHeadAllows : .not }
        switch value.string {
        case "false": return .not
        // Where a head is linear, Grad-CAM and class activation mapping are the same.
        case "true", "gradcam": return .asTheHeadAllows
        case "occlusion": return .occlusion
        default: throw .badRequest("bad_explain", "explain is true, false, gradcam or occlusion.")
        }
    }
}

/// What is to be explained, and how.
struct ExplanationWish: Hashable, Sendable {
    /// How an explanation is found, if one is wanted.
    enum Way: Hashable, Sendable {
        case not, asTheHeadAllows, occlusion
    }

    /// Nil: as the model's head allows.
    let method: Explanation.Method?
    /// A class by name; nil: the likeliest.
    let className: String?

    /// What `explain` and `explain_class` say together; nil if no explanation is wanted.
    init?(_ way: Way?, ofClass name: String?) throws(ServiceError) {
        switch way {
        case nil, .not:
            guard name == nil else {
                throw .badRequest("bad_explain", "explain_class goes with explain=true.")
            }
            return nil
        case .asTheHeadAllows: method = nil
        case .occlusion: method = .occlusion
        }
        className = name
    }

    /// The place of the class among those of a model; nil: the likeliest.
    func classIndex(in classes: [String]) throws(ServiceError) -> Int? {
        guard let className else { return nil }
        guard let index = classes.firstIndex(of: className) else {
            throw .badRequest("unknown_class", "explain_class names no class of this model.")
        }
        return index
    }
}
