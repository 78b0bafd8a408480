// Explanations, through the same queue as everything else: whoever waits longer waits for no more than a few places.

import Models
import NIOCore

extension ModelEngine {
    /// Covered pictures of one explanation that wait at one time.
    private static let group = 8

    /// Answers for an image file, and says which of its parts the score of a class comes from; of the likeliest if none is
    /// given.
    func explain(
        _ bytes: ByteBuffer, ofClass index: Int?, by method: Explanation.Method?
    ) async throws -> (ImageAnswer, Explanation) {
        if method != .occlusion, ActivationReader.suits(package.manifest),
            let reader = try await readerOfMaps()
        {
            let answer = try await answer(bytes, wish: .map)
            let wanted = try answer.wanted(index)
            guard let found = reader.explanation(ofClass: wanted, map: answer.outputs[reader.mapName] ?? []) else {
                throw EngineFailure.network("the last map is missing")
            }
            return (answer, found)
        }
        let answer = try await answer(bytes, wish: .pixels)
        let wanted = try answer.wanted(index)
        let occlusion = Occlusion(package.manifest.preprocessing)
        var scores: [Float] = []
        let group = min(Self.group, queueLimit)
        for first in stride(from: 0, to: occlusion.count, by: group) {
            scores += try await self.scores(
                ofClass: wanted, answer, occlusion, first..<min(first + group, occlusion.count))
        }
        let score = answer.outputs["scores"]?[wanted] ?? 0
        return (answer, occlusion.explanation(ofClass: wanted, score: score, covered: scores))
    }

    /// The scores of a class with each of some parts covered.
    private func scores(
        ofClass index: Int, _ answer: ImageAnswer, _ occlusion: Occlusion, _ parts: Range<Int>
    ) async throws -> [Float] {
        try await withThrowingTaskGroup(of: (Int, Float).self) { group in
            for part in parts {
                group.addTask {
                    let pixels = occlusion.covered(answer.pixels ?? [], part: part)
                    let image = PreparedImage(pixels: pixels, width: answer.width, height: answer.height)
                    let scores = try await self.answer(altered: image).outputs["scores"] ?? []
                    guard scores.indices.contains(index) else { throw EngineFailure.network("a score is missing") }
                    return (part, scores[index])
                }
            }
            var found = [Float](repeating: 0, count: parts.count)
            for try await (part, score) in group { found[part - parts.lowerBound] = score }
            return found
        }
    }

    private func readerOfMaps() async throws -> ActivationReader? {
        do {
            return try await networks.revealing()?.reader
        } catch {
            throw EngineFailure.network("\(error)")
        }
    }
}

extension ImageAnswer {
    /// The class that is to be explained: as given, or the likeliest.
    fileprivate func wanted(_ index: Int?) throws -> Int {
        let best = probabilities.indices.max { (probabilities[$0], $1) < (probabilities[$1], $0) }
        guard let wanted = index ?? best, outputs["scores"]?.indices.contains(wanted) == true,
            pixels?.isEmpty == false
        else { throw EngineFailure.network("a score is missing") }
        return wanted
    }
}
