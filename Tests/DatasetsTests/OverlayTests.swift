// Corrections: written by many at once, taken back, never lost.

import Datasets
import Foundation
import Labels
import TestSupport
import Testing

@Suite struct OverlayTests {
    /// 2024-05-01 10:00:00 UTC, by `date -u -d 2024-05-01T10:00:00Z +%s`.
    private let noon = Date(timeIntervalSince1970: 1_714_557_600)

    private func text(_ folder: URL) throws -> String {
        String(decoding: try Data(contentsOf: folder.appending(path: Overlay.relativePath)), as: UTF8.self)
    }

    @Test func decisionsAreAddedBehindOthers() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("cat/1.jpg", "cat/2.jpg", "cat/3.jpg", "dog/1.jpg")
            try Overlay.append(
                [
                    .init(path: "cat/1.jpg", decision: .exclude, who: "anna", at: noon),
                    .init(path: "cat/2.jpg", decision: .labels(["cat", "dog"]), who: "anna", at: noon),
                ], to: folder)
            try Overlay.append([.init(path: "dog/1.jpg", decision: .labels(["cat"]), at: noon)], to: folder)
            #expect(
                try text(folder) == """
                    path\tlabel\twho\twhen
                    cat/1.jpg\tEXCLUDE\tanna\t2024-05-01T10:00:00Z
                    cat/2.jpg\tcat|dog\tanna\t2024-05-01T10:00:00Z
                    dog/1.jpg\tcat\t\t2024-05-01T10:00:00Z

                    """)
            let dataset = try Dataset.read(folder)
            #expect(dataset.lines == ["cat/2.jpg cat|dog", "cat/3.jpg cat", "dog/1.jpg cat"])
            #expect(dataset.leftOutLines == ["cat/1.jpg was excluded by anna on 2024-05-01T10:00:00Z"])
        }
    }

    @Test func aFileWithoutColumnNamesOrLastLineFeedIsContinued() async throws {
        try await withTemporaryFolder { folder in
            try folder.write(Overlay.relativePath, "a.jpg\tcat")
            try Overlay.append([.init(path: "b.jpg", decision: .exclude, who: "b", at: noon)], to: folder)
            #expect(try text(folder) == "a.jpg\tcat\nb.jpg\tEXCLUDE\tb\t2024-05-01T10:00:00Z\n")
        }
    }

    @Test func whatIsTakenBackCountsNoLonger() async throws {
        try await withTemporaryFolder { folder in
            try Overlay.append(
                [
                    .init(path: "a", decision: .labels(["x"]), at: noon),
                    .init(path: "b", decision: .exclude, at: noon),
                    .init(path: "a", decision: .labels(["y"]), at: noon),
                ], to: folder)
            func standing() throws -> [String] {
                try Overlay.read(root: folder)?.standing.map { "\($0.path) \($0.decision.text)" } ?? []
            }
            #expect(try standing() == ["b EXCLUDE", "a y"])
            #expect(try Overlay.undo(path: "a", who: "c", at: noon, in: folder)?.decision == .labels(["y"]))
            #expect(try standing() == ["a x", "b EXCLUDE"])
            #expect(try Overlay.undo(path: "nowhere", who: "c", at: noon, in: folder) == nil)
            try Overlay.append([.init(path: "c", decision: .labels(["z"]), at: noon)], to: folder)
            #expect(try Overlay.undo(last: 2, who: "c", at: noon, in: folder).map(\.path) == ["c", "b"])
            #expect(try standing() == ["a x"])
            #expect(try Overlay.undo(last: 9, who: "c", at: noon, in: folder).map(\.path) == ["a"])
            #expect(try standing() == [])
            #expect(try Overlay.undo(last: 1, who: "c", at: noon, in: folder) == [])
            // Nothing was removed: four decisions, and four that take them back.
            #expect(try Overlay.read(root: folder)?.corrections.count == 8)
        }
    }

    /// Any paths and labels are read back as they were written.
    @Test func strangeNamesComeBack() async throws {
        let letters: [Character] = ["a", "\"", ",", "\n", "\r", " ", "é", "\t", "/", "#", "ß"]
        try await withTemporaryFolder { folder in
            for seed in 0..<30 as Range<UInt64> {
                var generator = SeededGenerator(seed: seed)
                func name() -> String {
                    "x" + String((0..<generator.index(below: 8)).map { _ in generator.element(of: letters) }) + "y"
                }
                let root = folder.appending(path: "\(seed)")
                let decisions = (0..<5).map { _ in
                    Overlay.Correction(path: name(), decision: .labels([name()]), who: name(), at: noon)
                }
                for decision in decisions { try Overlay.append([decision], to: root) }
                #expect(try Overlay.read(root: root)?.corrections == decisions, "seed \(seed)")
            }
        }
    }

    @Test func manyWritersLoseNothing() async throws {
        try await withTemporaryFolder { folder in
            try await withThrowingTaskGroup { group in
                for writer in 0..<8 {
                    group.addTask {
                        for number in 0..<12 {
                            try Overlay.append(
                                [.init(path: "\(writer)/\(number)", decision: .exclude, who: "\(writer)", at: noon)],
                                to: folder)
                        }
                    }
                }
                // A reader meanwhile finds whole files only.
                group.addTask {
                    for _ in 0..<50 {
                        let count = try Overlay.read(root: folder)?.corrections.count ?? 0
                        #expect(count <= 96)
                    }
                }
                try await group.waitForAll()
            }
            let written = try Overlay.read(root: folder)?.corrections ?? []
            #expect(Set(written.map(\.path)).count == 96 && written.count == 96)
            for writer in 0..<8 {
                #expect(written.filter { $0.who == "\(writer)" }.map(\.path) == (0..<12).map { "\(writer)/\($0)" })
            }
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: ".ocelot").path).sorted()
                    == ["labels.lock", "labels.tsv"])
        }
    }

    /// Where images may have several labels, one may be said to show none; where each has one, that leaves it out.
    @Test func noLabelIsADecisionToo() async throws {
        try await withTemporaryFolder { folder in
            for name in ["a", "b", "c"] { try folder.writeImages("\(name).jpg") }
            let several = try folder.write("several.csv", "path,label\na.jpg,x|y\nb.jpg,x\nc.jpg,y\n")
            let read = try Dataset.read(several)
            let (name, labels) = try #require(read.assignment("b.jpg="))
            #expect(labels.isEmpty)
            try Overlay.append([read.correction(name, .labels(labels), who: "anna", at: noon)], to: folder)
            #expect(try text(folder) == "path\tlabel\twho\twhen\nb.jpg\t\tanna\t2024-05-01T10:00:00Z\n")
            let mended = try Dataset.read(several)
            #expect(mended.lines == ["a.jpg x|y", "b.jpg ", "c.jpg y"])
            // Somebody has looked at it, so nobody is asked whether it was forgotten.
            #expect(mended.problems.isEmpty && mended.labelCount == .many)
            try Overlay.undo(last: 1, who: "anna", at: noon, in: folder)
            #expect(try Dataset.read(several).lines == ["a.jpg x|y", "b.jpg x", "c.jpg y"])
        }
        try await withTemporaryFolder { folder in
            try folder.writeImages("x/1.jpg", "y/1.jpg")
            #expect(throws: OverlayError.badLabel("")) {
                try Dataset.read(folder).correction("x/1.jpg", .labels([]), who: "anna")
            }
            try folder.write(Overlay.relativePath, "x/1.jpg\t\tanna\t2024-05-01\n")
            #expect(try Dataset.read(folder).leftOutLines == ["x/1.jpg was given no label, where each image has one"])
            #expect(try Dataset.read(folder, options: .init(labels: .many)).lines == ["x/1.jpg ", "y/1.jpg y"])
            try folder.write(Overlay.relativePath, "x/1.jpg\t\n")
            #expect(throws: DatasetError.self) { try Dataset.read(folder) }
        }
    }

    @Test func mistakesChangeNothing() async throws {
        try await withTemporaryFolder { folder in
            for label in ["", " ", "a|b", "EXCLUDE", "UNDO"] {
                #expect(throws: OverlayError.badLabel(label)) {
                    try Overlay.append([.init(path: "a", decision: .labels([label]))], to: folder)
                }
            }
            #expect(try Overlay.read(root: folder) == nil)

            // Lines added behind a quotation mark that is never closed would be swallowed by it.
            try folder.write(Overlay.relativePath, "\"a\tb\n")
            #expect(throws: DatasetError.self) {
                try Overlay.append([.init(path: "a", decision: .exclude)], to: folder)
            }
            #expect(try text(folder) == "\"a\tb\n")

            let linked = try folder.makeFolder("linked/.ocelot").deletingLastPathComponent()
            try folder.write("elsewhere.tsv", "")
            try linked.link(".ocelot/labels.tsv", to: "../../elsewhere.tsv")
            let error = #expect(throws: OverlayError.self) {
                try Overlay.append([.init(path: "a", decision: .exclude)], to: linked)
            }
            #expect(
                error?.description.hasSuffix("is not a plain file, so no corrections are written to it. Remove it.")
                    == true)
            #expect(try Data(contentsOf: folder.appending(path: "elsewhere.tsv")).isEmpty)

            try folder.write("file", "")
            let unwritable = #expect(throws: OverlayError.self) {
                try Overlay.append([.init(path: "a", decision: .exclude)], to: folder.appending(path: "file"))
            }
            guard case .unwritable = unwritable else { Issue.record("\(String(describing: unwritable))"); return }
        }
    }
}
