// Which frame of which recording a file is, by its name: `clip_0041.jpg` comes before `clip_0042.jpg`.

/// A number in a file's name, and what stands around it.
struct FrameNumber: Hashable {
    /// The folder and the name without the number: files that have it in common are numbered together.
    let series: String
    /// The number.
    let number: Int

    /// Takes the last number in the name of the file at `path`, of at most 18 digits; nil where there is none.
    ///
    /// What follows the last dot is the ending and does not count.
    init?(path: String) {
        let start = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8.index(after: $0) } ?? path.startIndex
        let name = path.utf8[start...]
        let end = name.lastIndex(of: UInt8(ascii: ".")).flatMap { $0 == start ? nil : $0 } ?? path.endIndex
        let stem = path.utf8[start..<end]
        func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        guard let last = stem.lastIndex(where: isDigit) else { return nil }
        let afterLast = stem.index(after: last)
        let first = stem[..<afterLast].lastIndex { !isDigit($0) }.map { stem.index(after: $0) } ?? stem.startIndex
        guard let number = Int(path[first..<afterLast]), path.utf8[first..<afterLast].count <= 18 else { return nil }
        series = "\(path[..<first])#\(path[afterLast...])"
        self.number = number
    }
}

/// Images that are numbered one after another in their files' names.
package struct FrameSeries {
    /// The numbers and the images, as indices, in ascending order.
    let frames: [(number: Int, index: Int)]
    /// The smallest step from one number to the next: frames so far apart are neighbours.
    let step: Int

    /// All series of at least two images among those at `paths`, in the order of their names.
    package static func find(in paths: [String]) -> [FrameSeries] {
        var series: [String: [(number: Int, index: Int)]] = [:]
        for (index, path) in paths.enumerated() {
            guard let frame = FrameNumber(path: path) else { continue }
            series[frame.series, default: []].append((frame.number, index))
        }
        return series.sorted { isOrdered($0.key, $1.key) }.compactMap { _, frames in
            // Two files have one number where one is called 7 and one 007; their names then decide.
            let frames = frames.sorted { ($0.number, paths[$0.index]) < ($1.number, paths[$1.index]) }
            let steps = zip(frames, frames.dropFirst()).map { $1.number - $0.number }.filter { $0 > 0 }
            return steps.min().map { FrameSeries(frames: frames, step: $0) }
        }
    }

    /// Images whose frames follow each other, as pairs of indices.
    package var neighbours: [(Int, Int)] {
        zip(frames, frames.dropFirst()).filter { $1.number - $0.number == step }.map { ($0.index, $1.index) }
    }
}
