// Where in a picture an answer comes from.

/// What each part of a picture adds to the score of a class.
public struct Explanation: Hashable, Sendable {
    /// How it was found out.
    public enum Method: String, Codable, CaseIterable, Hashable, Sendable {
        /// The score is taken apart: each feature's share of it is laid where in the picture the feature was found. Exact.
        ///
        /// Zhou, Khosla, Lapedriza, Oliva and Torralba, "Learning Deep Features for Discriminative Localization", 2016,
        /// https://arxiv.org/abs/1512.04150.
        case classActivation = "class-activation"
        /// Each part is covered in turn, and the network is asked again.
        ///
        /// Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014,
        /// https://arxiv.org/abs/1311.2901.
        case occlusion
    }

    /// How it was found out.
    public let method: Method
    /// Whose score it is: a place among the model's classes.
    public let classIndex: Int
    /// Parts from top to bottom.
    public let rows: Int
    /// Parts from left to right.
    public let columns: Int
    /// [rows, columns] of the square that the network sees, in units of the class's score.
    ///
    /// By class activation they are what each part adds: with the class's bias they add up to the score. By occlusion they
    /// are how much the score falls when the part is covered. Below 0: the part speaks against the class.
    public let values: [Float]

    /// Makes an explanation of `rows × columns` values.
    package init(method: Method, classIndex: Int, rows: Int, columns: Int, values: [Float]) {
        precondition(values.count == rows * columns, "\(rows) × \(columns) parts have not \(values.count) values.")
        (self.method, self.classIndex) = (method, classIndex)
        (self.rows, self.columns, self.values) = (rows, columns, values)
    }

    /// The values, a list for each row.
    public var grid: [[Float]] { (0..<rows).map { Array(values[($0 * columns)..<(($0 + 1) * columns)]) } }

    /// 0…1 for each part: its value as a share of the largest; 0 for what does not speak for the class.
    public var shares: [Float] {
        let largest = values.max() ?? 0
        return values.map { largest > 0 ? max($0, 0) / largest : 0 }
    }
}
