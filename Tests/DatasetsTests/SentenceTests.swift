// Every error of a data set, its whole sentence.

import Datasets
import Foundation
import Labels
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct SentenceTests {
    /// What reading and, if that succeeds, `requireTrainable` say, with the test's own folder cut out.
    private func sentence(
        _ folder: URL, _ path: String, table: String? = nil, labels: LabelCount? = nil
    ) throws -> String {
        if let table { try folder.write(path, table) }
        do {
            try Dataset.read(folder.appending(path: path), options: .init(labels: labels)).requireTrainable()
            return "no error"
        } catch let error as DatasetError {
            return "\(error)".replacingOccurrences(of: folder.path + "/", with: "")
        }
    }

    @Test func missingFolder() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("photos/fashion/a/1.jpg")
            try folder.write("photos/labels.csv", "path,label\n")
            #expect(
                try sentence(folder, "photos/fashon")
                    == "There is no data set at 'photos/fashon'. Did you mean 'photos/fashion'?")
            #expect(
                try sentence(folder, "phtos/fashion")
                    == "There is no data set at 'phtos/fashion'. Did you mean 'photos/fashion'?")
            #expect(
                try sentence(folder, "phtos/else") == "There is no data set at 'phtos/else'. Did you mean 'photos'?")
            #expect(
                try sentence(folder, "photos/label.csv")
                    == "There is no data set at 'photos/label.csv'. Did you mean 'photos/labels.csv'?")
            #expect(
                try sentence(folder, "entirely/else")
                    == "There is no data set at 'entirely/else'. Give a folder with one folder of images for each class, or "
                    + "a table (.csv or .tsv) with the columns path and label.")
        }
    }

    @Test func emptyFolder() async throws {
        try await withTemporaryFolder { folder in
            try folder.write("photos/.hidden", "")
            #expect(
                try sentence(folder, "photos")
                    == "The folder 'photos' is empty. Put one folder of images for each class into it.")
        }
    }

    @Test func filesWhereFoldersAreExpected() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("cat.jpg")
            try folder.write("photos.zip", [0x50, 0x4B, 3, 4])
            try folder.write("list.txt", "cat.jpg cat")
            let rest =
                "not a data set. Give a folder with one folder of images for each class, or a table (.csv or .tsv) with "
                + "the columns path and label."
            #expect(try sentence(folder, "cat.jpg") == "'cat.jpg' is a JPEG image, " + rest)
            #expect(try sentence(folder, "list.txt") == "'list.txt' is text, " + rest)
            #expect(
                try sentence(folder, "photos.zip")
                    == "'photos.zip' is a ZIP archive, not a folder. Unpack it, and give the folder.")
        }
    }

    @Test func imagesWithoutClasses() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("photos/1.jpg", "photos/2.jpg", "split/train/1.jpg", "split/test/a/1.jpg")
            let rest =
                "and no folders, so nothing says what they show. Move each into a folder named after its class, or list "
                + "them in a table (.csv or .tsv) with the columns path and label."
            #expect(try sentence(folder, "photos") == "'photos' holds 2 images " + rest)
            #expect(try sentence(folder, "split") == "'split/train' holds 1 image " + rest)
        }
    }

    @Test func noImages() async throws {
        try await withTemporaryFolder { folder in
            try folder.write("photos/cat/1.txt", "text")
            try folder.write("photos/dog/2.txt", "text")
            _ = try folder.makeFolder("classes/cat")
            let rest = ". Images are files in the formats JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC and AVIF."
            #expect(
                try sentence(folder, "photos")
                    == "'photos' holds no image that can be read ('cat/1.txt' is text, which is not read; 2 files in all "
                    + "are left out)" + rest)
            #expect(try sentence(folder, "classes") == "'classes' holds no image that can be read" + rest)
        }
    }

    @Test func onlyOneClass() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("photos/cat/1.jpg", "photos/cat/2.jpg", "outer/inner/a/1.jpg", "outer/inner/b/1.jpg")
            #expect(
                try sentence(folder, "photos")
                    == "'photos' has only one class, 'cat'. Training needs at least two: add a folder of images that show "
                    + "something else.")
            #expect(
                try sentence(folder, "outer")
                    == "'outer' has only one class, 'inner'. The classes seem to lie further down: give 'outer/inner' "
                    + "instead.")
        }
    }

    @Test func tooFewImages() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("photos/cat/1.jpg", "photos/dog/1.jpg", "photos/dog/2.jpg")
            try folder.write("photos/elk/1.jpg", "text")
            try folder.write("photos/dog/3.jpg", "text")
            #expect(
                try sentence(folder, "photos")
                    == "Training needs at least 2 usable images of each class, and 'photos' has too few of 'cat' (1) and "
                    + "'elk' (0) ('elk/1.jpg' is text, which is not read). Add images, or remove the class.")
        }
    }

    @Test func partsWithoutAClass() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("photos/train/a/1.jpg", "photos/train/a/2.jpg", "photos/train/b/1.jpg")
            try folder.writeImages("photos/train/b/2.jpg", "photos/test/a/3.jpg", "photos/val/b/3.jpg")
            #expect(
                try sentence(folder, "photos")
                    == "The test part of 'photos' has no usable image of 'b'. Each class needs images in the train part and "
                    + "in the test part: add some, or let the images be split by lot.")
        }
    }

    @Test func unreadableFolders() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages(
                "photos/a/1.jpg", "photos/a/2.jpg", "photos/b/1.jpg", "photos/b/locked/2.jpg", "photos/b/3.jpg")
            func lock(_ path: String, _ mode: Int) throws {
                try FileManager.default.setAttributes(
                    [.posixPermissions: mode], ofItemAtPath: folder.appending(path: path).path)
            }
            try lock("", 0o755)
            try lock("photos/b/locked", 0)
            try lock("photos/b/3.jpg", 0)
            try asNobody { () throws in
                #expect(
                    try Dataset.read(folder.appending(path: "photos")).leftOutLines == [
                        "b/3.jpg cannot be opened: permission denied", "b/locked cannot be opened: permission denied",
                    ])
            }
            try lock("photos", 0)
            try asNobody { () throws in
                #expect(
                    try sentence(folder, "photos")
                        == "'photos' cannot be read: permission denied. Allow your user to read it, or copy it to where you "
                        + "may.")
            }
            try lock("photos", 0o755)
            try lock("photos/b/locked", 0o755)
        }
    }

    /// Runs `body` without the privileges of root, which no permission stops.
    ///
    /// Only this thread is changed.
    private func asNobody(_ body: () throws -> Void) throws {
        #if canImport(Glibc)
            let user = geteuid()
            guard user == 0 else { return try body() }
            // The C header of setfsuid(2) is not among those that Swift imports.
            typealias SetUser = @convention(c) (uid_t) -> Int32
            let setUser = unsafeBitCast(try #require(dlsym(nil, "setfsuid")), to: SetUser.self)
            _ = setUser(65534)
            defer { _ = setUser(user) }
        #endif
        try body()
    }

    @Test func severalLabels() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("1.jpg", "2.jpg", "3.jpg")
            #expect(
                try sentence(folder, "t.csv", table: "path,label\n1.jpg,cat|dog\n2.jpg,cat\n3.jpg,dog\n", labels: .one)
                    == "'1.jpg' has the labels 'cat' and 'dog'. Here each image must have exactly one: keep one, leave the "
                    + "image out, or train a model of several labels an image (--labels many).")
            #expect(
                try sentence(
                    folder, "t.csv", table: "path,label\n1.jpg,cat|dog\n2.jpg,dog|elk|cat\n3.jpg,dog\n", labels: .one)
                    == "'1.jpg' has the labels 'cat' and 'dog'; 2 images have more than one. Here each image must have "
                    + "exactly one: keep one, leave the image out, or train a model of several labels an image (--labels "
                    + "many).")
            #expect(
                try sentence(folder, "t.csv", table: "path,label\n1.jpg,cat|dog\n2.jpg,cat\n3.jpg,dog\n")
                    == "Each label needs at least 2 images that have it and 2 without it, and in 't.csv' 2 have 'cat' and "
                    + "1 has it not. Add images, or remove the label.")
            #expect(
                try sentence(folder, "t.csv", table: "path,label\n1.jpg,\n2.jpg,\n", labels: .many)
                    == "No image of 't.csv' has a label. Write labels into the column label, several separated by '|'.")
        }
    }

    @Test func otherClasses() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("kat/1.jpg", "dog/1.jpg", "elk/1.jpg")
            let dataset = try Dataset.read(folder)
            let error = #expect(throws: DatasetError.self) { try dataset.matching(classes: ["dog", "cat"]) }
            #expect(
                error?.description
                    == "The classes of '\(folder.path)' are not the model's: the model does not know 'elk' and 'kat' (did "
                    + "you mean 'cat'?), and no image shows 'cat'. The model's classes are 'dog' and 'cat': rename the "
                    + "folders or labels to match them.")
            let ordered = try dataset.matching(classes: ["kat", "elk", "dog"])
            #expect(ordered.lines == dataset.lines)
            #expect(ordered.classes == ["kat", "elk", "dog"])
        }
    }

    @Test func tables() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("1.jpg", "2.jpg")
            func table(_ text: String, _ name: String = "t.csv") throws -> String {
                try sentence(folder, name, table: text)
            }
            let start = "The table 't.csv' cannot be used: "
            #expect(
                try table("") == start
                    + "it is empty. Its first line names the columns, path,label[,split][,group]; each "
                    + "further line is an image.")
            #expect(
                try table("path,label\n") == start
                    + "it has no line after the first, which names the columns. Each further line is an image.")
            #expect(
                try table("file,class\n1.jpg,a\n") == start
                    + "it has no columns 'path' and 'label'; its first line names 'file' and 'class'. Rename the columns, or "
                    + "add them; the columns split and group may be left out.")
            #expect(
                try table("path;label\n1.jpg;a\n") == start
                    + "it has no columns 'path' and 'label'; its first line names 'path;label'. Its values seem to be "
                    + "separated by ';': save it as .csv with commas, or as .tsv with tabs.")
            #expect(
                try table("path,class\n1.jpg,a\n") == start
                    + "it has no column 'label'; its first line names 'path' and 'class'. Rename the columns, or add them; "
                    + "the columns split and group may be left out.")
            #expect(
                try table("path,label,Label\n1.jpg,a,b\n") == start
                    + "its first line names the column 'label' twice. Rename or remove one.")
            #expect(
                try table("path,label\n1.jpg,a\n2.jpg,a,b\n") == start
                    + "line 3 has 3 values, and the first line names 2 columns. Put a value that holds the separator into "
                    + "quotation marks.")
            #expect(
                try table("path,label\n1.jpg,\"a\n") == start
                    + "the quotation mark in line 2 is never closed. Close it, or double each quotation mark that belongs to "
                    + "a value.")
            #expect(
                try table("path,label\n1.jpg,\"a\"b\n") == start
                    + "in line 2, text follows a closing quotation mark. Put the whole value into quotation marks, and "
                    + "double each that belongs to it.")
            #expect(
                try table("path,label,split\n1.jpg,a,learn\n") == start
                    + "line 2 has the split 'learn'. It must be train, validation (or val, valid) or test.")
            #expect(
                try table("path,label\n1.jpg,a\n./1.jpg,b\n") == start
                    + "it lists '1.jpg' twice with a different label: 'a' in line 2, 'b' in line 3. Remove one of the lines, "
                    + "or write 'a|b' if both are true.")
            #expect(
                try table("path,label,split\n1.jpg,a,train\n1.jpg,a,test\n") == start
                    + "it lists '1.jpg' twice with a different split: 'train' in line 2, 'test' in line 3. Remove one of the "
                    + "lines.")
            #expect(
                try table("path,label\nx.jpg,a\ny.jpg,b\n")
                    == "None of the 2 files that 't.csv' lists exists; the first would be 'x.jpg'. Paths count from the "
                    + "table's own folder.")
            try folder.write("t.csv", Array("path,label\n1.jpg,".utf8) + [0xE9])
            #expect(try sentence(folder, "t.csv") == start + "line 2 is not UTF-8. Save it with the encoding UTF-8.")
            try folder.write("t.csv", [0xFF, 0xFE, 0x70, 0])
            #expect(try sentence(folder, "t.csv") == start + "its encoding is UTF-16. Save it with the encoding UTF-8.")
        }
    }

    @Test func corrections() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("photos/a/1.jpg", "photos/b/1.jpg")
            #expect(try sentence(folder, "photos") != "no error")
            try folder.write("photos/.ocelot/labels.tsv", "a/1.jpg\tb\tme\t2024\na/1.jpg\n")
            #expect(
                try sentence(folder, "photos")
                    == "The table 'photos/.ocelot/labels.tsv' cannot be used: line 2, 'a/1.jpg', is not a correction. A line "
                    + "is a path, a label or EXCLUDE, who and when, with tabs between them.")
        }
    }
}
