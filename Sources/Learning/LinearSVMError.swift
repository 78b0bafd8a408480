// What can be wrong with the examples of a linear SVM.

/// Why a linear SVM cannot be fitted or applied.
public enum LinearSVMError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not one label for every feature vector.
    case labelCount(vectors: Int, labels: Int)
    /// A label is no class.
    case label(row: Int, label: Int, classes: Int)
    /// Fewer than two classes.
    case tooFewClasses(Int)
    /// A class has no example.
    case emptyClass(Int)
    /// All examples have a label, or none has it.
    case oneSided(Int)
    /// A class has no example outside a fold, so that nothing can be learnt of it there.
    case emptyClassOutsideFold(class: Int, fold: Int)
    /// Not one fold number for every feature vector, or fewer than two folds.
    case folds(vectors: Int, numbers: Int, folds: Int)
    /// A feature is infinite or not a number.
    case notFinite(row: Int, column: Int)
    /// C is not a positive number.
    case c(Double)
    /// Vectors of another length than the model was fitted to.
    case featureCount(expected: Int, found: Int)
    /// The solver stopped too far from the optimum: `gap` bounds the objective's relative excess over it.
    case notConverged(c: Double, gap: Double)

    /// One sentence or two: what is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .labelCount(let vectors, let labels):
            "There are \(vectors) feature vectors but \(labels) labels. Give one label for each vector."
        case .label(let row, let label, let classes):
            "Row \(row) has the label \(label), but labels run from 0 to \(classes - 1)."
        case .tooFewClasses(let count):
            "A classifier needs at least 2 classes, not \(count)."
        case .emptyClass(let index):
            "Class \(index) has no example. Add images of it, or leave the class out."
        case .oneSided(let index):
            "All examples have the label \(index), or none has it. Add images of the other kind, or leave the label out."
        case .emptyClassOutsideFold(let index, let fold):
            "All examples of class \(index) are in fold \(fold), so it cannot be validated. Use folds that are stratified "
                + "by class, and no more of them than the smallest class has images."
        case .folds(let vectors, let numbers, let folds):
            "There are \(numbers) fold numbers for \(vectors) feature vectors, in \(folds) folds. "
                + "Give each vector a fold number, of 2 folds or more, counted from 0."
        case .notFinite(let row, let column):
            "Feature \(column) of row \(row) is infinite or not a number. Leave that image out, or check the network's weights."
        case .c(let c):
            "C is \(c). It has to be a positive number, such as 1."
        case .featureCount(let expected, let found):
            "The model takes vectors of \(expected) numbers, not of \(found). Use the network that it was trained with."
        case .notConverged(let c, let gap):
            "The linear SVM did not converge at C = \(c): its objective may be \(gap) times too large. "
                + "Use a smaller C, or features scaled to length 1."
        }
    }
}
