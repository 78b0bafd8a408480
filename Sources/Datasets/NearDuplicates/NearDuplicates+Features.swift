// The same photo, by what a network makes of it: finds more than crops and mirrors, such as the next frame of a film.

public import Imaging

extension NearDuplicates {
    /// Images whose feature vectors point into nearly the same direction.
    ///
    /// Every image is compared with every other, in blocks that fit the cache: about n² · columns / 10¹⁰ seconds a thread.
    ///
    /// - Parameters:
    ///   - features: What a network makes of each image, in the order of `images`.
    ///   - images: Their paths, and measures where there are any: these decide which is the best of a group.
    ///   - cosine: The least cosine of two vectors, up to 1.
    ///   - threads: How many threads compute.
    /// - Returns: The groups, in the order of their first image.
    public static func byFeatures(
        _ features: PhotoFeatures, among images: [DuplicateCandidate], cosine: Double, threads: Int = 1
    ) -> [DuplicateGroup] {
        precondition(
            features.count == images.count, "There are features of \(features.count) images, not of \(images.count).")
        let rows = UnitRows(features)
        let step = 64
        let blocks = (images.count + step - 1) / step
        let found = inParallel(blocks, threads: threads) { block -> [(Int, Int)] in
            var pairs: [(Int, Int)] = []
            let own = block * step..<min(images.count, (block + 1) * step)
            for start in stride(from: own.lowerBound, to: images.count, by: step) {
                for b in start..<min(images.count, start + step) {
                    for a in own where a < b && rows.product(a, b) >= Float(cosine) { pairs.append((a, b)) }
                }
            }
            return pairs
        }
        return DuplicateGroup.groups(of: found.flatMap(\.self), among: images) { best, other in
            DuplicateGroup.Member(
                index: other, distance: nil, similarity: Double(rows.product(best, other)), changes: [])
        }
    }
}
