// Which pixels a square is made of.

import Foundation

/// The part of a picture that is used, the size to which it is resized, which part of that is kept, and where in the
/// square it comes to lie; or the map that does all that where the picture is also turned, sheared or zoomed.
struct SquarePlan: Hashable {
    /// The part of the picture that is resized, in its pixels.
    let box: Window
    /// To what that is resized, and what is kept of it.
    let resampling: Resampling
    /// Where the kept part's top left pixel lies in the square.
    let left, top: Int
    /// From the picture's pixels to the square's.
    let map: AffineMap
    /// What is done to the pixels when they are in the square.
    private let augmentation: AugmentationPlan
    /// Whether the map takes more than the resize.
    var isWarped: Bool { augmentation.isWarped }
    let side: Int
    private let pictureWidth, pictureHeight: Int
    private let padding: [UInt8]

    /// For a picture of `width` × `height` pixels, upright.
    init(_ preprocessing: Preprocessing, width: Int, height: Int, augmentation: AugmentationPlan = .original) {
        if let problem = preprocessing.problem { preconditionFailure(problem) }
        let side = preprocessing.side
        self.side = side
        (pictureWidth, pictureHeight) = (width, height)
        padding = preprocessing.paddingColour
        self.augmentation = augmentation
        // A crop's proportions are drawn as they come to be seen: squashed they are the square's, otherwise the picture's.
        let crop = augmentation.crop?.window(
            width: width, height: height, relative: preprocessing.resize != .crop)
        var box = crop ?? Window(width: width, height: height)
        if crop != nil && preprocessing.resize == .letterbox { box = box.squarer(width: width, height: height) }
        var (resized, left, top) = Self.fit(box, preprocessing, isCropped: crop != nil)
        map = Self.map(box, resized, left, top, side: side, augmentation)
        resized.isMirrored = augmentation.isMirrored
        resized.isFlipped = augmentation.isFlipped
        if augmentation.isMirrored { left = side - left - resized.window.width }
        if augmentation.isFlipped { top = side - top - resized.window.height }
        (self.box, resampling, self.left, self.top) = (box, resized, left, top)
    }

    /// The resize of `box`, and where its window lies in the square.
    private static func fit(
        _ box: Window, _ preprocessing: Preprocessing, isCropped: Bool
    ) -> (Resampling, left: Int, top: Int) {
        let side = preprocessing.side
        func rounded(_ value: Double) -> Int { Int(value.rounded(.toNearestOrEven)) }
        switch preprocessing.resize {
        case .crop where !isCropped:
            // torchvision: the longer side is cut to whole pixels, the offsets are rounded, halves to the even number.
            let short = preprocessing.shorterSide
            let (shorter, longer) = (min(box.width, box.height), max(box.width, box.height))
            let long = Int(Double(short * longer) / Double(shorter))
            let (width, height) = box.width <= box.height ? (short, long) : (long, short)
            let window = Window(
                x: rounded(Double(width - side) / 2), y: rounded(Double(height - side) / 2), width: side, height: side)
            return (Resampling(width: width, height: height, window: window), 0, 0)
        case .crop, .squash:
            return (Resampling(width: side, height: side, window: Window(width: side, height: side)), 0, 0)
        case .letterbox:
            // As Pillow's ImageOps.pad.
            func fitted(_ shorter: Int, _ longer: Int) -> Int {
                max(1, rounded(Double(shorter) / Double(longer) * Double(side)))
            }
            let width = box.width < box.height ? fitted(box.width, box.height) : side
            let height = box.height < box.width ? fitted(box.height, box.width) : side
            let window = Window(width: width, height: height)
            return (
                Resampling(width: width, height: height, window: window), rounded(Double(side - width) / 2),
                rounded(Double(side - height) / 2)
            )
        }
    }

    /// From the picture's pixels to the square's: the turning, shearing and zooming, about the point that is seen in the
    /// middle; the resize; the mirrors.
    private static func map(
        _ box: Window, _ resized: Resampling, _ left: Int, _ top: Int, side: Int, _ plan: AugmentationPlan
    ) -> AffineMap {
        let scaleX = Double(resized.width) / Double(box.width)
        let scaleY = Double(resized.height) / Double(box.height)
        let offsetX = Double(left - resized.window.x)
        let offsetY = Double(top - resized.window.y)
        let resize = AffineMap(
            xx: scaleX, yy: scaleY, dx: offsetX - Double(box.x) * scaleX, dy: offsetY - Double(box.y) * scaleY)
        var map = resize
        let middle = Double(side) / 2
        if plan.isWarped {
            let radians = plan.rotation * .pi / 180
            let turn = AffineMap(xx: cos(radians), xy: -sin(radians), yx: sin(radians), yy: cos(radians))
            let shear = AffineMap(xy: tan(plan.shearX * .pi / 180), yx: tan(plan.shearY * .pi / 180))
            let zoom = AffineMap(xx: plan.zoom, yy: plan.zoom)
            let centreX = (middle - resize.dx) / scaleX
            let centreY = (middle - resize.dy) / scaleY
            map = shear.then(turn).then(zoom).about(x: centreX, y: centreY).then(resize)
        }
        let mirrors = AffineMap(xx: plan.isMirrored ? -1 : 1, yy: plan.isFlipped ? -1 : 1)
        return plan.isMirrored || plan.isFlipped ? map.then(mirrors.about(x: middle, y: middle)) : map
    }

    /// How many pixels of the square a pixel of the picture becomes, along its rows and its columns.
    var scale: (x: Double, y: Double) { (hypot(map.xx, map.yx), hypot(map.xy, map.yy)) }

    /// The size of the whole picture at which the box has as many pixels as are wanted of it.
    var wantedSize: (width: Int, height: Int) {
        guard isWarped else {
            return (
                (resampling.width * pictureWidth + box.width - 1) / box.width,
                (resampling.height * pictureHeight + box.height - 1) / box.height
            )
        }
        return (
            Int((scale.x * Double(pictureWidth)).rounded(.up)), Int((scale.y * Double(pictureHeight)).rounded(.up))
        )
    }

    /// Writes the square to `square`, `side * side * 3` bytes.
    ///
    /// The picture covers `extent` of the raster, in the raster's pixels. Padding keeps its colour whatever happens to the
    /// picture's colours, so that the network sees zero there, as when it is used.
    func carryOut(
        _ raster: Raster, extent: (width: Double, height: Double), into square: UnsafeMutableBufferPointer<UInt8>,
        in workspace: Workspace
    ) {
        guard let base = square.baseAddress else { return }
        var drawing: Drawing?
        if isWarped {
            drawing = warp(raster, extent: extent, in: workspace)
            drawing?.draw(into: base)
        } else {
            pad(base)
            resize(
                raster, box: place(of: box, extent), resampling, into: base + 3 * (top * side + left),
                stride: 3 * side, in: workspace)
        }
        guard augmentation.changesPixels else { return }
        // Where nothing of the picture is; `Drawing` has no more use for its source, which lies where the blur works.
        augmentation.change(base, side: side, padding: padding, in: workspace)
        if let drawing { drawing.pad(base) } else { pad(base) }
    }

    /// Fills what the window leaves of the square.
    private func pad(_ square: UnsafeMutablePointer<UInt8>) {
        let (columns, rows) = (left..<left + resampling.window.width, top..<top + resampling.window.height)
        guard columns.count < side || rows.count < side else { return }
        for y in 0..<side {
            for x in 0..<side where !(rows.contains(y) && columns.contains(x)) {
                (square + 3 * (y * side + x)).update(from: padding, count: 3)
            }
        }
    }

    /// Where pixels of the picture lie in a raster, in its pixels.
    private func place(of window: Window, _ extent: (width: Double, height: Double)) -> Rectangle {
        func x(_ x: Int) -> Double { Double(x) * extent.width / Double(pictureWidth) }
        func y(_ y: Int) -> Double { Double(y) * extent.height / Double(pictureHeight) }
        return Rectangle(x: x(window.x), y: y(window.y), width: x(window.width), height: y(window.height))
    }

    /// Prepares what is turned, sheared or zoomed: the part of the picture that is seen, reduced so that it does not alias.
    private func warp(
        _ raster: Raster, extent: (width: Double, height: Double), in workspace: Workspace
    ) -> Drawing {
        guard let back = map.inverse else { preconditionFailure("Shears up to 40 degrees have a way back.") }
        // What is seen, and a little more, so that where the picture goes on no padding is mixed in.
        let (reductionX, reductionY) = (min(scale.x, 1), min(scale.y, 1))
        let seen = back(Rectangle(x: 0, y: 0, width: Double(side), height: Double(side)))
        let (marginX, marginY) = (2 / reductionX, 2 / reductionY)
        let part = Window(
            around: Rectangle(
                x: seen.x - marginX, y: seen.y - marginY, width: seen.width + 2 * marginX,
                height: seen.height + 2 * marginY),
            width: pictureWidth, height: pictureHeight)
        let isWhole = raster.width == pictureWidth && raster.height == pictureHeight
        var source = raster
        if isWhole && reductionX == 1 && reductionY == 1 {
            source = raster.part(part)
        } else {
            let width = max(1, Int((Double(part.width) * reductionX).rounded(.up)))
            let height = max(1, Int((Double(part.height) * reductionY).rounded(.up)))
            let reduced = workspace.reduced.room(for: 3 * width * height)
            resize(
                raster, box: place(of: part, extent),
                Resampling(width: width, height: height, window: Window(width: width, height: height)),
                into: reduced, stride: 3 * width, in: workspace)
            source = Raster(base: UnsafePointer(reduced), width: width, height: height, slack: Workspace.slack)
        }
        let reduction = AffineMap(
            xx: Double(source.width) / Double(part.width), yy: Double(source.height) / Double(part.height)
        )
        let toSource = back.then(AffineMap(dx: Double(-part.x), dy: Double(-part.y))).then(reduction)
        return Drawing(source, by: toSource, side: side, padding: padding)
    }
}

extension Window {
    /// The same with the shorter side made as long as the longer one, on both ends, as far as the picture goes.
    ///
    /// So a letterboxed part has padding only where there is no picture, and everything in the square is where the map says.
    fileprivate func squarer(width pictureWidth: Int, height pictureHeight: Int) -> Window {
        func longer(_ start: Int, _ length: Int, _ wanted: Int, _ end: Int) -> (start: Int, length: Int) {
            let result = min(max(length, wanted), end)
            return (min(max(start - (result - length) / 2, 0), end - result), result)
        }
        let (x, width) = longer(x, width, height, pictureWidth)
        let (y, height) = longer(y, height, self.width, pictureHeight)
        return Window(x: x, y: y, width: width, height: height)
    }
}
