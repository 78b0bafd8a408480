import Datasets
import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct FolderTests {
    @Test func foldersAreClasses() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("dog/b.jpg", "dog/a.jpg", "cat/deep/er/1.jpg", "cat/2.jpg", "Zebra/z.png")
            try folder.write("dog/.DS_Store", "hidden")
            try folder.write(".git/config", "hidden")
            try folder.writeImages(".thumbnails/t.jpg")
            let dataset = try Dataset.read(folder)
            #expect(dataset.classes == ["Zebra", "cat", "dog"])
            #expect(
                dataset.lines == [
                    "Zebra/z.png Zebra", "cat/2.jpg cat", "cat/deep/er/1.jpg cat", "dog/a.jpg dog", "dog/b.jpg dog",
                ])
            #expect(dataset.leftOut.isEmpty)
            #expect(dataset.problems.isEmpty)
            #expect(dataset.counts == [1, 2, 2])
            #expect(try Data(contentsOf: dataset.images[3].url) == Data(jpeg("dog/a.jpg")))
        }
    }

    @Test func otherFilesAreListedAndStopNothing() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("a/1.jpg", "b/1.jpg", "loose.jpg")
            try folder.write("a/notes.jpg", "only text, whatever it is called")
            try folder.write("a/paper.pdf", "%PDF-1.7")
            try folder.write("a/drawing.svg", "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>")
            try folder.write("b/all.zip", [0x50, 0x4B, 3, 4, 20])
            try folder.write("b/empty.png", [])
            try folder.write("b/noise", [7, 0, 200, 3])
            try folder.write("b/BM.txt", "BM is how this sentence begins, and also a bitmap.")
            try folder.write("readme.txt", "hello")
            #expect(mkfifo(folder.appending(path: "b/pipe").path, 0o600) == 0)
            let dataset = try Dataset.read(folder)
            #expect(dataset.lines == ["a/1.jpg a", "b/1.jpg b"])
            #expect(
                dataset.leftOutLines == [
                    "a/drawing.svg is an SVG drawing, which is not read",
                    "a/notes.jpg is text, which is not read",
                    "a/paper.pdf is a PDF document, which is not read",
                    "b/BM.txt is text, which is not read",
                    "b/all.zip is a ZIP archive, which is not read",
                    "b/empty.png is an empty file",
                    "b/noise is a file of an unknown kind, which is not read",
                    "b/pipe is a pipe or a device, not a file",
                    "loose.jpg lies in no class folder",
                    "readme.txt is text, which is not read",
                ])
        }
    }

    /// The first bytes of each format, from its specification.
    @Test func formatsAreToldByTheirFirstBytes() {
        func kind(_ bytes: [UInt8]) -> FileKind { FileKind(firstBytes: bytes) }
        func text(_ text: String) -> [UInt8] { Array(text.utf8) }
        #expect(kind([0xFF, 0xD8, 0xFF, 0xDB]) == .image(.jpeg))
        #expect(kind([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) == .image(.png))
        #expect(kind(text("RIFF") + [1, 2, 3, 4] + text("WEBPVP8 ")) == .image(.webp))
        #expect(kind(text("RIFF") + [1, 2, 3, 4] + text("WAVE")) == .other("a file of an unknown kind"))
        #expect(kind(text("GIF89a")) == .image(.gif))
        #expect(kind(text("BM") + [UInt8](repeating: 9, count: 12) + [40, 0, 0, 0]) == .image(.bmp))
        #expect(kind([0x49, 0x49, 0x2A, 0]) == .image(.tiff))
        #expect(kind([0x4D, 0x4D, 0, 0x2A]) == .image(.tiff))
        #expect(kind([0, 0, 0, 24] + text("ftypheic")) == .image(.heic))
        #expect(kind([0, 0, 0, 24] + text("ftypmif1") + [0, 0, 0, 0] + text("mif1heic")) == .image(.heic))
        #expect(kind([0, 0, 0, 24] + text("ftypavif")) == .image(.avif))
        #expect(kind([0, 0, 0, 24] + text("ftypisom")) == .other("a video"))
        #expect(kind([]) == .empty)
        #expect(kind([0x89]) == .other("a file of an unknown kind"))
        // A longer text whose first part ends within "é" (C3 A9) is still text; a file that ends there is not.
        #expect(kind(text(String(repeating: "e", count: 511)) + [0xC3, 0xA9]) == .other("text"))
        #expect(kind(text("caf") + [0xC3]) == .other("a file of an unknown kind"))
    }

    /// What passes for an image here is what `Imaging` reads, and nothing else.
    @Test(.enabled(if: Fixtures.photos != nil))
    func imagingAgrees() throws {
        let folder = try #require(Fixtures.photos).appending(path: "odd-images")
        var seen: [Bool: Int] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted() {
            guard let bytes = try? Data(contentsOf: folder.appending(path: path)) else { continue }
            let isKnown: Bool
            do {
                _ = try ImageHeader.read(bytes)
                isKnown = true
            } catch let error as ImagingError {
                if case .unsupportedFormat = error { isKnown = false } else { isKnown = error != .notAnImage }
            }
            let kind = FileKind(firstBytes: bytes)
            // Apple's variant of PNG begins like any PNG; only `Imaging`, which reads further, refuses it.
            if path.contains("iphone_") { continue }
            if case .image = kind { #expect(isKnown, "\(path)") } else { #expect(!isKnown, "\(path): \(kind.noun)") }
            seen[isKnown, default: 0] += 1
        }
        #expect(seen[true] ?? 0 > 40 && seen[false] ?? 0 > 0)
        #expect(FileKind.Format.allCases.map { $0.rawValue.lowercased() } == ImageFormat.allCases.map(\.rawValue))
    }

    @Test func splitFoldersAreParts() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages(
                "Train/a/1.jpg", "Train/b/1.jpg", "val/a/2.jpg", "valid/b/2.jpg", "test/a/3.jpg", "test/b/3.jpg",
                "test/odd.jpg")
            try folder.write("LICENSE", "text")
            let dataset = try Dataset.read(folder)
            #expect(dataset.classes == ["a", "b"])
            #expect(
                dataset.images.map { "\($0.path) \($0.part?.rawValue ?? "-")" } == [
                    "Train/a/1.jpg train", "Train/b/1.jpg train", "test/a/3.jpg test", "test/b/3.jpg test",
                    "val/a/2.jpg validation", "valid/b/2.jpg validation",
                ])
            #expect(
                dataset.leftOutLines == [
                    "LICENSE is text, which is not read", "test/odd.jpg lies in no class folder",
                ])
            try dataset.requireTrainable()
        }
    }

    /// A class may be called train: only folders that are all parts make a split data set.
    @Test func aClassMayBeCalledTrain() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("train/1.jpg", "bus/1.jpg", "car/1.jpg")
            let dataset = try Dataset.read(folder)
            #expect(dataset.classes == ["bus", "car", "train"])
            #expect(dataset.images.allSatisfy { $0.part == nil })
        }
    }

    @Test func linksAreNotFollowedUnlessAskedAndNeverOut() async throws {
        try await withTemporaryFolder { outer in
            let folder = try outer.makeFolder("set")
            try outer.writeImages("secret/s.jpg", "secret.jpg")
            try folder.writeImages("a/1.jpg", "b/1.jpg", "b/more/2.jpg")
            try folder.link("a/inside.jpg", to: "../b/1.jpg")
            try folder.link("a/out.jpg", to: "../../secret.jpg")
            try folder.link("a/absolute.jpg", to: outer.appending(path: "secret.jpg").path)
            try folder.link("a/nowhere.jpg", to: "missing.jpg")
            try folder.link("a/outfolder", to: "../../secret")
            try folder.link("a/infolder", to: "../b/more")
            try folder.link("b/up", to: "..")
            try folder.link("c", to: "../secret")
            try folder.link("d", to: "b/more")

            let strict = try Dataset.read(folder)
            #expect(strict.lines == ["a/1.jpg a", "b/1.jpg b", "b/more/2.jpg b"])
            let inside = "is a symbolic link, and links are not followed"
            let outside = "is a symbolic link that leads out of the data set"
            #expect(
                strict.leftOutLines == [
                    "a/absolute.jpg \(outside)", "a/infolder \(inside)", "a/inside.jpg \(inside)",
                    "a/nowhere.jpg is a symbolic link that leads nowhere", "a/out.jpg \(outside)",
                    "a/outfolder \(outside)", "b/up \(inside)", "c \(outside)", "d \(inside)",
                ])

            let lenient = try Dataset.read(folder, options: .init(followsSymbolicLinks: true))
            #expect(
                lenient.lines == [
                    "a/1.jpg a", "a/infolder/2.jpg a", "a/inside.jpg a", "b/1.jpg b", "b/more/2.jpg b", "d/2.jpg d",
                ])
            #expect(
                lenient.leftOutLines == [
                    "a/absolute.jpg \(outside)", "a/nowhere.jpg is a symbolic link that leads nowhere",
                    "a/out.jpg \(outside)", "a/outfolder \(outside)",
                    "b/up is a symbolic link to a folder that holds it", "c \(outside)",
                ])

            // The data set itself may be reached through a link.
            try outer.link("alias", to: "set")
            #expect(try Dataset.read(outer.appending(path: "alias")).lines == strict.lines)
        }
    }

    @Test func namesAreComparedInUnicodesComposedForm() async throws {
        try await withTemporaryFolder { folder in
            let composed = "caf\u{E9}"
            let decomposed = "cafe\u{301}"
            try folder.writeImages("\(composed)/1.jpg", "\(decomposed)/2.jpg", "Dog/1.jpg", "dog/2.jpg", "dog /3.jpg")
            let dataset = try Dataset.read(folder)
            let names = ["Dog", composed, "dog", "dog "]
            #expect(dataset.classes == names)
            #expect(dataset.classes.map(\.utf8.count) == names.map(\.utf8.count))
            #expect(dataset.counts == [1, 2, 1, 1])
            // Both files can be read, although their paths are spelt differently.
            #expect(dataset.hashingContents().leftOut.isEmpty)
            #expect(
                dataset.problems.map(\.message) == [
                    "2 folders are called 'café', with letters that Unicode writes in more than one way, so their images "
                        + "count as one class.",
                    "The classes 'Dog', 'dog' and 'dog ' differ in capitals or spaces only.",
                ])
            #expect(dataset.problems.allSatisfy { $0.kind == .similarClassNames })
        }
    }

    @Test func namesThatAreNotUTF8AreListed() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("a/1.jpg", "b/1.jpg")
            // "é" in ISO 8859-1.
            let path = Array(folder.appending(path: "a").path.utf8) + [UInt8(ascii: "/"), 0xE9, 0]
            let file = path.withUnsafeBufferPointer { bytes in
                bytes.withMemoryRebound(to: CChar.self) { $0.baseAddress.map { fopen($0, "w") } ?? nil }
            }
            // Some systems (macOS) refuse such names.
            guard let file else { return }
            fclose(file)
            #expect(try Dataset.read(folder).leftOutLines == ["a/\u{FFFD} has a name that is not UTF-8"])
        }
    }

    @Test func nothingIsChanged() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("a/1.jpg", "a/2.jpg", "a/3.jpg", "b/1.jpg", "b/2.jpg")
            try folder.write("a/notes.txt", "text")
            try folder.write(".ocelot/labels.tsv", "a/1.jpg\tEXCLUDE\tme\t2024-05-01\n")
            let before = try folder.everything()
            let dataset = try Dataset.read(folder).hashingContents()
            _ = try dataset.split()
            _ = dataset.allProblems()
            #expect(try folder.everything() == before)
        }
    }

    @Test(.enabled(if: Fixtures.photos != nil))
    func realPhotos() throws {
        let photos = try #require(Fixtures.photos)
        let dataset = try Dataset.read(photos.appending(path: "fashion-texture"))
        // The README of the photo sets: dotted 163, leopard 153, striped 241.
        #expect(dataset.classes == ["dotted", "leopard", "striped"])
        #expect(dataset.counts == [163, 153, 241])
        #expect(dataset.leftOut.isEmpty)
        try dataset.requireTrainable()
        // The URL lists beside the photo sets hold no image but one.
        #expect(
            throws: DatasetError.imagesWithoutClass(
                path: photos.appending(path: "fashion-texture-urls").relativePath, count: 1)
        ) { try Dataset.read(photos.appending(path: "fashion-texture-urls")) }
    }
}
