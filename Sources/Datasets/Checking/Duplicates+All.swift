// All copies of a data set, equal files and those that look the same, and which of each set to keep.

import Imaging

extension PictureSurvey {
    /// What is known of each image.
    public var duplicateCandidates: [DuplicateCandidate] {
        zip(dataset.images, measures).map { DuplicateCandidate(path: $0.path, measures: $1) }
    }

    /// Sets of equal files, and of those that look the same where `alike` has such sets; each image is in one at most.
    public func duplicates(alike: [DuplicateGroup] = []) -> [DuplicateGroup] {
        let told = Set(alike.flatMap(\.indices))
        // Plain pictures look like nothing, but their files may be equal.
        let equal = ExactDuplicates.find(in: dataset.images).filter { !told.contains($0.indices[0]) }
        let pairs = equal.flatMap { set in set.indices.dropFirst().map { (set.indices[0], $0) } }
        let groups = DuplicateGroup.groups(of: pairs, among: duplicateCandidates) { _, other in
            DuplicateGroup.Member(index: other, distance: 0, similarity: 1, changes: [])
        }
        return (alike + groups).sorted { $0.members[0].index < $1.members[0].index }
    }
}
