// How photos are changed at random while a network is trained, so that it learns what does not matter.
//
// The changes are torchvision's (https://docs.pytorch.org/vision/stable/transforms.html) by definition and distribution,
// where it has them: RandomResizedCrop, ColorJitter, RandomErasing.

/// Which random changes are made to a training photo, how strongly, and to what share of the photos.
///
/// Evaluation and prediction change nothing. A photo that may be changed gets each operation with that operation's
/// probability, in the order of `Operation`, whatever else it gets:
///
///     let augmentation = Augmentation.standard.with(.rotate, 10, probability: 0.5).without(.flip)
///     let same = try Augmentation("standard,no-flip,rotate(10,p=0.5)")
public struct Augmentation: Hashable, Sendable {
    /// How an operation is used.
    public struct Setting: Hashable, Sendable {
        /// The share of the photos, originals aside, that get it: above 0, up to 1.
        public let probability: Double
        /// What its strength is drawn from, each value as likely as any other; `Operation` says in which unit.
        ///
        /// Without meaning for flips.
        public let range: ClosedRange<Double>
        /// For `crop` and `erase`: what width / height is drawn from, evenly by its logarithm.
        ///
        /// 1…1 for the others.
        public let aspectRatio: ClosedRange<Double>
    }

    /// Nothing.
    public static let none = Augmentation()

    /// For photos whose subject is the same seen in a mirror, a little nearer, and in other light: most of them.
    public static let standard = none.with(.flip).with(.crop).with(.brightness).with(.contrast)

    /// For few photos and long training, where mirror, colour, size and tilt say nothing about the class.
    public static let strong =
        none.with(.flip).with(.rotate, 15, probability: 0.5).with(.crop, 0.3).with(.brightness, 0.4)
        .with(.contrast, 0.4).with(.saturation, 0.4).with(.hue, 0.03).with(.blur, 1.5, probability: 0.2)
        .with(.noise, 0.03, probability: 0.3).with(.erase, 0.2, probability: 0.25)

    /// The share of the photos that no operation touches, 0…1; drawn anew in each epoch.
    ///
    /// At least a fifth of what a network learns from should be as it will see it later.
    public var originals = 0.2

    private var settings: [Operation: Setting] = [:]

    /// Makes an augmentation that does nothing, to which operations can be added.
    public init() {}

    /// How `operation` is used; nil where it is not.
    public subscript(operation: Operation) -> Setting? { settings[operation] }

    /// The operations that are used, in the order in which they are done.
    public var operations: [Operation] { Operation.allCases.filter { settings[$0] != nil } }

    /// The same with one operation more, or with that one otherwise.
    ///
    /// One number for the strength stands for a range, as the operation's help explains. Its usual strength and probability
    /// are taken where none is given.
    public func with(_ operation: Operation, _ strength: Double? = nil, probability: Double? = nil) -> Augmentation {
        let rule = operation.rule
        return with(operation, in: rule.range(strength: strength ?? rule.usualStrength), probability: probability)
    }

    /// The same with one operation more, its strength drawn from `range`.
    ///
    /// Ratios of width to height matter to `crop` and `erase` alone.
    public func with(
        _ operation: Operation, in range: ClosedRange<Double>, aspectRatio: ClosedRange<Double>? = nil,
        probability: Double? = nil
    ) -> Augmentation {
        var result = self
        let rule = operation.rule
        result.settings[operation] = Setting(
            probability: probability ?? rule.usualProbability, range: rule.form == .none ? 1...1 : range,
            aspectRatio: rule.usualAspectRatio.map { aspectRatio ?? $0 } ?? 1...1)
        return result
    }

    /// The same without an operation.
    public func without(_ operation: Operation) -> Augmentation {
        var result = self
        result.settings[operation] = nil
        return result
    }

    /// The same with another share of untouched photos.
    public func with(originals: Double) -> Augmentation {
        var result = self
        result.originals = originals
        return result
    }

    /// Tells in a sentence why these numbers make no sense, or nil where they do.
    public var problem: String? {
        guard (0...1).contains(originals) else {
            return "The share of untouched originals is 0 to 1, not \(originals)."
        }
        for operation in operations {
            guard let setting = settings[operation] else { continue }
            if let problem = operation.problem(with: setting) { return problem }
        }
        return nil
    }

    /// Tells in a sentence what these numbers make unlikely to work well, or nil.
    public var warning: String? {
        guard originals < 0.2 && !settings.isEmpty else { return nil }
        return "Only \(originals) of the photos stay as they are; at least 0.2 should, or the network may learn the "
            + "changes instead of the photos."
    }
}

extension Augmentation.Operation {
    fileprivate func problem(with setting: Augmentation.Setting) -> String? {
        guard setting.probability > 0 && setting.probability <= 1 else {
            return "The probability of \(rawValue) is above 0 and at most 1, not \(setting.probability); "
                + "'no-\(rawValue)' switches it off."
        }
        func isWithin(_ range: ClosedRange<Double>, _ limits: ClosedRange<Double>) -> Bool {
            limits.contains(range.lowerBound) && limits.contains(range.upperBound)
        }
        if rule.form != .none && !isWithin(setting.range, rule.limits) {
            return "The strength of \(rawValue) (\(rule.unit)) lies between \(shortest(rule.limits.lowerBound)) and "
                + "\(shortest(rule.limits.upperBound)); \(shortest(setting.range)) does not."
        }
        if rule.usualAspectRatio != nil && !isWithin(setting.aspectRatio, Self.aspectRatioLimits) {
            return "The ratio of width to height of \(rawValue) lies between 0.1 and 10; "
                + "\(shortest(setting.aspectRatio)) does not."
        }
        return nil
    }
}
