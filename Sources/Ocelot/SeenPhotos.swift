// Which photos a model was trained with, so that an evaluation can say when it is asked about them.

import Datasets
import Foundation
import Imaging
import Models

/// The photos of a training, known by the first half of the SHA-256 of their files, and by what they look like.
struct SeenPhotos {
    /// The file of a package that lists them.
    static let fileName = "seen-photos.txt"
    private let halves: Set<Substring>
    private let looks: HashIndex
    private let lines: [String]

    /// The photos with these contents, and the difference hashes of those whose looks are known.
    init(_ contents: [ContentHash], looks: [ContentHash: DifferenceHash] = [:]) {
        let lines = Set(contents).map { content in
            ([String(content.description.prefix(32))] + (looks[content].map { [$0.description] } ?? [])).joined(
                separator: " ")
        }
        self.init(lines: lines.sorted())
    }

    /// Reads the list of a package; empty for a package without one.
    init(of package: ModelPackage) throws {
        guard package.files[Self.fileName] != nil else {
            self.init(lines: [])
            return
        }
        let text = String(decoding: try package.contents(of: Self.fileName), as: UTF8.self)
        self.init(lines: text.split(separator: "\n").map(String.init))
    }

    private init(lines: [String]) {
        self.lines = lines
        halves = Set(lines.map { $0.prefix { $0 != " " } })
        let hashes = lines.compactMap { line in line.firstIndex(of: " ").map { String(line[line.index(after: $0)...]) }
        }
        looks = HashIndex(Set(hashes.compactMap { DifferenceHash($0) }.filter { $0.size == 16 }).map(\.self))
    }

    /// The list as a file: a line a photo, sorted, so that equal trainings give equal files.
    var file: Data { Data((lines.joined(separator: "\n") + "\n").utf8) }

    /// Whether the file at `url` is one of them; false if it cannot be read.
    func contains(_ url: URL) -> Bool {
        guard !halves.isEmpty, let bytes = try? readImageFile(url) else { return false }
        return halves.contains(ContentHash(of: bytes).description.prefix(32))
    }

    /// Which pictures of a data set look almost like one of them, or like its mirror image, by path; none where the package does
    /// not say what they look like.
    func nearPaths(in dataset: Dataset, threads: Int) async throws -> Set<String> {
        guard looks.count > 0 else { return [] }
        let survey = try await PictureSurvey.make(of: dataset, threads: threads)
        return Set(
            zip(survey.dataset.images, survey.measures).filter { _, measures in
                !measures.isPlain
                    && [measures.hash, measures.mirroredHash].contains {
                        !looks.neighbours(of: $0, within: NearDuplicates.hashDistance).isEmpty
                    }
            }.map(\.0.path))
    }
}
