import ArgumentParser
import Ocelot

/// With which network photos are described, for commands that train nothing.
struct BackboneChoices: ParsableArguments {
    @Option(help: ArgumentHelp("The pretrained network; see 'ocelot weights list'. (default: the best at hand)"))
    var backbone: String?

    @Option(help: ArgumentHelp("A file of weights for the backbone: safetensors, .pth.", valueName: "file"))
    var weights: String?

    @Option(help: ArgumentHelp("Side of the image that the network sees, in pixels. (default: the backbone's)"))
    var imageSize: Int?

    @Option(help: "How a photo becomes a square: crop, squash or letterbox. (default: crop)")
    var resize: String?

    @Option(help: "Seed of every choice by chance.")
    var seed = 42

    @Option(help: "Where the network is computed: cpu, cuda or cuda:N. (default: cpu)")
    var device: String?

    /// The choices as a recipe; all others have their defaults.
    func recipe() throws -> ClassifierRecipe {
        var recipe = ClassifierRecipe()
        let named: [(String, String?)] = [
            ("backbone", backbone), ("weights", weights), ("image_size", imageSize.map(String.init)),
            ("resize", resize),
            ("seed", "\(seed)"), ("device", device),
        ]
        for case (let key, let value?) in named { try recipe.set(key, to: value) }
        return recipe
    }
}
