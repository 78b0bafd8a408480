// A data set: images, each with its label, and the files that are none.

public import Foundation
public import Labels

/// Images with their labels, in an order that depends only on their names.
public struct Dataset: Sendable {
    /// The folder or table that was read, as it was given.
    public let location: URL
    /// The folder from which paths count.
    public let root: URL
    /// The names of the classes, sorted.
    public let classes: [String]
    /// The images, sorted by path.
    public private(set) var images: [LabelledImage]
    /// The files that are not used, sorted by path.
    public private(set) var leftOut: [LeftOutFile]
    /// How many labels an image may have.
    public let labelCount: LabelCount
    /// What a person should know about it, as far as its reading has shown.
    public private(set) var problems: [Problem]

    /// Makes a data set out of images whose labels are indices into `classes`.
    ///
    /// How many labels an image may have is seen from the images, unless `labelCount` says it.
    public init(
        location: URL, root: URL, classes: [String], images: [LabelledImage], leftOut: [LeftOutFile] = [],
        problems: [Problem] = [], labelCount: LabelCount? = nil
    ) {
        self.labelCount = labelCount ?? (images.allSatisfy { $0.labels.count == 1 } ? .one : .many)
        self.location = location
        self.root = root
        self.classes = classes
        self.images = images.sorted { isOrdered($0.path, $1.path) }
        self.leftOut = leftOut.sorted { isOrdered($0.path, $1.path) }
        self.problems = problems
    }

    /// Whether an image may have any number of labels.
    public var isMultiLabel: Bool { labelCount == .many }

    /// How many images each class has, in the order of the classes.
    public var counts: [Int] {
        images.reduce(into: [Int](repeating: 0, count: classes.count)) { counts, image in
            for label in image.labels { counts[label] += 1 }
        }
    }

    /// The fingerprint of paths, labels and contents, all of which must be known.
    public var fingerprint: DataFingerprint { DataFingerprint(images, classes: classes) }

    /// The same without some of its images, such as those that turned out to be damaged.
    ///
    /// The classes stay as they are, also those that lose their last image; `requireTrainable` names them.
    public func leavingOut(_ files: [LeftOutFile]) -> Dataset {
        let paths = Set(files.map(\.path))
        return Dataset(
            location: location, root: root, classes: classes, images: images.filter { !paths.contains($0.path) },
            leftOut: leftOut + files, problems: problems, labelCount: labelCount)
    }

    /// The same with what each file holds, one hash an image in their order.
    public func with(contents: [ContentHash]) -> Dataset {
        precondition(contents.count == images.count, "a data set needs one content hash for each of its images")
        var copy = self
        for index in images.indices { copy.images[index].content = contents[index] }
        return copy
    }

    /// Reads every file to learn what it holds, `threads` at a time; files that cannot be read are left out.
    public func hashingContents(threads: Int = ProcessInfo.processInfo.activeProcessorCount) -> Dataset {
        let results = inParallel(images.count, threads: threads) { index in
            Result { try ContentHash(of: FileSystem.contents(of: images[index].url.path)) }
        }
        var kept: [LabelledImage] = []
        var failed: [LeftOutFile] = []
        for (image, result) in zip(images, results) {
            switch result {
            case .success(let content):
                kept.append(image)
                kept[kept.count - 1].content = content
            case .failure(let error):
                failed.append(LeftOutFile(path: image.path, kind: .unreadable, reason: "cannot be read: \(error)"))
            }
        }
        return Dataset(
            location: location, root: root, classes: classes, images: kept, leftOut: leftOut + failed,
            problems: problems, labelCount: labelCount)
    }

    /// Checks what training a classifier needs: two classes, two usable images of each, one label an image, and, where the
    /// data set itself says what is for training and what for testing, each class in both.
    ///
    /// Where images may have several labels: two usable images with each label and two without it, and one of each in the
    /// parts.
    public func requireTrainable() throws {
        let shown = location.relativePath
        guard !images.isEmpty else { throw DatasetError.noImages(path: shown, leftOut: leftOut) }
        guard labelCount == .one else { return try requireTrainableLabels() }
        try requireOneLabel()
        guard classes.count > 1 else {
            throw DatasetError.onlyOneClass(path: shown, name: classes[0], inner: innerDataset(of: classes[0]))
        }
        let scarce = zip(classes, counts).filter { $0.1 < 2 }
        guard scarce.isEmpty else {
            let names = Set(scarce.map(\.0))
            throw DatasetError.tooFewImages(
                path: shown, counts: Dictionary(uniqueKeysWithValues: scarce),
                leftOut: leftOut.filter { file in names.contains { file.path.split(separator: "/").contains($0[...]) } }
            )
        }
        guard let given = Split.given(images) else { return }
        for (part, indices) in [(Part.train, given.train), (.test, given.test)] where !indices.isEmpty || part == .train
        {
            let present = Set(indices.map { images[$0].label })
            let missing = classes.indices.filter { !present.contains($0) }.map { classes[$0] }
            guard missing.isEmpty else { throw DatasetError.missingFromPart(path: shown, part: part, classes: missing) }
        }
    }

    /// The same with the classes of a model, in the model's order; an error that says how they differ if they do.
    public func matching(classes known: [String]) throws -> Dataset {
        let unknown = classes.filter { !known.contains($0) }
        // Where images may have several labels, a few of them need not show all.
        let missing = isMultiLabel ? [] : known.filter { !classes.contains($0) }
        guard unknown.isEmpty && missing.isEmpty else {
            throw DatasetError.otherClasses(
                path: location.relativePath, unknown: unknown, missing: missing, known: known)
        }
        let position = Dictionary(uniqueKeysWithValues: zip(known, known.indices))
        let images = images.map { image in
            var image = image
            image.labels = image.labels.compactMap { position[classes[$0]] }.sorted()
            return image
        }
        return Dataset(
            location: location, root: root, classes: known, images: images, leftOut: leftOut, problems: problems,
            labelCount: labelCount)
    }

    /// The only class's folder, if the images lie in several folders of it, which are probably the classes meant.
    private func innerDataset(of name: String) -> String? {
        let folders = Set(
            images.compactMap { image -> String? in
                let parts = image.path.split(separator: "/")
                return parts.count > 2 && parts[0] == name ? String(parts[1]) : nil
            })
        return folders.count > 1 ? location.appending(path: name).relativePath : nil
    }
}

/// By name as Swift compares it (canonically, on every machine alike), and by bytes where two names look the same.
func isOrdered(_ a: String, _ b: String) -> Bool {
    a == b ? a.utf8.lexicographicallyPrecedes(b.utf8) : a < b
}
