// The tables that people read, as whole texts.
import Foundation
import RunHistory
import Synchronization
import TestSupport
import Testing

@Suite struct RunTablesTests {
    let utc = TimeZone(secondsFromGMT: 0) ?? .current

    /// Two runs as B40 has them, on eight images: the second mends three and breaks one.
    private func twoRuns(in folder: URL) throws -> RunStore {
        let clock = Clock(newYear)
        let store = try RunStore(workspace: folder, now: { clock.now })
        let truths = ["dotted", "dotted", "dotted", "leopard", "leopard", "striped", "striped", "striped"]
        let answers = [
            ["striped", "leopard", "dotted", "dotted", "leopard", "striped", "striped", "striped"],
            ["dotted", "dotted", "dotted", "leopard", "leopard", "striped", "striped", "leopard"],
        ]
        for (index, method) in ["svm", "fine-tune"].enumerated() {
            let run = try store.begin(start("kläder", ["method": method, "note": "a\tb"]))
            try store.log((1...3).map { Metric("loss", step: $0, [0.9, 0.25, 0.5][$0 - 1]) }, run: run)
            try store.log([Metric(Metric.testAccuracy, [0.625, 0.875][index])], run: run)
            let shares: [[Double]] = [[1.0 / 3, 0.5, 1], [1, 1, 2.0 / 3]]
            for (label, value) in zip(["dotted", "leopard", "条纹"], shares[index]) {
                try store.log([Metric(Metric.testAccuracy, label: label, value)], run: run)
            }
            try store.log(
                predictions: truths.indices.map {
                    .init(path: "\($0).jpg", truth: truths[$0], predicted: answers[index][$0], probability: 0.9)
                }, run: run)
            clock.advance([7.44, 200][index])
            try store.finish(run)
        }
        return store
    }

    @Test func list() async throws {
        try await withTemporaryFolder { folder in
            let store = try twoRuns(in: folder)
            #expect(
                RunTables.list(try store.runs(), in: utc) == """
                    run  started           state  kind              name    method     backbone  accuracy        time
                      2  2025-01-02 03:04  done   train classifier  kläder  fine-tune  resnet18    87.5 %  3 min 20 s
                      1  2025-01-02 03:04  done   train classifier  kläder  svm        resnet18    62.5 %       7.4 s

                    """)
            #expect(RunTables.list([]) == "No runs.\n")
        }
    }

    @Test func show() async throws {
        try await withTemporaryFolder { folder in
            let store = try twoRuns(in: folder)
            try store.add("report.html", kind: "report", mediaType: "text/html", Data(count: 4242), run: 1)
            try store.publish("textures", version: 3, path: "models/textures/3", sha256: "0123456789abcdef", run: 1)
            #expect(
                RunTables.show(try store.details(1), in: utc) == """
                    Run 1: kläder (train classifier), done

                      started      2025-01-02 03:04
                      time         7.4 s
                      data         photos
                      fingerprint  abcd
                      seed         18446744073709551615
                      command      ocelot train classifier photos
                      model        models/textures/3 (SHA-256 0123456789ab)

                    Parameters
                      backbone  resnet18
                      method    svm
                      note      a·b

                    Results
                      test.accuracy  62.5 %

                      class    test.accuracy
                      dotted          33.3 %
                      leopard         50.0 %
                      条纹           100.0 %

                      metric  last  best  at
                      loss     0.5  0.25   2

                    Files
                      report.html  report  4.2 KB

                    Software
                      ocelot  0.1.0

                    """)
        }
    }

    @Test func compare() async throws {
        try await withTemporaryFolder { folder in
            let store = try twoRuns(in: folder)
            let comparison = try store.compare([1, 2])
            // Of four changes one or fewer to one side: 2 · (1 + 4) / 16 = 0.625.
            #expect(abs((comparison.changes.first?.probabilityOfChance ?? 0) - 0.625) < 1e-12)
            #expect(
                RunTables.compare(comparison, changes: 2) == """
                    parameter   run 1      run 2
                    name       kläder     kläder
                    state        done       done
                    method        svm  fine-tune

                    result          run 1   run 2
                    test.accuracy  62.5 %  87.5 %

                    test.accuracy of    run 1    run 2
                    dotted             33.3 %  100.0 %
                    leopard            50.0 %  100.0 %
                    条纹              100.0 %   66.7 %

                    From run 1 to run 2, 8 images that both tested: 3 fixed, 1 broken. \
                    Such a difference may well be chance (62.5 %).
                      fixed  truth   before   after
                      0.jpg  dotted  striped  dotted
                      1.jpg  dotted  leopard  dotted
                      … and 1 more
                      broken  truth    before   after
                      7.jpg   striped  striped  leopard

                    """)
            #expect(
                sentence { try store.compare([1]) }
                    == "A comparison needs at least two different runs, as in 'ocelot runs compare 3 5'.")
            #expect(
                sentence { try store.compare([1, 9]) } == """
                    There is no run 9. The newest is run 2; 'ocelot runs list' shows all.
                    """)
        }
    }

    // An image whose label was corrected in between, or that one run did not test, says nothing about the models.
    @Test func comparesOnlyWhatBothTested() async throws {
        try await withTemporaryFolder { folder in
            let store = try RunStore(workspace: folder)
            let answers = [
                [("a", "x", "y"), ("b", "x", "x"), ("c", "x", "y")],
                [("b", "x", "x"), ("c", "y", "y"), ("d", "x", "y")],
            ]
            for predictions in answers {
                let run = try store.begin(start())
                try store.log(
                    predictions: predictions.map { .init(path: $0, truth: $1, predicted: $2, probability: 1) },
                    run: run)
            }
            let changes = try store.compare([1, 2]).changes
            #expect(changes.first?.shared == 1)
            #expect(changes.first?.fixed == [])
            #expect(changes.first?.broken == [])
            #expect(changes.first?.probabilityOfChance == 1)
        }
    }

    @Test func encodesForScripts() async throws {
        try await withTemporaryFolder { folder in
            let store = try twoRuns(in: folder)
            let text = String(decoding: try RunStore.encoder.encode(try store.compare([1, 2])), as: UTF8.self)
            for key in ["data_fingerprint", "probability_of_chance", "\"started\" : \"2025-01-02T03:04:05Z\""] {
                #expect(text.contains(key))
            }
            let list = String(decoding: try RunStore.encoder.encode(try store.runs()), as: UTF8.self)
            #expect(list.contains("\"test_accuracy\" : 0.875"))
        }
    }
}

/// A clock that a test sets.
final class Clock: Sendable {
    private let time: Mutex<Date>
    init(_ time: Date) { self.time = Mutex(time) }
    var now: Date { time.withLock { $0 } }
    func advance(_ seconds: Double) { time.withLock { $0 += seconds } }
}
