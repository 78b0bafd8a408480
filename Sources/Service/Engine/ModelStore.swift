// Which models answer, under which names and versions; new versions take the place of old ones without a pause.

import Foundation
import Inference
import Models
import Synchronization

/// Where a model comes from.
struct ModelSource: Hashable, Sendable {
    /// What it is called in addresses.
    var name: String
    /// As `ModelPackage.locate` takes it.
    var text: String
    /// Whether newer versions are to be served as they appear.
    var follows: Bool
}

/// The models that answer.
///
/// A request takes hold of a version once and keeps it to its end, so that no answer mixes two. A version that was replaced
/// ends with the last request that holds it.
final class ModelStore: Sendable {
    private struct State {
        /// By name; the newest last.
        var models: [String: [ModelEngine]] = [:]
        var aliases: [String: (name: String, version: String?)] = [:]
    }

    private let state = Mutex(State())
    private let workspace: URL
    private let settings: Settings
    private let metrics: Metrics

    /// What every model's engine is made with.
    struct Settings: Sendable {
        var threads: Int
        var precision: InferencePrecision
        var queueLimit: Int
        var decoders: DecoderPool
        var limits: ServiceLimits
        /// By whom packages must have been signed; nil: by nobody.
        var signatureKey: SignatureKey?
    }

    init(workspace: URL, settings: Settings, metrics: Metrics) {
        (self.workspace, self.settings, self.metrics) = (workspace, settings, metrics)
    }

    // MARK: Finding

    /// A model by its name or alias; the newest version where none is given.
    func find(_ name: String, version: String? = nil) -> ModelEngine? {
        state.withLock { state in
            let alias = state.aliases[name]
            let wanted = version ?? alias?.version
            return state.models[alias?.name ?? name]?.last { wanted == nil || $0.version == wanted }
        }
    }

    /// All versions that answer, by name.
    var all: [ModelEngine] {
        state.withLock { state in state.models.sorted { $0.key < $1.key }.flatMap(\.value) }
    }

    var aliases: [(alias: String, name: String, version: String?)] {
        state.withLock { $0.aliases.map { ($0.key, $0.value.name, $0.value.version) }.sorted { $0.0 < $1.0 } }
    }

    /// The versions of a model that answer, oldest first.
    func versions(of name: String) -> [ModelEngine] { state.withLock { $0.models[name] ?? [] } }

    // MARK: Changing

    /// Gives a model, or one of its versions, another name.
    func alias(_ alias: String, for name: String, version: String?) {
        state.withLock { $0.aliases[alias] = (name, version) }
    }

    /// Opens a model, checks its files, and lets it answer; the one that it replaces goes.
    ///
    /// - Returns: The engine, or nil if the same model answers already.
    @discardableResult
    func load(_ source: ModelSource) throws -> ModelEngine? {
        let clock = ContinuousClock()
        let began = clock.now
        let folder = try ModelPackage.locate(source.text, in: workspace)
        let version = "\(ModelPackage.version(of: folder))"
        if source.follows, let current = find(source.name), current.version == version,
            Self.same(current.package.folder, folder)
        {
            return nil
        }
        let package = try ModelPackage.open(folder)
        try settings.signatureKey?.check(package)
        let engine = try ModelEngine(
            package, name: source.name, version: version, threads: settings.threads, precision: settings.precision,
            queueLimit: settings.queueLimit, decoders: settings.decoders, limits: settings.limits.decoding,
            metrics: metrics)
        let old = state.withLock { state in
            let old = state.models[source.name, default: []]
            // A version that follows replaces; versions that were asked for by number stand side by side.
            let kept = source.follows ? [] : old.filter { $0.version != version }
            state.models[source.name] = kept + [engine]
            return old.filter { one in !kept.contains { $0 === one } }
        }
        for one in old { one.forgetMetrics() }
        metrics.set("ocelot_model_loaded", engine.loadedLabels, to: 1)
        metrics.set(
            "ocelot_model_load_duration_seconds", engine.labels, to: began.duration(to: clock.now).seconds)
        return engine
    }

    /// Lets a model answer no more; requests that hold it are finished.
    func unload(_ name: String) -> Bool {
        let old = state.withLock { $0.models.removeValue(forKey: name) }
        for one in old ?? [] { one.forgetMetrics() }
        return old != nil
    }

    private static func same(_ a: URL, _ b: URL) -> Bool {
        a.resolvingSymlinksInPath().path == b.resolvingSymlinksInPath().path
    }

    /// What a model is called that is given as `text`: a name as it is, a path by its folder.
    ///
    /// `flowers=some/folder` says both.
    static func source(of text: String) -> ModelSource {
        if let equals = text.firstIndex(of: "="), ModelPackage.isModelName(String(text[..<equals])) {
            let rest = String(text[text.index(after: equals)...])
            return ModelSource(name: String(text[..<equals]), text: rest, follows: follows(rest))
        }
        return ModelSource(name: ModelPackage.name(in: text), text: text, follows: follows(text))
    }

    /// Whether the newest version is meant, whichever that is.
    private static func follows(_ text: String) -> Bool {
        let last = text.split(separator: text.contains("/") ? "/" : ":").last.map(String.init) ?? text
        return Int(last) == nil
    }
}
