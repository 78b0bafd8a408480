// Pictures with a part covered: which part of a picture an answer cannot do without.

package import Imaging

/// A square of the picture after another, covered.
package struct Occlusion: Sendable {
    /// Parts along each side.
    package static let grid = 7
    private let side: Int
    private let colour: [UInt8]

    /// For pictures that are prepared in this way.
    package init(_ preprocessing: Preprocessing) {
        side = preprocessing.side
        // What the network sees as nothing.
        colour = preprocessing.paddingColour
    }

    /// How many parts there are.
    package var count: Int { Self.grid * Self.grid }

    /// A prepared picture with the part `number` and half a part around it covered, so that parts overlap.
    package func covered(_ pixels: [UInt8], part number: Int) -> [UInt8] {
        var pixels = pixels
        for y in span(number / Self.grid) {
            for x in span(number % Self.grid) {
                for channel in 0..<3 { pixels[3 * (y * side + x) + channel] = colour[channel] }
            }
        }
        return pixels
    }

    /// Of the pixels of a row or column, those that are covered.
    private func span(_ place: Int) -> Range<Int> {
        let size = Double(side) / Double(Self.grid)
        let first = ((Double(place) - 0.5) * size).rounded()
        let end = ((Double(place) + 1.5) * size).rounded()
        return max(0, Int(first))..<min(side, Int(end))
    }

    /// The explanation that follows from the scores with each part covered.
    package func explanation(ofClass index: Int, score: Float, covered: [Float]) -> Explanation {
        Explanation(
            method: .occlusion, classIndex: index, rows: Self.grid, columns: Self.grid,
            values: covered.map { score - $0 })
    }
}
