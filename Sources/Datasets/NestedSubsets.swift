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
}
