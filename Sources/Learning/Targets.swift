// What a network learns to answer: the class of a photo, or, where a photo may have several labels, which of them it has.
//
// A photo's labels travel through batches as one number. Where each photo has one label, that is its class; otherwise it
// numbers the sets of labels that occur, and the network is asked about each label by itself.

import Datasets

/// What a network is to answer, and how often that occurs among the photos that it learns from.
package struct Targets: Sendable {
    /// Photos with each class or label.
    package var counts: [Int]
    /// All photos.
    package var images: Int
    /// The labels that each number stands for, ascending; nil where numbers are classes.
    package var sets: [[Int]]?

    /// Makes the targets of classes that exclude each other.
    package init(counts: [Int]) {
        self.counts = counts
        images = counts.reduce(0, +)
    }

    /// Makes the targets of labels that do not exclude each other.
    package init(counts: [Int], images: Int, sets: [[Int]]) {
        (self.counts, self.images, self.sets) = (counts, images, sets)
    }

    /// 1 for each label that a number stands for, and 0 for the others.
    package func row(_ number: Int) -> [Float] {
        var row = [Float](repeating: 0, count: counts.count)
        for label in sets?[number] ?? [number] { row[label] = 1 }
        return row
    }
}

/// The number by which the labels of each photo of a data set travel.
struct LabelNumbers: Sendable {
    /// One a photo.
    let numbers: [Int]
    /// The labels that each number stands for; nil where numbers are classes.
    let sets: [[Int]]?
    private let labels: [[Int]]
    private let classes: Int

    init(_ dataset: Dataset) {
        labels = dataset.images.map(\.labels)
        classes = dataset.classes.count
        guard dataset.isMultiLabel else {
            (numbers, sets) = (dataset.images.map(\.label), nil)
            return
        }
        let sets = Set(labels).sorted { $0.lexicographicallyPrecedes($1) }
        let number = Dictionary(uniqueKeysWithValues: zip(sets, sets.indices))
        (numbers, self.sets) = (labels.map { number[$0] ?? 0 }, sets)
    }

    /// What is to be learnt from some of the photos, given by index.
    func targets(_ indices: [Int]) -> Targets {
        var counts = [Int](repeating: 0, count: classes)
        for index in indices { for label in labels[index] { counts[label] += 1 } }
        return sets.map { Targets(counts: counts, images: indices.count, sets: $0) } ?? Targets(counts: counts)
    }
}
