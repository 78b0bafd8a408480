// An explanation as a picture: the photo in grey, and over it in colour what speaks for the class.

public import Imaging

extension Explanation {
    /// A picture that the network saw, with what speaks for the class laid over it.
    ///
    /// Dark violet is nothing, then red, orange, and yellow where the most comes from.
    public func overlay(on picture: Picture) -> Picture {
        let (width, height, shares) = (picture.width, picture.height, shares)
        let (xs, ys) = (Self.neighbours(width, of: columns), Self.neighbours(height, of: rows))
        var pixels = picture.pixels
        for (y, row) in ys.enumerated() {
            for (x, column) in xs.enumerated() {
                func between(_ row: Int) -> Float {
                    let (a, b) = (shares[row * columns + column.low], shares[row * columns + column.high])
                    return a + (b - a) * column.share
                }
                let (above, below) = (between(row.low), between(row.high))
                let colour = Self.colour(above + (below - above) * row.share)
                let place = 3 * (y * width + x)
                // ITU-R BT.601, as JPEG has it.
                let grey =
                    0.299 * Float(pixels[place]) + 0.587 * Float(pixels[place + 1]) + 0.114 * Float(pixels[place + 2])
                for channel in 0..<3 {
                    pixels[place + channel] = UInt8((0.5 * grey + 0.5 * colour[channel]).rounded())
                }
            }
        }
        return Picture(width: width, height: height, pixels: pixels)
    }

    /// For each of `count` pixels the parts whose middles it lies between, and how far it is from the first to the second.
    private static func neighbours(_ count: Int, of parts: Int) -> [(low: Int, high: Int, share: Float)] {
        (0..<count).map { pixel in
            let place = (Float(pixel) + 0.5) * Float(parts) / Float(count) - 0.5
            let low = max(0, min(parts - 1, Int(place.rounded(.down))))
            return (low, min(low + 1, parts - 1), max(0, min(1, place - Float(low))))
        }
    }

    /// Of "inferno", whose lightness grows evenly, so that it is read with every kind of colour vision and in print.
    ///
    /// By Nathaniel Smith and Stéfan van der Walt for Matplotlib, given to the public; every quarter, straight between.
    private static let ramp: [[Float]] = [
        [0, 0, 4], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164],
    ]

    private static func colour(_ share: Float) -> [Float] {
        let place = max(0, min(1, share)) * Float(ramp.count - 1)
        let low = min(Int(place), ramp.count - 2)
        return zip(ramp[low], ramp[low + 1]).map { $0 + ($1 - $0) * (place - Float(low)) }
    }
}
