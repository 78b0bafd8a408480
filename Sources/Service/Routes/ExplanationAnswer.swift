// An explanation in the words of an answer.

import Foundation
import Imaging
import Models

extension Explanation {
    /// The grid, where in the photo it lies, and the photo with it laid over.
    func json(of answer: ImageAnswer, _ manifest: ModelManifest) throws -> JSON {
        let preprocessing = manifest.preprocessing
        let region = preprocessing.region(width: answer.width, height: answer.height)
        let seen = Picture(width: preprocessing.side, height: preprocessing.side, pixels: answer.pixels ?? [])
        let png = try overlay(on: seen).png()
        return [
            "label": .string(manifest.classes[classIndex]), "index": JSON(classIndex),
            "method": .string(method.rawValue),
            "grid": .array(grid.map { .floats($0) }),
            "region": [
                "x": .number(rounded(region.x)), "y": .number(rounded(region.y)),
                "width": .number(rounded(region.width)), "height": .number(rounded(region.height)),
            ],
            "overlay": .string(Data(png).base64EncodedString()),
        ]
    }

    /// To a hundredth of a pixel.
    private func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
