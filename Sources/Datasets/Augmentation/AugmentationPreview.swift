// What an augmentation does to photos, to be looked at before a network is trained on it.

public import Foundation
public import Imaging

/// A sheet with a row for each photo: as a network sees it unchanged, and then as the epochs of a training would show it.
///
/// Under the first picture stands the photo's label, under the others what was done to it. A file that cannot be read as a
/// picture has grey squares and the reason.
///
/// - Parameters:
///   - photos: The files, one a row.
///   - labels: As many; what is written under each.
///   - augmentation: What may be done.
///   - preprocessing: How the network sees pictures.
///   - columns: Pictures a row, the unchanged one included; at least 2.
///   - seed: As for training; photo number 0 is the first, and column n shows epoch n.
/// - Returns: The sheet, to be written as a PNG.
public func augmentationPreview(
    of photos: [URL], labels: [String], augmentation: Augmentation, preprocessing: Preprocessing = Preprocessing(),
    columns: Int = 6, seed: UInt64 = 0
) -> Picture {
    precondition(!photos.isEmpty && photos.count == labels.count, "A preview has a label for each of its photos.")
    precondition(columns >= 2, "A preview shows each photo at least twice.")
    let rows = zip(photos, labels).enumerated().map { index, photo in
        row(photo.0, label: photo.1, columns: columns) { column in
            column == 0 ? .original : augmentation.plan(seed: seed, epoch: column, photo: index)
        } squares: { plan, bytes in
            try preprocessing(bytes, augmentation: plan)
        }
    }
    return layOut(rows, side: preprocessing.side)
}

/// A picture and what is written under it.
private struct Cell {
    /// RGB; nil where the file cannot be read.
    let square: [UInt8]?
    let captions: [String]
    /// What stands between captions on one line.
    var separator = ", "
}

private func row(
    _ photo: URL, label: String, columns: Int, plan: (Int) -> AugmentationPlan,
    squares: (AugmentationPlan, Data) throws -> [UInt8]
) -> [Cell] {
    do {
        let bytes = try Data(contentsOf: photo)
        return try (0..<columns).map { column in
            let plan = plan(column)
            let captions = plan.captions.isEmpty ? ["unchanged"] : plan.captions
            return Cell(square: try squares(plan, bytes), captions: column == 0 ? [label] : captions)
        }
    } catch {
        let reason = (error as? ImagingError)?.description ?? "\(photo.lastPathComponent) cannot be read."
        let words = reason.split(separator: " ").map(String.init)
        return (0..<columns).map {
            Cell(square: nil, captions: $0 == 0 ? [label] : $0 == 1 ? words : [], separator: " ")
        }
    }
}

private func layOut(_ rows: [[Cell]], side: Int) -> Picture {
    // Small squares are enlarged, so that there is something to see, and room for words.
    let zoom = max(1, 160 / side)
    let (cell, margin, textZoom) = (side * zoom, 12, 2)
    let letters = Sheet.letters(in: cell, zoom: textZoom)
    let lineHeight = (BitmapFont.height + 2) * textZoom
    let captions = rows.map {
        $0.map { Sheet.lines(of: $0.captions, separator: $0.separator, letters: letters) }
    }
    let heights = captions.map { row in cell + 4 + lineHeight * (row.map(\.count).max() ?? 0) + margin }
    var sheet = Sheet(
        width: margin + (rows.first?.count ?? 0) * (cell + margin), height: margin + heights.reduce(0, +))
    var y = margin
    for (index, row) in rows.enumerated() {
        for (column, place) in row.enumerated() {
            let x = margin + column * (cell + margin)
            if let square = place.square {
                sheet.paste(square, side: side, x: x, y: y, zoom: zoom)
            } else {
                sheet.fill(x: x, y: y, width: cell, height: cell, grey: 200)
            }
            for (line, text) in captions[index][column].enumerated() {
                sheet.write(text, x: x, y: y + cell + 4 + line * lineHeight, zoom: textZoom)
            }
        }
        y += heights[index]
    }
    return sheet.picture
}
