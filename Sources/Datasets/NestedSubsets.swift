// Subsets of training images of growing size, each within the next.

extension Dataset {
    /// Some of the images, given by index, in an order whose every beginning holds the classes in their shares.
    ///
    /// In the first n, each class has its share of n to within one image; where images may have several labels, each set of
    /// labels has. Which images of a class come first is drawn by lot: the order depends on the paths and the seed, and
    /// neither on the order of `indices` nor on the machine.
    public func nestedOrder(of indices: [Int], seed: UInt64) -> [Int] {
        var generator = SeededGenerator(seed: seed)
        let start = generator.unit()
        let sets = Dictionary(grouping: indices) { images[$0].labels }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
        // Places of each class are spread evenly over the whole; lots decide between classes whose places coincide.
        var places: [(place: Double, turn: Int, index: Int)] = []
        let shift = Int(start * Double(classes.count))
        for (number, set) in sets.enumerated() {
            var members = set.value.sorted()
            generator.shuffle(&members)
            // A set of labels that few images have begins anywhere, lest all of them stand in the middle.
            let offset = isMultiLabel ? generator.unit() : 0.5
            let turn = isMultiLabel ? number : (images[members[0]].label + shift) % classes.count
            for (position, index) in members.enumerated() {
                places.append(((Double(position) + offset) / Double(members.count), turn, index))
            }
        }
        return places.sorted { ($0.place, $0.turn) < ($1.place, $1.turn) }.map(\.index)
    }

    /// `split` with at most `limit` images to train with, drawn by lot, each class in its share to within one image.
    ///
    /// What is tested and watched with stays; nil limits nothing.
    ///
    /// - Throws: `DatasetError.limitTooLow` if less than two images of a class would be left.
    public func limited(_ split: Split, to limit: Int?, seed: UInt64) throws -> Split {
        guard let limit, split.train.count > limit else { return split }
        let kept = nestedOrder(of: split.train, seed: seed).prefix(limit).sorted()
        var counts = [Int](repeating: 0, count: classes.count)
        for label in kept.flatMap({ images[$0].labels }) { counts[label] += 1 }
        for (name, count) in zip(classes, counts) where count < 2 {
            throw DatasetError.limitTooLow(limit: limit, name: name, count: count)
        }
        return Split(train: kept, validation: split.validation, test: split.test)
    }
}
