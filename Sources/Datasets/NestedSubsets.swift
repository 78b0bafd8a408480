// Subsets of training images of growing size, each within the next.

extension Dataset {
    /// Some of the images, given by index, in an order whose every beginning holds the classes in their shares.
    ///
    /// In the first n, each class has its share of n to within one image. Which images of a class come first is drawn by lot:
    /// the order depends on the paths and the seed, and neither on the order of `indices` nor on the machine.
    public func nestedOrder(of indices: [Int], seed: UInt64) -> [Int] {
        // Places of each class are spread evenly over the whole; lots decide between classes whose places coincide.
        var generator = SeededGenerator(seed: seed)
        let start = generator.unit()
        var places: [(place: Double, label: Int, index: Int)] = []
        for label in classes.indices {
            var members = indices.filter { images[$0].label == label }.sorted()
            generator.shuffle(&members)
            for (position, index) in members.enumerated() {
                places.append(((Double(position) + 0.5) / Double(members.count), label, index))
            }
        }
        let shift = Int(start * Double(classes.count))
        func turn(_ label: Int) -> Int { (label + shift) % classes.count }
        return places.sorted { ($0.place, turn($0.label)) < ($1.place, turn($1.label)) }.map(\.index)
    }
}
