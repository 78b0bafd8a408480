// What goes into the run store comes out of it, later and by other processes too.
import Foundation
import RunHistory
import TestSupport
import Testing

/// A clock that stands at 2025-01-02 03:04:05 UTC (1,735,787,045 s after 1970).
let newYear = Date(timeIntervalSince1970: 1_735_787_045)

func start(_ name: String = "textures", _ parameters: [String: String] = [:]) -> RunStart {
    RunStart(
        kind: "train classifier", name: name, command: "ocelot train classifier photos", data: "photos",
        dataFingerprint: "abcd", seed: .max, recipe: "seed: 42\n",
        parameters: ["method": "svm", "backbone": "resnet18"].merging(parameters) { $1 },
        software: ["ocelot": "0.1.0"])
}

/// The sentence of the error that `body` throws.
func sentence(_ body: () throws -> some Any) -> String {
    do {
        _ = try body()
        return "no error"
    } catch {
        return "\(error)"
    }
}

@Suite struct RunStoreTests {
    @Test func keepsARun() async throws {
        try await withTemporaryFolder { folder in
            let store = try RunStore(workspace: folder, now: { newYear })
            let run = try store.begin(start())
            #expect(run == 1)
            #expect(try store.runs().first?.run.state == .running)
            try store.log(parameters: ["best_c": "0.1", "method": "svm"], run: run)
            let metrics = [
                Metric("loss", step: 1, 0.7), Metric("loss", step: 2, .nan), Metric(Metric.testAccuracy, 0.94),
                Metric(Metric.testAccuracy, label: "dotted", 0.9),
            ]
            try store.log(metrics, run: run)
            try store.add("report.html", kind: "report", mediaType: "text/html", Data("<p>".utf8), run: run)
            try store.finish(run, message: "fine")

            // Read by another connection, as `ocelot runs show` would.
            let details = try RunStore(workspace: folder, .existing).details(run)
            #expect(details.run.state == .done)
            #expect(details.run.started == newYear)
            #expect(details.run.ended == newYear)
            #expect(details.run.seed == .max)
            #expect(details.run.parameters == ["method": "svm", "backbone": "resnet18", "best_c": "0.1"])
            #expect(details.run.software == ["ocelot": "0.1.0"])
            #expect(details.run.message == "fine")
            #expect(details.recipe == "seed: 42\n")
            #expect(details.metrics == metrics)
            #expect(details.metrics[1].value == nil)
            #expect(details.final(Metric.testAccuracy, label: "dotted") == 0.9)
            #expect(details.final("loss") == nil)
            #expect(details.artefacts.map(\.name) == ["report.html"])
            #expect(details.artefacts.first?.bytes == 3)
        }
    }

    @Test func listsNewestFirst() async throws {
        try await withTemporaryFolder { folder in
            let store = try RunStore(workspace: folder)
            for name in ["a", "b", "a"] { _ = try store.begin(start(name)) }
            try store.finish(2, .failed, message: "no photos")
            try store.log([Metric(Metric.testAccuracy, 0.5), Metric(Metric.testAccuracy, 0.75)], run: 3)
            #expect(try store.runs().map(\.run.id) == [3, 2, 1])
            #expect(try store.runs().map(\.testAccuracy) == [0.75, nil, nil])
            #expect(try store.runs(RunFilter(name: "a")).map(\.run.id) == [3, 1])
            #expect(try store.runs(RunFilter(state: .failed)).map(\.run.id) == [2])
            #expect(try store.runs(RunFilter(kind: "evaluate")).isEmpty)
            #expect(try store.runs(RunFilter(limit: 2)).map(\.run.id) == [3, 2])
        }
    }

    // B42: the report of each run can be read although the next run overwrote the file.
    @Test func keepsAReportThatWasOverwritten() async throws {
        try await withTemporaryFolder { folder in
            let store = try RunStore(workspace: folder)
            let file = folder.appending(path: "report.html")
            for text in ["first", "second"] {
                let run = try store.begin(start())
                try text.write(to: file, atomically: true, encoding: .utf8)
                let contents = try Data(contentsOf: file)
                try store.add("report.html", kind: "report", mediaType: "text/html", contents, run: run)
            }
            #expect(try store.contents(of: "report.html", run: 1) == Data("first".utf8))
            #expect(try store.contents(of: "report.html", run: 2) == Data("second".utf8))
            #expect(
                sentence { try store.contents(of: "roc.svg", run: 1) }
                    == "Run 1 has no file 'roc.svg'. It has: report.html.")
        }
    }

    @Test func deletesARunAndGivesItsSpaceBack() async throws {
        try await withTemporaryFolder { folder in
            let store = try RunStore(workspace: folder)
            let megabyte = Data((0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
            for _ in 0..<3 {
                let run = try store.begin(start())
                try store.add("report.html", kind: "report", mediaType: "text/html", megabyte, run: run)
                try store.log((0..<1000).map { Metric("loss", step: $0, 1) }, run: run)
            }
            let version = try store.nextVersion(of: "fridge", run: 2)
            try store.publish("fridge", version: version, path: "models/fridge/1", sha256: "00", run: 2)
            #expect(try store.delete(2) >= 1_000_000)
            #expect(try store.runs().map(\.run.id) == [3, 1])
            #expect(try store.contents(of: "report.html", run: 3) == megabyte)
            #expect(try store.models().map(\.run) == [nil])
            #expect(
                sentence { try store.details(2) } == """
                    There is no run 2. The newest is run 3; 'ocelot runs list' shows all.
                    """)
            // A number that was given out once means one run only.
            try store.delete(3)
            #expect(try store.begin(start()) == 4)
        }
    }

    @Test func refusesNamesThatLeadElsewhere() async throws {
        try await withTemporaryFolder { folder in
            let store = try RunStore(workspace: folder)
            let run = try store.begin(start())
            for name in ["../x", "/etc/passwd", "a/b", ".hidden", "", "a b", "a\0b"] {
                #expect(throws: RunHistoryError.badName(name)) {
                    try store.add(name, kind: "report", mediaType: "text/plain", Data(), run: run)
                }
            }
        }
    }

    @Test func noticesThatAProcessIsGone() async throws {
        try await withTemporaryFolder { folder in
            await #expect(processExitsWith: .success) { [path = folder.path as String] in
                _ = try RunStore(workspace: URL(filePath: path)).begin(start())
            }
            let store = try RunStore(workspace: folder)
            _ = try store.begin(start())
            #expect(try store.runs().map(\.run.state) == [.running, .interrupted])
            #expect(try store.details(1).run.message == "Its process ended without a word.")
            #expect(try store.runs(RunFilter(state: .running)).map(\.run.id) == [2])
        }
    }

    @Test func exportsOrdinaryFiles() async throws {
        try await withTemporaryFolder { folder in
            let store = try RunStore(workspace: folder.appending(path: "w"), now: { newYear })
            let run = try store.begin(start())
            try store.log([Metric("loss", step: 1, 0.5), Metric("test.accuracy", label: "a,\"b\"", 1)], run: run)
            try store.log(
                predictions: [.init(path: "a/1.jpg", truth: "a", predicted: "b", probability: 0.5)], run: run)
            try store.add("roc.svg", kind: "chart", mediaType: "image/svg+xml", Data("<svg/>".utf8), run: run)
            // Only pointed to, and gone: left out.
            try store.add("gone.bin", kind: "features", mediaType: "x/y", path: "cache/gone", bytes: 1, run: run)
            let place = folder.appending(path: "out/run-1")
            #expect(
                try store.export(run, to: place)
                    == ["files/roc.svg", "metrics.csv", "predictions.csv", "recipe.yaml", "run.json"])
            func text(_ name: String) throws -> String {
                try String(contentsOf: place.appending(path: name), encoding: .utf8)
            }
            #expect(
                try text("metrics.csv") == """
                    name,label,step,value
                    loss,,1,0.5
                    test.accuracy,"a,""b""\",,1.0

                    """)
            #expect(try text("predictions.csv") == "path,truth,predicted,probability\na/1.jpg,a,b,0.5\n")
            #expect(try text("recipe.yaml") == "seed: 42\n")
            #expect(try text("files/roc.svg") == "<svg/>")
            #expect(try text("run.json").contains(#""started" : "2025-01-02T03:04:05Z""#))
            #expect(
                sentence { try store.export(run, to: place) }
                    == "\(place.path) is there already. Choose another folder or remove it.")
            let beside = try FileManager.default.contentsOfDirectory(atPath: place.deletingLastPathComponent().path)
            #expect(beside == ["run-1"])
        }
    }
}
