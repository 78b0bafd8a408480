import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct TableTests {
    private func values(_ text: String, _ separator: Character = ",") throws -> [[String]] {
        let table = try DelimitedTable(Array(text.utf8), separator: separator.asciiValue ?? 0)
        return [table.columns] + table.rows.map(\.values)
    }

    /// The seven rules of section 2 of RFC 4180, with its own examples, and what programs write besides.
    @Test func valuesFollowTheStandard() throws {
        let plain = [["aaa", "bbb", "ccc"], ["zzz", "yyy", "xxx"]]
        #expect(try values("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n") == plain)
        #expect(try values("aaa,bbb,ccc\r\nzzz,yyy,xxx") == plain)
        #expect(try values("\"aaa\",\"bbb\",\"ccc\"\r\nzzz,yyy,xxx") == plain)
        #expect(try values("aaa,bbb,ccc\r\n\"zzz\",\"y\r\nyy\",xxx") == [plain[0], ["zzz", "y\r\nyy", "xxx"]])
        #expect(try values("aaa,bbb,ccc\n\"a\"\"aa\",\"b,b\",\"\"") == [plain[0], ["a\"aa", "b,b", ""]])
        #expect(try values("aaa,bbb,ccc\n z z ,, \n") == [plain[0], [" z z ", "", " "]])
        // Lines ended by LF or CR, empty lines, a byte order mark, columns in capitals and with spaces, quotation marks
        // within a value that is not quoted.
        #expect(try values("aaa,bbb,ccc\nzzz,yyy,xxx\n") == plain)
        #expect(try values("aaa,bbb,ccc\rzzz,yyy,xxx\r") == plain)
        #expect(try values("\u{FEFF}AAA, Bbb ,ccc\n\n\r\nzzz,yyy,xxx\n\n") == plain)
        #expect(try values("aaa\n5\" nail\n") == [["aaa"], ["5\" nail"]])
        #expect(try values("a\tb\n1,5\t\"2\t3\"\n", "\t") == [["a", "b"], ["1,5", "2\t3"]])
    }

    @Test func linesAreCountedAcrossQuotedBreaks() throws {
        let table = try DelimitedTable(Array("a,b\r\n\"1\r\n2\n3\",x\r\n\r\n4,y\n".utf8), separator: 0x2C)
        #expect(table.rows.map(\.line) == [2, 6])
        #expect(throws: TableError.fieldCount(line: 4, expected: 2, found: 1)) {
            try DelimitedTable(Array("a,b\n\"1\n2\",x\n4\n".utf8), separator: 0x2C)
        }
    }

    /// Whatever is written by the rule that quotes every value is read back.
    @Test func quotedValuesComeBack() throws {
        let letters: [Character] = ["a", "\"", ",", "\n", "\r", " ", "é", "\t"]
        for seed in 0..<200 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let rows = (0..<3).map { _ in
                (0..<2).map { _ in
                    "x" + String((0..<generator.index(below: 6)).map { _ in generator.element(of: letters) })
                }
            }
            let text = rows.map { row in
                row.map { "\"" + $0.replacingOccurrences(of: "\"", with: "\"\"") + "\"" }.joined(separator: ",")
            }.joined(separator: "\r\n")
            let table = try DelimitedTable(Array(("p,q\n" + text).utf8), separator: 0x2C)
            #expect(
                table.rows.map { $0.values.map { Array($0.utf8) } } == rows.map { $0.map { Array($0.utf8) } },
                "seed \(seed)")
        }
    }

    /// No bytes crash the reader.
    @Test func anyBytesAreReadOrRefused() {
        let alphabet = Array("a,\"\n\r\t".utf8) + [0, 0xC3, 0xA9, 0xFF, 0xEF, 0xBB, 0xBF]
        var read = 0
        for seed in 0..<2_000 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let bytes = (0..<generator.index(below: 24)).map { _ in generator.element(of: alphabet) }
            if let table = try? DelimitedTable(bytes, separator: 0x2C) {
                read += 1
                #expect(table.rows.allSatisfy { $0.values.count == table.columns.count }, "seed \(seed)")
            }
        }
        #expect(read > 0 && read < 2_000)
    }

    @Test func aTableNamesImages() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("img/1.jpg", "img/2, two.jpg", "img/3.jpg", "img/4.jpg", "set/5.jpg", "img/6.jpg")
            try folder.write("img/text.jpg", "text")
            let table = #"""
                \#u{FEFF}Path,Label,Split,Group,Comment
                ../img/1.jpg,dog,train,anna,
                "../img/2, two.jpg", cat ,TEST,,"said ""yes"""
                ../img/3.jpg,cat|dog|cat,val,anna,
                ../img/./x/../4.jpg,cat,train,,
                5.jpg,dog,test,bert,
                ../img/gone.jpg,dog,train,,
                ../img/text.jpg,dog,train,,
                ../img/6.jpg,,train,,
                \#(folder.path)/img/6.jpg,cat,,,
                ../img/1.jpg,dog,train,anna,again
                """#
            let dataset = try Dataset.read(
                folder.write("set/table.csv", table.replacingOccurrences(of: "\n", with: "\r\n")))
            #expect(dataset.classes == ["cat", "dog"])
            #expect(
                dataset.lines == [
                    "../img/1.jpg dog", "../img/2, two.jpg cat", "../img/3.jpg cat|dog", "../img/4.jpg cat",
                    "../img/6.jpg ", "5.jpg dog",
                ])
            #expect(dataset.images.map(\.part) == [.train, .test, .validation, .train, .train, .test])
            #expect(dataset.images.map(\.group) == ["anna", nil, "anna", nil, nil, "bert"])
            #expect(dataset.isMultiLabel)
            #expect(
                dataset.leftOutLines == [
                    "../img/gone.jpg is listed in line 7 and does not exist",
                    "../img/text.jpg is text, which is not read",
                    "\(folder.path)/img/6.jpg has no split in the table, and other lines have one",
                ])
            #expect(
                dataset.problems.map(\.message) == [
                    "'../img/1.jpg' is listed in line 2 and again in line 11, and counts once.",
                    "1 image, such as '../img/6.jpg', has no label and counts as showing none.",
                ])
            #expect(dataset.hashingContents().images.count == 6)
        }
    }

    @Test func tabsSeparateToo() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("1.jpg", "2.jpg")
            let dataset = try Dataset.read(folder.write("t.TSV", "label\tpath\na, b\t1.jpg\nc\t2.jpg\n"))
            #expect(dataset.lines == ["1.jpg a, b", "2.jpg c"])
        }
    }

    @Test func correctionsAreApplied() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages(
                "cat/1.jpg", "cat/2.jpg", "cat/3.jpg", "dog/1.jpg", "kat/1.jpg", "loose.jpg", "lost.jpg")
            try folder.write(
                ".ocelot/labels.tsv",
                """
                path\tlabel\twho\twhen
                cat/1.jpg\tEXCLUDE\tanna\t2024-05-01T10:00:00Z
                cat/2.jpg\tdog\tanna\t2024-05-01T10:00:05Z
                cat/2.jpg\tbird\tbert\t2024-05-02T09:00:00Z
                kat/1.jpg\tcat
                dog/1.jpg\tEXCLUDE
                dog/1.jpg\tdog|cat
                loose.jpg\tdog
                gone/1.jpg\tdog
                """)
            let dataset = try Dataset.read(folder)
            // The last line about an image counts; the class all of whose images became others is gone.
            #expect(dataset.classes == ["bird", "cat", "dog"])
            #expect(
                dataset.lines == [
                    "cat/2.jpg bird", "cat/3.jpg cat", "dog/1.jpg cat|dog", "kat/1.jpg cat", "loose.jpg dog",
                ])
            #expect(
                dataset.leftOutLines == [
                    "cat/1.jpg was excluded by anna on 2024-05-01T10:00:00Z", "lost.jpg lies in no class folder",
                ])
            #expect(
                dataset.problems.map(\.message) == [
                    ".ocelot/labels.tsv speaks of 1 image that the data set does not have, such as 'gone/1.jpg'."
                ])
        }
    }

    @Test func correctionsLieBesideATableToo() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("1.jpg", "2.jpg", "3.jpg")
            try folder.write(".ocelot/labels.tsv", "1.jpg\tEXCLUDE\n")
            let dataset = try Dataset.read(folder.write("t.csv", "path,label\n1.jpg,a\n2.jpg,a\n3.jpg,b\n"))
            #expect(dataset.lines == ["2.jpg a", "3.jpg b"])
            #expect(dataset.leftOutLines == ["1.jpg was excluded"])
        }
    }
}
