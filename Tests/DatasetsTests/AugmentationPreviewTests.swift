import Datasets
import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct AugmentationPreviewTests {
    @Test func `A preview shows what training would see, the unchanged photo first`() async throws {
        try await withTemporaryFolder { folder in
            let photo = folder.appending(path: "photo.png")
            let picture = Picture(
                width: 40, height: 30, pixels: (0..<3600).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) })
            let bytes = try picture.png()
            try Data(bytes).write(to: photo)
            let preprocessing = Preprocessing(side: 160)
            let sheet = augmentationPreview(
                of: [photo, photo], labels: ["first", "second"], augmentation: .strong, preprocessing: preprocessing,
                columns: 4, seed: 5)
            // Four squares of 160 and five margins of 12.
            #expect(sheet.width == 4 * 160 + 5 * 12)
            #expect(sheet.height > 2 * 160 + 12)
            for column in 0..<4 {
                let plan = column == 0 ? .original : Augmentation.strong.plan(seed: 5, epoch: column, photo: 0)
                let cell = sheet.cropped(x: 12 + column * 172, y: 12, width: 160, height: 160)
                #expect(cell.pixels == (try preprocessing(bytes, augmentation: plan)))
            }
            // The label is written below the first square, and nothing to its right on the same line of letters.
            let caption = sheet.cropped(x: 12, y: 172, width: 160, height: 24)
            let ink = Set(
                stride(from: 0, to: caption.pixels.count, by: 3).filter { caption.pixels[$0] == 0 }.map { $0 / 3 % 160 }
            )
            // "first" is five letters of 12 pixels, the last of them without its gap of 2.
            #expect(try #require(ink.min()) == 0 && #require(ink.max()) == 5 * 12 - 2 - 1)
            #expect(try Picture.decode(sheet.png()) == sheet)
        }
    }

    @Test func `A file that is not a picture has grey squares and a reason`() async throws {
        try await withTemporaryFolder { folder in
            let text = folder.appending(path: "note.txt")
            try Data("not a picture".utf8).write(to: text)
            let sheet = augmentationPreview(
                of: [text, folder.appending(path: "missing.jpg")], labels: ["a", "b"], augmentation: .standard,
                preprocessing: Preprocessing(side: 32), columns: 2)
            // Squares of 32 are drawn five times as large.
            #expect(sheet.width == 2 * 160 + 3 * 12)
            #expect(sheet.cropped(x: 12, y: 12, width: 160, height: 160).pixels.allSatisfy { $0 == 200 })
            let reason = sheet.cropped(x: 184, y: 172, width: 160, height: 40)
            #expect(reason.pixels.contains(0))
        }
    }

    @Test func `Plans follow from seed, epoch and photo alone`() {
        let plans = (0..<3).flatMap { seed in
            (0..<4).flatMap { epoch in
                (0..<5).map { Augmentation.strong.with(originals: 0).plan(seed: seed, epoch: epoch, photo: $0) }
            }
        }
        #expect(Set(plans).count == 60)
        let again = Augmentation.strong.with(originals: 0).plan(seed: 1, epoch: 2, photo: 3)
        #expect(again == plans[20 + 2 * 5 + 3])
    }
}
