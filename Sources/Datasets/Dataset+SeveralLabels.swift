// What is needed of a data set whose images may have any number of labels: each label is a question of its own, so there
// must be images that say yes to it and images that say no.

import Foundation

extension Dataset {
    /// Checks that each image has one label.
    public func requireOneLabel() throws {
        let several = images.filter { $0.labels.count > 1 }
        guard let first = several.first else { return }
        throw DatasetError.severalLabels(
            path: first.path, labels: first.labels.map { classes[$0] }, count: several.count)
    }

    /// Checks that two images or more have each label and two or more do not, and in each part that the data set defines
    /// for training or testing, at least one.
    func requireTrainableLabels() throws {
        guard !classes.isEmpty else { throw DatasetError.noLabels(path: location.relativePath) }
        try requireExamples(Array(images.indices), part: nil, needed: 2)
        guard let given = Split.given(images) else { return }
        try requireExamples(given.train, part: .train, needed: 1)
        if !given.test.isEmpty { try requireExamples(given.test, part: .test, needed: 1) }
    }

    /// Checks that so many of the images, given by index, have each label, and so many do not.
    ///
    /// - Parameters:
    ///   - indices: The images.
    ///   - part: What they are for; nil for all.
    ///   - needed: How many of either kind.
    /// - Throws: `DatasetError.tooFewExamples` about the first label that has too few.
    public func requireExamples(_ indices: [Int], part: Part?, needed: Int) throws {
        let counts = indices.reduce(into: [Int](repeating: 0, count: classes.count)) { counts, index in
            for label in images[index].labels { counts[label] += 1 }
        }
        for (name, count) in zip(classes, counts) where min(count, indices.count - count) < needed {
            throw DatasetError.tooFewExamples(
                path: location.relativePath, part: part, label: name, with: count, without: indices.count - count,
                needed: needed)
        }
    }
}
