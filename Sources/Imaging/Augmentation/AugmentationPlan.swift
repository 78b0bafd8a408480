// What is done to one photo: every random number drawn, and no pixel touched yet.

import Foundation

/// The changes to one photo, as numbers.
///
/// Drawn by `Augmentation.plan`, or written by hand: `plan.isMirrored = true` alone is the mirrored photo.
public struct AugmentationPlan: Hashable, Sendable {
    /// A part of a photo, whose size in pixels only follows when the photo is known.
    public struct Crop: Hashable, Sendable {
        /// Shares of the photo's area and ratios of width to height; the first that fits into the photo is taken.
        let candidates: [Candidate]
        /// How much of the room that the part leaves is on its left, 0…1, and above it.
        let x, y: Double
        /// What the part's ratio is brought to when no candidate fits.
        let aspectRatio: ClosedRange<Double>

        struct Candidate: Hashable {
            let area, aspectRatio: Double
        }

        /// One part, such as the middle: area 0.25, aspect ratio 1, x and y 0.5.
        ///
        /// - Parameters:
        ///   - area: The share of the photo's area, above 0, up to 1.
        ///   - aspectRatio: Width / height. Of the part itself where the preprocessing crops; otherwise as many times the
        ///     photo's own. If the part is wider or higher than the photo, it ends at the photo's sides.
        ///   - x: How much of the room beside the part is on its left, 0…1.
        ///   - y: How much of the room above and below the part is above it, 0…1.
        public init(area: Double, aspectRatio: Double, x: Double, y: Double) {
            precondition(area > 0 && aspectRatio > 0, "A part of a photo has an area and two sides.")
            self.init(
                candidates: [Candidate(area: area, aspectRatio: aspectRatio)], x: x, y: y,
                aspectRatio: aspectRatio...aspectRatio)
        }

        init(candidates: [Candidate], x: Double, y: Double, aspectRatio: ClosedRange<Double>) {
            (self.candidates, self.x, self.y, self.aspectRatio) = (candidates, x, y, aspectRatio)
        }
    }

    /// Left and right change places.
    public var isMirrored = false
    /// Top and bottom change places.
    public var isFlipped = false
    /// Clockwise, in degrees.
    public var rotation = 0.0
    /// The part that is taken for the whole; nil for all of it.
    public var crop: Crop?
    /// How many times larger, above 0.
    public var zoom = 1.0
    /// How far rows are moved along themselves with their height, in degrees.
    public var shearX = 0.0
    /// How far columns are moved along themselves, in degrees.
    public var shearY = 0.0
    /// By what pixels are multiplied.
    public var brightness = 1.0
    /// By what differences from the mean grey are multiplied.
    public var contrast = 1.0
    /// By what differences of a pixel from its own grey are multiplied.
    public var saturation = 1.0
    /// How far colours are moved around the circle, -0.5…0.5 turns.
    public var hue = 0.0
    /// The standard deviation of the blur in pixels of the result.
    public var blur = 0.0
    /// The standard deviation of the noise, white being 1, up to 0.5.
    public var noise = 0.0
    /// Where the noise comes from.
    public var noiseSeed: UInt64 = 0
    /// What is covered, in fractions of the result's sides.
    public var erased: Rectangle?

    /// Nothing is changed.
    public static let original = AugmentationPlan()

    /// A plan that changes nothing.
    public init() {}

    /// What is changed, in the order in which that is done.
    public var operations: [Augmentation.Operation] { Augmentation.Operation.allCases.filter { amount(of: $0) != nil } }

    /// Whether rows and columns stay rows and columns of the same spacing, so that a resize does it all.
    var isWarped: Bool { rotation != 0 || zoom != 1 || shearX != 0 || shearY != 0 }

    /// Whether the blur is enough to change a byte; below a twentieth of a pixel the neighbours' weights are nothing.
    var isBlurred: Bool { blur >= 0.05 }

    /// What is done in words and numbers, for a caption; nil where the operation is not done.
    private func amount(of operation: Augmentation.Operation) -> String? {
        func factor(_ value: Double) -> String? { value == 1 ? nil : " " + decimals(value, 2) }
        return switch operation {
        case .flip: isMirrored ? "" : nil
        case .verticalFlip: isFlipped ? "" : nil
        case .rotate: rotation == 0 ? nil : " " + decimals(rotation, 0)
        // How large the part is follows only with the photo.
        case .crop: crop == nil ? nil : ""
        case .scale: factor(zoom)
        case .shear: shearX == 0 && shearY == 0 ? nil : " \(decimals(shearX, 0)) \(decimals(shearY, 0))"
        case .brightness: factor(brightness)
        case .contrast: factor(contrast)
        case .saturation: factor(saturation)
        case .hue: hue == 0 ? nil : " " + decimals(hue, 3)
        case .blur: isBlurred ? " " + decimals(blur, 1) : nil
        case .noise: noise == 0 ? nil : " " + decimals(noise, 2)
        case .erase: erased.map { " " + decimals($0.area, 2) }
        }
    }

    /// One short text an operation, such as "rotate -7", in the order of `operations`; none for an original.
    public var captions: [String] {
        Augmentation.Operation.allCases.compactMap { operation in amount(of: operation).map { operation.rawValue + $0 }
        }
    }
}

extension AugmentationPlan.Crop {
    /// The part of a photo of `width` × `height` pixels.
    ///
    /// torchvision's `RandomResizedCrop.get_params`. For a `relative` crop ratios count from the photo's own.
    func window(width: Int, height: Int, relative: Bool) -> Window {
        let (w, h) = (Double(width), Double(height))
        let own = relative ? w / h : 1
        for candidate in candidates {
            let ratio = candidate.aspectRatio * own
            let partWidth = Int((w * h * candidate.area * ratio).squareRoot().rounded(.toNearestOrEven))
            let partHeight = Int((w * h * candidate.area / ratio).squareRoot().rounded(.toNearestOrEven))
            if (1...width).contains(partWidth) && (1...height).contains(partHeight) {
                return Window(
                    x: min(Int(x * Double(width - partWidth + 1)), width - partWidth),
                    y: min(Int(y * Double(height - partHeight + 1)), height - partHeight),
                    width: partWidth, height: partHeight)
            }
        }
        var part = Window(width: width, height: height)
        let (least, most) = (aspectRatio.lowerBound * own, aspectRatio.upperBound * own)
        if w / h < least {
            part.height = min(max(Int((w / least).rounded(.toNearestOrEven)), 1), height)
        } else if w / h > most {
            part.width = min(max(Int((h * most).rounded(.toNearestOrEven)), 1), width)
        }
        part.x = (width - part.width) / 2
        part.y = (height - part.height) / 2
        return part
    }
}

extension Augmentation {
    /// Draws what is done to one photo.
    ///
    /// The same count of numbers is taken from the generator whatever is used and whatever comes out, each for its own
    /// purpose; so switching one operation off leaves the others as they were. Give each photo of each epoch a generator
    /// of its own, and the number of threads does not matter.
    public func plan(using generator: inout some RandomNumberGenerator) -> AugmentationPlan {
        if let problem { preconditionFailure(problem) }
        var plan = AugmentationPlan()
        let isOriginal = fraction(generator.next()) < originals
        for operation in Augmentation.Operation.allCases {
            let isChosen = fraction(generator.next()) < (self[operation]?.probability ?? 0)
            let numbers = (0..<operation.numbersDrawn).map { _ in generator.next() }
            guard isChosen && !isOriginal, let setting = self[operation] else { continue }
            plan.set(operation, setting, numbers)
        }
        return plan
    }
}

extension Augmentation.Operation {
    /// How many numbers `Augmentation.plan` draws for it, beyond the one that decides whether it is done.
    ///
    /// New operations go to the end of the list, or all plans change that were drawn before.
    fileprivate var numbersDrawn: Int {
        switch self {
        case .flip, .verticalFlip: 0
        case .rotate, .scale, .brightness, .contrast, .saturation, .hue, .blur: 1
        case .shear, .noise: 2
        case .crop, .erase: 2 * Self.tries + 2
        }
    }

    /// Sizes that are drawn for a part, of which the first that fits counts; torchvision's number.
    fileprivate static let tries = 10
}

extension AugmentationPlan {
    fileprivate mutating func set(
        _ operation: Augmentation.Operation, _ setting: Augmentation.Setting, _ numbers: [UInt64]
    ) {
        func strength(_ index: Int) -> Double {
            setting.range.lowerBound
                + fraction(numbers[index]) * (setting.range.upperBound - setting.range.lowerBound)
        }
        func ratio(_ index: Int) -> Double {
            let (low, high) = (log(setting.aspectRatio.lowerBound), log(setting.aspectRatio.upperBound))
            return exp(low + fraction(numbers[index]) * (high - low))
        }
        let tries = 0..<Augmentation.Operation.tries
        switch operation {
        case .flip: isMirrored = true
        case .verticalFlip: isFlipped = true
        case .rotate: rotation = strength(0)
        case .crop:
            crop = Crop(
                candidates: tries.map { .init(area: strength(2 * $0), aspectRatio: ratio(2 * $0 + 1)) },
                x: fraction(numbers[numbers.count - 2]), y: fraction(numbers[numbers.count - 1]),
                aspectRatio: setting.aspectRatio)
        case .scale: zoom = strength(0)
        case .shear: (shearX, shearY) = (strength(0), strength(1))
        case .brightness: brightness = strength(0)
        case .contrast: contrast = strength(0)
        case .saturation: saturation = strength(0)
        case .hue: hue = strength(0)
        case .blur: blur = strength(0)
        case .noise: (noise, noiseSeed) = (strength(0), numbers[1])
        case .erase:
            for index in tries {
                let (area, aspectRatio) = (strength(2 * index), ratio(2 * index + 1))
                let (width, height) = ((area * aspectRatio).squareRoot(), (area / aspectRatio).squareRoot())
                guard width < 1 && height < 1 else { continue }
                let x = fraction(numbers[numbers.count - 2]) * (1 - width)
                let y = fraction(numbers[numbers.count - 1]) * (1 - height)
                erased = Rectangle(x: x, y: y, width: width, height: height)
                return
            }
        }
    }
}

/// A number from 0 up to, but not including, 1: the upper 53 bits as a fraction.
private func fraction(_ bits: UInt64) -> Double { Double(bits >> 11) * 0x1p-53 }

private func decimals(_ value: Double, _ places: Int) -> String {
    let text = String(format: "%.\(places)f", value)
    return Double(text) == 0 ? text.replacing("-", with: "") : text
}
