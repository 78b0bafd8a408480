import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct ContentTests {
    /// FIPS 180-4's own example: https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values.
    @Test func hashesAreSHA256() throws {
        let hash = ContentHash(of: Array("abc".utf8))
        #expect(hash.description == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(ContentHash(hash.description.uppercased()) == hash)
        #expect(ContentHash("ba78") == nil)
        #expect(ContentHash(String(repeating: "g", count: 64)) == nil)
        let coded = try JSONEncoder().encode([hash])
        #expect(try JSONDecoder().decode([ContentHash].self, from: coded) == [hash])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([ContentHash].self, from: Data("[\"x\"]".utf8)) }
    }

    /// `printf 'a/1.jpg\ta\tSUM1\nb/1.jpg\tb\tSUM2\n' | sha256sum` with the sums of the files that `jpeg` writes.
    @Test func fingerprints() async throws {
        try await withTemporaryFolder { folder in
            try folder.write("b/1.jpg", jpeg("two"))
            try folder.write("a/1.jpg", jpeg("one"))
            let first = try Dataset.read(folder).hashingContents()
            #expect(first.fingerprint.description == "1d3a0384dbb094f2474635dcfdf89d73c5af6f96260e1dcf9cc4813c7264e16b")
            #expect(DataFingerprint(first.images.reversed(), classes: first.classes) == first.fingerprint)
            try folder.write("a/1.jpg", jpeg("other"))
            let changed = try Dataset.read(folder).hashingContents()
            #expect(changed.fingerprint != first.fingerprint)
            try folder.write("a/1.jpg", jpeg("one"))
            #expect(try Dataset.read(folder).hashingContents(threads: 1).fingerprint == first.fingerprint)
            try folder.write(".ocelot/labels.tsv", "a/1.jpg\tb\n")
            #expect(try Dataset.read(folder).hashingContents().fingerprint != first.fingerprint)
        }
    }

    @Test func filesThatVanishAreLeftOut() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("a/1.jpg", "a/2.jpg", "b/1.jpg")
            let dataset = try Dataset.read(folder)
            try FileManager.default.removeItem(at: folder.appending(path: "a/2.jpg"))
            let hashed = dataset.hashingContents()
            #expect(hashed.lines == ["a/1.jpg a", "b/1.jpg b"])
            #expect(hashed.leftOutLines == ["a/2.jpg cannot be read: it does not exist"])
            let without = hashed.leavingOut([LeftOutFile(path: "b/1.jpg", kind: .corrupt, reason: "ends too early")])
            #expect(without.lines == ["a/1.jpg a"])
            #expect(without.classes == ["a", "b"])
            #expect(without.leftOutLines.last == "b/1.jpg ends too early")
        }
    }

    @Test func equalFilesAreReported() async throws {
        try await withTemporaryFolder { folder in
            try folder.write("train/a/1.jpg", jpeg("x"))
            try folder.write("train/a/2.jpg", jpeg("x"))
            try folder.write("train/b/1.jpg", jpeg("y"))
            try folder.write("test/b/2.jpg", jpeg("y"))
            try folder.write("test/a/3.jpg", jpeg("z"))
            try folder.write("test/b/3.jpg", jpeg("z"))
            try folder.write("test/b/4.txt", "text")
            let problems = try Dataset.read(folder).hashingContents().allProblems()
            #expect(
                problems.map { "\($0.kind.rawValue): \($0.message) \($0.advice)" } == [
                    "leak: The files 'test/b/2.jpg' and 'train/b/1.jpg' are equal and lie in different parts, train and test. "
                        + "Keep one of them, or the measured accuracy will be too high.",
                    "conflicting_labels: The files 'test/a/3.jpg' and 'test/b/3.jpg' are equal and have different labels, 'a' "
                        + "and 'b'. Keep the one with the right label, and exclude the others.",
                    "few_images: 2 classes have fewer than 100 images: 'a' (3) and 'b' (3). From 100 images of each class on, "
                        + "results are dependable as a rule; add more if they are not.",
                    "exact_duplicates: The files 'train/a/1.jpg' and 'train/a/2.jpg' are equal. Keep one of them; they stay in "
                        + "the same part of a split in any case.",
                    "unsupported: 'test/b/4.txt' is left out: it is text, which is not read. Remove it, or save it as JPEG or "
                        + "PNG if it is a picture.",
                ])
        }
    }
}
