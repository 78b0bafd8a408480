import ArgumentParser
import Foundation
import Ocelot

/// `ocelot new`.
struct New: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Starts a project: a folder with a parameter file in which every parameter is explained.")

    enum Template: String, CaseIterable, ExpressibleByArgument { case classify }

    @Argument(help: ArgumentHelp("The folder to make.", valueName: "name"))
    var name: String

    @Option(help: "What the project is for.")
    var template: Template = .classify

    func run() throws {
        let file = try writeTemplate(to: URL(filePath: name))
        write(
            """
            Wrote \(file.path).
            Put your photos into a folder with one folder a class, and train:
              ocelot train classifier PHOTOS --config \(file.relativePath) --workspace \(name)
            """)
    }
}
