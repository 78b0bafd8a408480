// A model of 8-bit integers, from the command line to its use.

import Foundation
import Imaging
import TestSupport
import Testing

@Suite("Models of 8-bit integers, by the command", .serialized) struct QuantizeTests {
    private func withModel(_ body: (URL) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 12)
            let trained = try await ocelot(
                [
                    "train", "classifier", "photos", "--method", "svm", "--backbone", "starter", "--image-size", "64",
                    "--name", "m", "--json",
                ], in: folder)
            #expect(trained.status == 0, "\(trained.errors)")
            try await body(folder)
        }
    }

    @Test func isAModelLikeAnyOther() async throws {
        try await withModel { folder in
            let made = try await ocelot(["quantize", "m", "photos", "--json"], in: folder)
            #expect(made.status == 0, "\(made.errors)")
            let result = try #require(made.objects.first)
            #expect(result["model"] as? String == "models/m-int8/1")
            // A quarter of 12 was kept back of each class; the other 9 show the numbers.
            #expect(result["calibration_images"] as? Int == 27 && result["test_images"] as? Int == 9)
            #expect(result["unseen"] as? Bool == true)
            let (before, after) = (result["float32"] as? [String: Any], result["int8"] as? [String: Any])
            #expect(before?["accuracy"] as? Double == after?["accuracy"] as? Double)
            #expect(after?["bytes"] as? Int ?? .max < (before?["bytes"] as? Int ?? 0) / 3)

            let evaluated = try await ocelot(["evaluate", "m-int8", "photos", "--json"], in: folder)
            #expect(evaluated.objects.first?["precision"] as? String == "int8")
            let models = try await ocelot(["models", "m-int8"], in: folder)
            #expect(models.output.contains("8-bit integers"))
            let explained = try await ocelot(["explain", "m-int8", "photos/dots/1.jpg", "--out", "e.png"], in: folder)
            #expect(explained.status == 0, "\(explained.errors)")
            let exported = try await ocelot(
                ["export", "m-int8", "--format", "onnx", "--out", "m.onnx", "--json"], in: folder)
            #expect(exported.status == 0, "\(exported.errors)")
            let runs = try await ocelot(["runs", "show", "2"], in: folder)
            #expect(runs.output.contains("quantize") && runs.output.contains("test.accuracy_before"))

            // What is rounded already has lost what a second rounding would need.
            let again = try await ocelot(["quantize", "m-int8", "photos"], in: folder)
            #expect(again.status == 2 && again.errors.contains("already"))
        }
    }

    /// Grey photos show hardly any numbers, so that most of what others would need is cut off; and photos that are half of one
    /// class and half of another, with the model's own answers as their labels, leave it nothing but to become worse.
    @Test func nothingIsKeptOfAWorseOne() async throws {
        try await withModel { folder in
            let files = FileManager.default
            let names = ["across", "along", "dots"]
            let mixed = folder.appending(path: "mixed")
            try files.createDirectory(at: mixed, withIntermediateDirectories: true)
            for number in 0..<24 {
                let (a, b) = (drawnPicture(number % 3, number), drawnPicture((number + 1) % 3, number + 1))
                let pixels = zip(a.pixels, b.pixels).map { UInt8((Int($0) + Int($1)) / 2) }
                let picture = Picture(width: a.width, height: a.height, pixels: pixels)
                try Data(picture.png()).write(to: mixed.appending(path: "\(number).png"))
            }
            for (part, name) in ["train", "test"].flatMap({ part in names.map { (part, $0) } }) {
                let place = folder.appending(path: "dark/\(part)/\(name)")
                try files.createDirectory(at: place, withIntermediateDirectories: true)
                let grey = Picture(width: 64, height: 64, pixels: [UInt8](repeating: 120, count: 64 * 64 * 3))
                if part == "train" { try Data(grey.png()).write(to: place.appending(path: "grey.png")) }
            }
            for answer in try await ocelot(["predict", "m", "mixed", "--json"], in: folder).objects {
                let photo = folder.appending(path: try #require(answer["path"] as? String))
                let first = try #require((answer["top"] as? [[String: Any]])?.first?["label"] as? String)
                try files.moveItem(
                    at: photo, to: folder.appending(path: "dark/test/\(first)/\(photo.lastPathComponent)"))
            }
            let refused = try await ocelot(["quantize", "m", "dark"], in: folder)
            #expect(refused.status == 1 && refused.errors.contains("Nothing was kept"), "\(refused.errors)")
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "models/m-int8").path))
            #expect(try await newestRun(in: folder) == "failed")
            // Who wants it all the same may say so.
            let forced = try await ocelot(["quantize", "m", "dark", "--tolerance", "1", "--name", "dim"], in: folder)
            #expect(forced.status == 0, "\(forced.errors)")
        }
    }

    @Test func photosThatDoNotDo() async throws {
        try await withTemporaryFolder { folder in
            for (part, numbers) in [("train", 0..<8), ("test", 8..<11)] {
                for (kind, name) in ["along", "dots"].enumerated() {
                    let place = folder.appending(path: "photos/\(part)/\(name)")
                    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
                    for number in numbers {
                        try Data(drawnPicture(kind + 1, number).png()).write(to: place.appending(path: "\(number).png"))
                    }
                }
            }
            let trained = try await ocelot(
                [
                    "train", "classifier", "photos", "--method", "svm", "--backbone", "starter", "--image-size", "64",
                    "--name", "m",
                ],
                in: folder)
            #expect(trained.status == 0, "\(trained.errors)")
            let seen = try await ocelot(["quantize", "m", "photos/train"], in: folder)
            #expect(seen.status == 4 && seen.errors.contains("were used to train this model"), "\(seen.errors)")
            // New photos only: half of them show the numbers.
            let new = try await ocelot(["quantize", "m", "photos/test", "--tolerance", "1", "--json"], in: folder)
            #expect(new.status == 0, "\(new.errors)")
            let result = try #require(new.objects.first)
            #expect(result["calibration_images"] as? Int == 3 && result["test_images"] as? Int == 3)
            for wrong in [["--photos", "0"], ["--tolerance", "1.5"], ["--name", "a/b"]] {
                #expect(try await ocelot(["quantize", "m", "photos"] + wrong, in: folder).status == 2, "\(wrong)")
            }
        }
    }
}
