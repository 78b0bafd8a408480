// Metrics as Prometheus reads them: its text format, version 0.0.4,
// https://prometheus.io/docs/instrumenting/exposition_formats/.

import Foundation

extension Metrics {
    /// What each metric is; one that is not listed here is not written.
    static let help: [String: String] = [
        "ocelot_build_info": "Versions of the program and its engine.",
        "ocelot_http_requests_total": "Answered requests.",
        "ocelot_http_request_duration_seconds": "From a request's headers to its answer.",
        "ocelot_http_requests_in_flight": "Requests that are being answered.",
        "ocelot_http_connections": "Open connections.",
        "ocelot_inference_requests_total": "Images asked about, by what became of them.",
        "ocelot_inference_images_total": "Images that the network computed.",
        "ocelot_inference_batches_total": "Batches that the network computed.",
        "ocelot_inference_batch_size": "Images in a batch.",
        "ocelot_inference_queue_depth": "Images that wait or are being read.",
        "ocelot_inference_queue_limit": "The most images that may wait.",
        "ocelot_inference_stage_duration_seconds": "Time that an image spends in each stage.",
        "ocelot_image_rejected_total": "Images that were not read, by reason.",
        "ocelot_requests_cancelled_total": "Images whose client went away before the network computed them.",
        "ocelot_decode_worker_restarts_total": "Decoder processes that ended and were started again.",
        "ocelot_model_loaded": "1 for each version that answers.",
        "ocelot_model_load_duration_seconds": "What loading took.",
        "ocelot_predictions_total": "Answers by their first class.",
        "ocelot_prediction_confidence": "Probability of the first class.",
        "ocelot_feature_drift":
            "Distance of the served photos' mean features from the training photos', in units of those' spread; 0: alike.",
        "ocelot_feature_drift_photos": "Photos whose features were counted.",
        "process_resident_memory_bytes": "Resident memory.",
        "process_cpu_seconds_total": "Processor time.",
        "process_open_fds": "Open file descriptors.",
        "process_start_time_seconds": "When the process started, in seconds since 1970.",
    ]

    /// The metrics as text.
    func prometheusText() -> String {
        let snapshot = snapshot
        var lines: [String] = []
        func begin(_ name: String, _ kind: String) -> Bool {
            guard let help = Self.help[name] else { return false }
            lines.append("# HELP \(name) \(help)")
            lines.append("# TYPE \(name) \(kind)")
            return true
        }
        for (name, values) in snapshot.counters.sorted(by: { $0.key < $1.key }) where begin(name, "counter") {
            for (labels, value) in sorted(values) { lines.append("\(name)\(text(labels)) \(text(value))") }
        }
        for (name, values) in snapshot.gauges.sorted(by: { $0.key < $1.key }) where begin(name, kind(name)) {
            for (labels, value) in sorted(values) { lines.append("\(name)\(text(labels)) \(text(value))") }
        }
        for (name, values) in snapshot.histograms.sorted(by: { $0.key < $1.key }) where begin(name, "histogram") {
            for (labels, histogram) in sorted(values) {
                var total = 0
                for (bound, count) in zip(histogram.bounds, histogram.counts) {
                    total += count
                    lines.append("\(name)_bucket\(text(labels, le: text(bound))) \(total)")
                }
                lines.append("\(name)_bucket\(text(labels, le: "+Inf")) \(histogram.count)")
                lines.append("\(name)_sum\(text(labels)) \(text(histogram.sum))")
                lines.append("\(name)_count\(text(labels)) \(histogram.count)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The process tells its processor time as a gauge that only grows.
    private func kind(_ name: String) -> String { name.hasSuffix("_total") ? "counter" : "gauge" }

    private func sorted<Value>(_ values: [Labels: Value]) -> [(key: Labels, value: Value)] {
        values.sorted { $0.key.pairs.lexicographicallyPrecedes($1.key.pairs) }
    }

    private func text(_ value: Double) -> String {
        value.rounded() == value && abs(value) < 1e15 ? "\(Int(value))" : value.description
    }

    private func text(_ labels: Labels, le: String? = nil) -> String {
        var parts = stride(from: 0, to: labels.pairs.count, by: 2).map { index in
            let value = labels.pairs[index + 1].replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                .replacing("\n", with: "\\n")
            return "\(labels.pairs[index])=\"\(value)\""
        }
        if let le { parts.append("le=\"\(le)\"") }
        return parts.isEmpty ? "" : "{\(parts.joined(separator: ","))}"
    }
}
