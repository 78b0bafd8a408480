import ArgumentParser
import Datasets
import Foundation
import Imaging
import Ocelot

/// `ocelot augment`: how photos are varied in training.
struct Augment: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Explains how photos can be varied in training, and shows it on your own.",
        subcommands: [Preview.self, List.self], defaultSubcommand: List.self)

    /// What there is.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the ways to vary photos, and when not to use them.")

        func run() throws {
            write(
                "Write a list for --augment, such as flip,crop(0.6),rotate(10). Use only what leaves a photo in its class.\n"
            )
            for operation in Augmentation.Operation.allCases {
                write("\(operation.example)\n  \(operation.help)")
            }
            write("originals(0.2)\n  The share of photos that stay as they are; at least 0.2 is advised.")
            write("\nstandard  \(Augmentation.standard)\nstrong    \(Augmentation.strong)")
        }
    }

    /// A sheet of varied photos.
    struct Preview: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draws some photos of a data set and what training would see of them.")

        @Argument(help: ArgumentHelp("A folder with one folder of photos a class, or a table.", valueName: "dataset"))
        var dataset: String

        @Option(help: ArgumentHelp("The picture to write.", valueName: "file.png"))
        var out: String

        @Option(help: "How photos are varied: standard, strong, or a list.")
        var augment = "standard"

        @Option(help: "How many photos, spread over the classes, 1 to 40.")
        var photos = 6

        @Option(help: "Pictures of each photo, the photo itself included, 2 to 20.")
        var columns = 6

        @Option(help: "Side of a picture in pixels, 32 to 1024.")
        var imageSize = 160

        @Option(help: "Seed of every choice by chance.")
        var seed = 42

        func validate() throws {
            guard (1...40).contains(photos) else {
                throw ValidationError("--photos is \(photos); it must be from 1 to 40.")
            }
            guard (2...20).contains(columns) else {
                throw ValidationError("--columns is \(columns); it must be from 2 to 20.")
            }
            guard (32...1024).contains(imageSize) else {
                throw ValidationError("--image-size is \(imageSize); it must be from 32 to 1024.")
            }
        }

        func run() throws {
            let augmentation = try Augmentation(augment)
            let read = try Dataset.read(URL(filePath: dataset))
            guard !read.images.isEmpty else { throw DatasetError.noImages(path: dataset, leftOut: read.leftOut) }
            var generator = SeededGenerator(seed: UInt64(max(seed, 0)))
            // One of each class in turn, so that all are seen.
            var members = read.classes.indices.map { label in read.images.filter { $0.label == label } }
            for label in members.indices { generator.shuffle(&members[label]) }
            var chosen: [LabelledImage] = []
            while chosen.count < min(photos, read.images.count) {
                for label in members.indices where chosen.count < photos {
                    if let image = members[label].popLast() { chosen.append(image) }
                }
            }
            let sheet = try augmentationPreview(
                of: chosen.map(\.url), labels: chosen.map { read.classes[$0.label] }, augmentation: augmentation,
                preprocessing: Preprocessing(side: imageSize), columns: columns, seed: UInt64(max(seed, 0)))
            try writeWhole(Data(sheet.png()), to: URL(filePath: out))
            write("Drew \(chosen.count) photos with \(augmentation) to \(out).")
            for advice in AugmentationAdvice.advice(on: augmentation, classes: read.classes) {
                write("Note: \(advice)")
            }
        }
    }
}
