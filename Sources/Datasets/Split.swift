// Which images a model learns from, which it is chosen by, and which it is measured on.
//
// Images with equal contents, and images of one group, are never in two parts: what was learnt by heart would otherwise
// count as understood. The parts depend on the paths, contents, groups, labels and the seed, and neither on the order of
// the images nor on the machine.

/// The parts of a data set, as ascending indices into its images.
///
/// No image is in two.
public struct Split: Hashable, Sendable, Codable {
    /// The images to learn from.
    public var train: [Int]
    /// The images by which settings are chosen; may be empty.
    public var validation: [Int]
    /// The images on which the finished model is measured.
    public var test: [Int]

    /// Makes a split of indices.
    public init(train: [Int], validation: [Int], test: [Int]) {
        (self.train, self.validation, self.test) = (train.sorted(), validation.sorted(), test.sorted())
    }

    /// Draws a test part of each class, and then a validation part of each class out of the rest.
    ///
    /// Of a class with n images, n · `test` rounded to the nearest are for testing, at least one and at most all but one. That
    /// holds to the image unless copies and groups are in the way; then it holds to within half of the largest of them. The
    /// test part does not depend on `validation`, a fraction of the images not for testing. A class of which only one image,
    /// or one group, is left for training gives nothing to the validation part. All contents must be known.
    ///
    /// A class all of whose images are copies of one another, or of one group, throws `DatasetError.inseparable`.
    public static func stratified(
        _ images: [LabelledImage], classes: [String], test: Double = 0.25, validation: Double = 0, seed: UInt64 = 42
    ) throws -> Split {
        let groups = ImageGroups(images, indices: Array(images.indices), seed: seed)
        let drawn = try groups.draw(test, for: .test, classes: classes)
        let rest = try drawWithin(images, drawn.others, validation, seed: seed, classes: classes)
        return Split(train: rest.others, validation: rest.chosen, test: drawn.chosen)
    }

    /// The parts that the data set itself defines, or nil if it defines none.
    public static func given(_ images: [LabelledImage]) -> Split? {
        guard images.contains(where: { $0.part != nil }) else { return nil }
        func indices(_ part: Part) -> [Int] { images.indices.filter { images[$0].part ?? .train == part } }
        return Split(train: indices(.train), validation: indices(.validation), test: indices(.test))
    }

    /// The part of the training images to choose settings by, where nobody says it: about 15 images of the smallest class.
    ///
    /// The founding guide asks for 20 images of each class to train with and 15 to validate with: of 40 or fewer, 0.4; of
    /// hundreds, 0.1.
    ///
    /// - Parameter count: How many images the smallest class has outside the test part.
    /// - Returns: A fraction of the images outside the test part.
    public static func validationFraction(smallestClass count: Int) -> Double {
        min(max(15 / Double(max(count, 1)), 0.1), 0.4)
    }

    private static func drawWithin(
        _ images: [LabelledImage], _ indices: [Int], _ fraction: Double, seed: UInt64, classes: [String]
    ) throws -> (chosen: [Int], others: [Int]) {
        guard fraction > 0 else { return ([], indices) }
        return try ImageGroups(images, indices: indices, seed: seed).draw(fraction, for: .validation, classes: classes)
    }
}

extension Dataset {
    /// The parts to train and measure with: those that the data set defines, as they are; what it does not define is drawn
    /// from its training images as `Split.stratified` draws.
    ///
    /// A data set that defines a validation part and no test part is measured on the former, which nothing was
    /// trained on, and a new validation part is drawn from the training images if one is wanted.
    public func split(test: Double = 0.25, validation: Double = 0, seed: UInt64 = 42) throws -> Split {
        guard var given = Split.given(images) else {
            return try Split.stratified(images, classes: classes, test: test, validation: validation, seed: seed)
        }
        if given.test.isEmpty && given.validation.isEmpty {
            let drawn = try ImageGroups(images, indices: given.train, seed: seed).draw(
                test, for: .test, classes: classes)
            (given.test, given.train) = (drawn.chosen, drawn.others)
        } else if given.test.isEmpty {
            (given.test, given.validation) = (given.validation, [])
        }
        if given.validation.isEmpty && validation > 0 {
            let groups = ImageGroups(images, indices: given.train, seed: seed)
            let drawn = try groups.draw(validation, for: .validation, classes: classes)
            (given.validation, given.train) = (drawn.chosen, drawn.others)
        }
        return given
    }

    /// Divides some of the images, given by index, into `count` parts of nearly equal size for cross-validation, each
    /// class spread evenly over them.
    ///
    /// Every image is in exactly one part; copies and groups stay whole.
    public func folds(_ count: Int, of indices: [Int], seed: UInt64 = 42) -> [[Int]] {
        precondition(count > 1, "cross-validation needs at least two parts")
        return ImageGroups(images, indices: indices, seed: seed).folds(count, classCount: classes.count)
    }
}
