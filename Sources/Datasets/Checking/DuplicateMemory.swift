// Which pictures look the same, kept for the next check of the same pictures: comparing them takes longer than reading
// from the cache what they are like.

import Crypto
public import Foundation
import Imaging

extension PictureSurvey {
    /// The images that look the same, as `NearDuplicates.find` finds them; from `folder`, where the same images were compared
    /// with the same options before.
    ///
    /// Where `folder` cannot be written, nothing is kept.
    public func alike(
        _ options: NearDuplicates.Options = .init(), keptIn folder: URL?, threads: Int
    ) -> [DuplicateGroup] {
        let file = folder.map { folder in
            let place = FileSystem.resolved(dataset.root.path) ?? dataset.root.path
            return folder.appending(path: "alike-\(hexadecimal(SHA256.hash(data: Array(place.utf8)).prefix(12))).json")
                .path
        }
        let key = key(options)
        if let file, let bytes = try? FileSystem.contents(of: file),
            let kept = try? JSONDecoder().decode(KeptGroups.self, from: Data(bytes)), kept.key == key,
            kept.groups.allSatisfy({ group in group.members.allSatisfy { measures.indices.contains($0.index) } })
        {
            return kept.groups
        }
        let groups = NearDuplicates.find(among: duplicateCandidates, options, threads: threads)
        if let file, let bytes = try? JSONEncoder().encode(KeptGroups(key: key, groups: groups)) {
            try? FileSystem.replace(file, by: Array(bytes))
        }
        return groups
    }

    /// Everything that the groups depend on, in 64 digits.
    private func key(_ options: NearDuplicates.Options) -> String {
        var hash = SHA256()
        hash.update(
            data: Array(
                "\(PictureMeasures.ruleVersion) \(NearDuplicates.ruleVersion) \(options.similarity) \(options.candidateDistance)\n"
                    .utf8))
        for image in dataset.images {
            hash.update(data: Array("\(image.path)\t\(image.content?.description ?? "")\n".utf8))
        }
        return hexadecimal(hash.finalize())
    }
}

/// What the file holds.
private struct KeptGroups: Codable {
    let key: String
    let groups: [DuplicateGroup]
}
