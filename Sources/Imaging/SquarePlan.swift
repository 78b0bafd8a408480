// Which pixels a square is made of.

/// The size to which a picture is resized, which part of that is kept, and where in the square it comes to lie.
struct SquarePlan: Hashable {
    /// The picture is resized to this width, in pixels.
    let width: Int
    /// The picture is resized to this height, in pixels.
    let height: Int
    /// The part of the resized picture that is kept.
    let window: Window
    /// Where the window's top left pixel lies in the square.
    let left, top: Int
    private let side: Int
    private let padding: [UInt8]

    /// For a picture of `width` × `height` pixels, upright.
    init(_ preprocessing: Preprocessing, width pictureWidth: Int, height pictureHeight: Int) {
        if let problem = preprocessing.problem { preconditionFailure(problem) }
        let side = preprocessing.side
        self.side = side
        padding = preprocessing.paddingColour
        switch preprocessing.resize {
        case .squash:
            (width, height) = (side, side)
            window = Window(x: 0, y: 0, width: side, height: side)
            (left, top) = (0, 0)
        case .crop:
            // torchvision: the longer side is cut to whole pixels, the offsets are rounded, halves to the even number.
            let short = preprocessing.shorterSide
            let (shorter, longer) = (min(pictureWidth, pictureHeight), max(pictureWidth, pictureHeight))
            let long = Int(Double(short * longer) / Double(shorter))
            (width, height) = pictureWidth <= pictureHeight ? (short, long) : (long, short)
            let x = Int((Double(width - side) / 2).rounded(.toNearestOrEven))
            let y = Int((Double(height - side) / 2).rounded(.toNearestOrEven))
            window = Window(x: x, y: y, width: side, height: side)
            (left, top) = (0, 0)
        case .letterbox:
            // As Pillow's ImageOps.pad.
            func fitted(_ shorter: Int, _ longer: Int) -> Int {
                max(1, Int((Double(shorter) / Double(longer) * Double(side)).rounded(.toNearestOrEven)))
            }
            width = pictureWidth < pictureHeight ? fitted(pictureWidth, pictureHeight) : side
            height = pictureHeight < pictureWidth ? fitted(pictureHeight, pictureWidth) : side
            window = Window(x: 0, y: 0, width: width, height: height)
            left = Int((Double(side - width) / 2).rounded(.toNearestOrEven))
            top = Int((Double(side - height) / 2).rounded(.toNearestOrEven))
        }
    }

    /// Writes the square to `square`, `side * side * 3` bytes.
    func carryOut(
        _ raster: Raster, extent: (width: Double, height: Double), into square: UnsafeMutableBufferPointer<UInt8>,
        in workspace: Workspace
    ) {
        guard let base = square.baseAddress else { return }
        if window.width < side || window.height < side {
            for index in 0..<side * side { (base + 3 * index).update(from: padding, count: 3) }
        }
        resize(
            raster, extent: extent, to: width, height, window: window, into: base + 3 * (top * side + left),
            stride: 3 * side, in: workspace)
    }
}
