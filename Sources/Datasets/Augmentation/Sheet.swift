// A sheet of paper on which pictures and captions are laid out.

import Imaging

/// Pixels that are filled, pasted and written on; what falls outside is cut off.
struct Sheet {
    let width: Int, height: Int
    private var pixels: [UInt8]

    /// White paper.
    init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        pixels = [UInt8](repeating: 255, count: 3 * width * height)
    }

    var picture: Picture { Picture(width: width, height: height, pixels: pixels) }

    /// A rectangle of one grey, 0 for black.
    mutating func fill(x: Int, y: Int, width: Int, height: Int, grey: UInt8) {
        for row in max(y, 0)..<max(min(y + height, self.height), max(y, 0)) {
            for column in max(x, 0)..<max(min(x + width, self.width), max(x, 0)) {
                let index = 3 * (row * self.width + column)
                for channel in 0..<3 { pixels[index + channel] = grey }
            }
        }
    }

    /// A square of RGB bytes, each pixel drawn as `zoom` × `zoom`.
    mutating func paste(_ square: [UInt8], side: Int, x: Int, y: Int, zoom: Int) {
        for row in 0..<side * zoom where (0..<height).contains(y + row) {
            for column in 0..<side * zoom where (0..<width).contains(x + column) {
                let source = 3 * (row / zoom * side + column / zoom)
                let target = 3 * ((y + row) * width + x + column)
                for channel in 0..<3 { pixels[target + channel] = square[source + channel] }
            }
        }
    }

    /// One line of text, black, each pixel of a letter drawn as `zoom` × `zoom`.
    mutating func write(_ text: String, x: Int, y: Int, zoom: Int) {
        for (index, letter) in text.enumerated() {
            let left = x + index * zoom * (BitmapFont.width + BitmapFont.gap)
            for row in 0..<BitmapFont.height {
                for column in 0..<BitmapFont.width where BitmapFont.hasInk(letter, x: column, y: row) {
                    fill(x: left + column * zoom, y: y + row * zoom, width: zoom, height: zoom, grey: 0)
                }
            }
        }
    }

    /// How many letters fit into so many pixels.
    static func letters(in width: Int, zoom: Int) -> Int {
        max(1, width / (zoom * (BitmapFont.width + BitmapFont.gap)))
    }

    /// Lines of at most so many letters, broken between the parts where that is possible.
    static func lines(of parts: [String], separator: String, letters: Int) -> [String] {
        var lines: [String] = []
        for part in parts {
            var rest = BitmapFont.plain(part)
            if let last = lines.last, last.count + separator.count + rest.count <= letters {
                lines[lines.count - 1] = last + separator + rest
                continue
            }
            while rest.count > letters {
                lines.append(String(rest.prefix(letters)))
                rest.removeFirst(letters)
            }
            lines.append(rest)
        }
        return lines
    }
}
