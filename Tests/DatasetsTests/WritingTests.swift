// Data sets written as tables and folders, and read back; tables of other makers.

import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct WritingTests {
    @Test(arguments: ["csv", "tsv", "jsonl"])
    func tablesComeBack(format: String) async throws {
        try await withTemporaryFolder { folder in
            let table = #"""
                path,label,split,group,time
                "photos/a, b/1 ""x"".jpg",cat,train,anna,2024-05-01
                photos/ä/2.jpg,cat|dog,test,,
                photos/3.jpg,bird,train,bert,7
                """#
            try folder.writeImages("photos/a, b/1 \"x\".jpg", "photos/ä/2.jpg", "photos/3.jpg")
            let dataset = try Dataset.read(folder.write("first.csv", table))
            let file = folder.appending(path: "deep/er/second.\(format)")
            try dataset.writeTable(to: file)
            let again = try Dataset.read(file)
            #expect(
                again.images.map(\.url.standardizedFileURL.lastPathComponent)
                    == dataset.images.map(\.url.lastPathComponent))
            #expect(again.images.map { "\($0.path)" } == dataset.images.map { "../../\($0.path)" })
            #expect(again.classes == dataset.classes && again.images.map(\.labels) == dataset.images.map(\.labels))
            #expect(again.images.map(\.part) == dataset.images.map(\.part))
            #expect(again.images.map(\.group) == dataset.images.map(\.group))
            #expect(again.images.map(\.time) == dataset.images.map(\.time))
            #expect(again.hashingContents().images.count == 3)
        }
    }

    @Test func partsOfASplitAreWritten() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("p/a/1.jpg", "p/a/2.jpg", "p/a/3.jpg", "p/b/1.jpg")
            let dataset = try Dataset.read(folder.appending(path: "p"))
            let bytes = dataset.table(
                .csv, in: folder.appending(path: "p/a"), parts: [.train, .test, nil, .validation])
            #expect(
                String(decoding: bytes, as: UTF8.self)
                    == "path,label,split\n1.jpg,a,train\n2.jpg,a,test\n../b/1.jpg,b,validation\n")
        }
    }

    @Test func jsonLinesAreRead() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("1.jpg", "2.jpg", "3.jpg", "4.jpg")
            let dataset = try Dataset.read(
                folder.write(
                    "t.jsonl",
                    """
                    \u{FEFF}{"path": "1.jpg", "label": "cat", "width": 3, "boxes": [{"x": 1}]}

                    {"labels": ["dog", "cat"], "path": "2.jpg", "group": 7}\r
                    {"Path":"3.jpg","label":"dog|cat","group":null}
                    {"path": "4.jpg", "label": "cat", "exclude": true}
                    """))
            // The columns label and labels do not go together; the first line's wins for lines that have it.
            #expect(dataset.lines == ["1.jpg cat", "2.jpg cat|dog", "3.jpg cat|dog"])
            #expect(dataset.images.map(\.group) == [nil, "7", nil])
            #expect(dataset.leftOutLines == ["4.jpg is excluded in line 5 of the table"])
            func error(_ text: String) throws -> TableError? {
                let file = try folder.write("bad.jsonl", text)
                guard
                    case .table(_, let error) = #expect(
                        throws: DatasetError.self, performing: { try Dataset.read(file) })
                else { return nil }
                return error
            }
            #expect(try error("{\"path\": \"1.jpg\"}") == .missingColumns(["label"], found: ["path"]))
            #expect(try error("{\"path\": \"1.jpg\", \"label\": \"a\"}\n[1]") == .notAnObject(line: 2))
            #expect(try error("\n\n{\"path\"") == .notAnObject(line: 3))
            #expect(try error(" \n") == .empty)
            #expect(
                try error("{\"path\": \"1.jpg\", \"label\": \"a\", \"exclude\": \"maybe\"}")
                    == .unknownFlag(line: 1, "maybe"))
        }
    }

    /// The table of the recipes' annotation tool, as its `AnnotationWidget` writes it.
    @Test func annotationsOfTheRecipesAreRead() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("1.jpg", "2.jpg", "3.jpg")
            let dataset = try Dataset.read(
                folder.write(
                    "annotation.tsv",
                    "IM_FILENAME\tEXCLUDE\tLABELS\n1.jpg\tFalse\tcan,carton\n2.jpg\tTrue\tcan\n3.jpg\tFalse\tcan\n"))
            #expect(dataset.lines == ["1.jpg can|carton", "3.jpg can"])
            #expect(dataset.leftOutLines == ["2.jpg is excluded in line 3 of the table"])
        }
    }

    @Test func columnsAreChosenByName() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("1.jpg", "2.jpg")
            let file = try folder.write("t.csv", "shot,label,Person,path\n5,a,anna,1.jpg\n6,b,bert,2.jpg\n")
            let options = Dataset.ReadingOptions(groupColumn: "person", timeColumn: "Shot")
            let dataset = try Dataset.read(file, options: options)
            #expect(dataset.images.map(\.group) == ["anna", "bert"] && dataset.images.map(\.time) == ["5", "6"])
            #expect(
                throws: DatasetError.table(
                    path: file.relativePath,
                    .missingColumns(["place"], found: ["shot", "label", "person", "path"]))
            ) { try Dataset.read(file, options: .init(groupColumn: "place")) }
        }
    }

    @Test(arguments: [false, true])
    func foldersAreExportedWithCorrections(linking: Bool) async throws {
        try await withTemporaryFolder { folder in
            let photos = folder.appending(path: "photos")
            try photos.writeImages("cat/1.jpg", "cat/deep/1.jpg", "dog/1.jpg", "dog/2.jpg", "bird/1.jpg")
            try Overlay.append(
                [
                    .init(path: "dog/1.jpg", decision: .labels(["cat"])), .init(path: "dog/2.jpg", decision: .exclude),
                ], to: photos)
            let before = try photos.everything()
            let dataset = try Dataset.read(photos)
            let target = folder.appending(path: "clean")
            try dataset.export(to: target, linking: linking)
            #expect(
                try Dataset.read(target).lines == [
                    "bird/1.jpg bird", "cat/1-2.jpg cat", "cat/1.jpg cat", "cat/deep/1.jpg cat",
                ])
            #expect(
                try Data(contentsOf: target.appending(path: "cat/1-2.jpg"))
                    == Data(contentsOf: photos.appending(path: "dog/1.jpg")))
            #expect(try photos.everything() == before)
            // Nothing is written over, and nothing half-made is left.
            #expect(throws: DatasetExportError.exists(path: target.relativePath)) { try dataset.export(to: target) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["clean", "photos"])
        }
    }

    @Test func foldersThatCannotBeAreRefused() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("1.jpg", "2.jpg")
            let target = folder.appending(path: "out")
            let slash = try Dataset.read(folder.write("t.csv", "path,label\n1.jpg,a/b\n2.jpg,c\n"))
            #expect(throws: DatasetExportError.noFolderName("a/b")) { try slash.export(to: target) }
            let several = try Dataset.read(folder.write("t.csv", "path,label\n1.jpg,a|b\n2.jpg,b\n"))
            #expect(throws: DatasetExportError.severalLabels(path: "1.jpg", labels: ["a", "b"])) {
                try several.export(to: target)
            }
            #expect(throws: DatasetExportError.unknownFormat(path: folder.appending(path: "x.txt").relativePath)) {
                try several.writeTable(to: folder.appending(path: "x.txt"))
            }
            #expect(!FileManager.default.fileExists(atPath: target.path))
        }
    }
}
