// Which photos a model was trained with, so that an evaluation can say when it is asked about them.

import Datasets
import Foundation
import Imaging
import Models

/// The photos of a training, known by the first half of the SHA-256 of their files.
struct SeenPhotos {
    /// The file of a package that lists them.
    static let fileName = "seen-photos.txt"

    private let halves: Set<Substring>

    /// The photos with these contents.
    init(_ contents: [ContentHash]) { halves = Set(contents.map { $0.description.prefix(32) }) }

    /// Reads the list of a package; empty for a package without one.
    init(of package: ModelPackage) throws {
        guard package.files[Self.fileName] != nil else {
            halves = []
            return
        }
        halves = Set(String(decoding: try package.contents(of: Self.fileName), as: UTF8.self).split(separator: "\n"))
    }

    /// The list as a file: a line a photo, sorted, so that equal trainings give equal files.
    var file: Data { Data((halves.sorted().joined(separator: "\n") + "\n").utf8) }

    /// Whether the file at `url` is one of them; false if it cannot be read.
    func contains(_ url: URL) -> Bool {
        guard !halves.isEmpty, let bytes = try? readImageFile(url) else { return false }
        return halves.contains(ContentHash(of: bytes).description.prefix(32))
    }
}
