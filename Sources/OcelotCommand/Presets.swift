import ArgumentParser
import Foundation
import Ocelot

/// `ocelot presets`: the named sets of choices, in full.
struct Presets: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows the named sets of choices for 'ocelot train classifier --preset', every parameter in full.")

    @Argument(help: ArgumentHelp("The one to show as a parameter file; all in short without it.", valueName: "name"))
    var name: String?

    func run() throws {
        guard let name else {
            for preset in Preset.allCases {
                let choices = preset.parameters.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
                write("\(preset.rawValue)\n  \(preset.explanation)\n  \(choices)")
            }
            write(
                "\nThese are a guideline: what is best depends on your photos. 'ocelot presets NAME' shows one in full."
            )
            return
        }
        var recipe = ClassifierRecipe()
        try recipe.set("preset", to: name)
        write(recipe.yaml(explained: true))
    }
}
