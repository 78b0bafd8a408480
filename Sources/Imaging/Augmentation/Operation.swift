// What can be done to a photo at random, and when it should not be.

extension Augmentation {
    /// One kind of random change; in the order in which they are done.
    public enum Operation: String, Codable, CaseIterable, Sendable {
        /// Left and right change places.
        case flip
        /// Top and bottom change places.
        case verticalFlip = "vflip"
        /// Turned about the middle.
        case rotate
        /// A part of the photo is taken for the whole.
        case crop
        /// Larger or smaller.
        case scale
        /// Slanted, along the rows and along the columns.
        case shear
        /// Lighter or darker.
        case brightness
        /// Differences of light and dark stronger or weaker.
        case contrast
        /// Colours stronger or weaker.
        case saturation
        /// Colours moved around the colour circle.
        case hue
        /// Out of focus.
        case blur
        /// Grains.
        case noise
        /// A rectangle covered.
        case erase

        /// What it does, and when not to use it, for somebody who reads of it for the first time.
        public var help: String {
            switch self {
            case .flip:
                "Mirrors the photo, left to right. Not for characters and digits, nor where left and right are what is to be "
                    + "told apart, such as left and right shoes."
            case .verticalFlip:
                "Turns the photo upside down, as in a mirror on the floor. For views from above, such as satellite pictures; "
                    + "not for characters, for things that stand (bottles), or where the orientation is what is to be found."
            case .rotate:
                "Turns the photo about its middle, by an angle up to the given one in either direction. Not where the "
                    + "orientation is what is to be found; beyond 45 degrees not for characters or things that stand."
            case .crop:
                "Takes a part of the photo, at least this share of its area, for the whole: the subject is seen nearer and "
                    + "elsewhere. Not where the size in the photo is what is to be told apart, or where small details at the "
                    + "edge decide."
            case .scale:
                "Makes the subject up to this share larger or smaller, and keeps it in its place. Not where the size in the "
                    + "photo is what is to be told apart."
            case .shear:
                "Slants the photo, as when looked at from the side. Not where the shape is what is to be told apart, such as "
                    + "squares and diamonds."
            case .brightness:
                "Makes the photo up to this share lighter or darker, as in other light. Not where light and dark are what is "
                    + "to be told apart."
            case .contrast:
                "Makes differences of light and dark up to this share stronger or weaker. Not where light and dark are what "
                    + "is to be told apart."
            case .saturation:
                "Makes colours up to this share stronger or weaker. Not where the colour is what is to be told apart, such "
                    + "as green and red apples."
            case .hue:
                "Moves all colours around the colour circle, by up to this share of a whole turn; a third makes green of "
                    + "red. Not where the colour is what is to be told apart, such as green and red apples."
            case .blur:
                "Takes the photo out of focus, by up to this many pixels of what the network sees. Not where fine texture "
                    + "is what is to be told apart."
            case .noise:
                "Adds grains as of a photo in poor light, up to this deviation with 1 as white. Helps against over-fitting, "
                    + "and where cameras are poor."
            case .erase:
                "Covers a rectangle of up to this share of the picture, so that no single detail decides. Not where one "
                    + "small detail does decide."
            }
        }

        /// How it is written with its usual strength, such as "rotate(10)".
        public var example: String {
            rule.form == .none ? rawValue : "\(rawValue)(\(shortest(rule.usualStrength)))"
        }

        /// Whether it moves pixels, and boxes with them, rather than changing their colours.
        public var movesPixels: Bool {
            switch self {
            case .flip, .verticalFlip, .rotate, .crop, .scale, .shear: true
            case .brightness, .contrast, .saturation, .hue, .blur, .noise, .erase: false
            }
        }

        static let aspectRatioLimits = 0.1...10

        /// The numbers that an operation takes.
        struct Rule {
            /// What range one number stands for.
            enum Form {
                /// It has no strength.
                case none
                /// -s…s.
                case eitherWay
                /// 1 − s…1 + s.
                case aroundOne
                /// 0…s.
                case upTo
                /// s…1.
                case atLeast
                /// A fiftieth…s.
                case share
            }

            let form: Form
            let unit: String
            let usualStrength: Double
            let limits: ClosedRange<Double>
            var usualProbability = 1.0
            var usualAspectRatio: ClosedRange<Double>?

            func range(strength s: Double) -> ClosedRange<Double> {
                let (a, b) =
                    switch form {
                    case .none: (1.0, 1.0)
                    case .eitherWay: (-s, s)
                    case .aroundOne: (1 - s, 1 + s)
                    case .upTo: (0.0, s)
                    case .atLeast: (s, 1.0)
                    case .share: (min(0.02, s), s)
                    }
                return min(a, b)...max(a, b)
            }

            /// The one number that stands for `range`, if there is one.
            func strength(of range: ClosedRange<Double>) -> Double? {
                let exact =
                    switch form {
                    case .none: 1.0
                    case .eitherWay, .upTo, .share: range.upperBound
                    case .aroundOne: range.upperBound - 1
                    case .atLeast: range.lowerBound
                    }
                // 1.2 − 1 is a little less than 0.2.
                return [(exact * 1e12).rounded() / 1e12, exact].first { self.range(strength: $0) == range && $0 >= 0 }
            }
        }

        var rule: Rule {
            switch self {
            case .flip, .verticalFlip:
                Rule(form: .none, unit: "", usualStrength: 1, limits: 1...1, usualProbability: 0.5)
            case .rotate: Rule(form: .eitherWay, unit: "degrees", usualStrength: 10, limits: -180...180)
            case .crop:
                Rule(
                    form: .atLeast, unit: "share of the area", usualStrength: 0.6, limits: 0.01...1,
                    usualAspectRatio: 3.0 / 4...4.0 / 3)
            case .scale: Rule(form: .aroundOne, unit: "a factor", usualStrength: 0.2, limits: 0.1...10)
            // At 45 degrees both ways the photo would become a line.
            case .shear: Rule(form: .eitherWay, unit: "degrees", usualStrength: 10, limits: -40...40)
            case .brightness, .contrast, .saturation:
                Rule(form: .aroundOne, unit: "a factor", usualStrength: 0.2, limits: 0...10)
            case .hue:
                Rule(form: .eitherWay, unit: "turns of the colour circle", usualStrength: 0.03, limits: -0.5...0.5)
            case .blur:
                Rule(form: .upTo, unit: "pixels of deviation", usualStrength: 1, limits: 0...20, usualProbability: 0.5)
            case .noise: Rule(form: .upTo, unit: "deviation, white being 1", usualStrength: 0.02, limits: 0...0.5)
            case .erase:
                Rule(
                    form: .share, unit: "share of the area", usualStrength: 0.2, limits: 0.001...0.9,
                    usualProbability: 0.5,
                    usualAspectRatio: 0.3...3.3)
            }
        }
    }
}

/// A number as people write it: whole numbers without a fraction.
func shortest(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
}

func shortest(_ range: ClosedRange<Double>) -> String {
    "\(shortest(range.lowerBound))..\(shortest(range.upperBound))"
}
