// The numbers by which data sets are judged, each with its source.

/// From when on something is said about a data set.
///
/// Those about single pictures are CleanVision's (https://github.com/cleanlab/cleanvision, version 0.3.7,
/// `image_property_issue_manager.py`), in our units.
public enum CheckRules {
    /// Images of a class from which on results are dependable as a rule: the accuracy guide's rule of thumb.
    public static let wantedImagesPerClass = Dataset.wantedImagesPerClass
    /// How many times as many images the largest class may have as the smallest.
    ///
    /// The founding documents want classes "roughly" equal and call 1000 against 100 a failure; 3 is ours, between the two.
    public static let classRatio = 3.0
    /// A picture is dark if 99 % of its pixels are no brighter than this, 0…1.
    public static let darkest99th = 0.32
    /// A picture is too light if 95 % of its pixels are brighter than this, 0…1.
    public static let lightest5th = 0.95
    /// A picture below this clarity, 0…1, is blurry.
    public static let clarity = 0.29
    /// A picture whose greys have less entropy than this, in bits, shows next to nothing.
    ///
    /// CleanVision's 3 bits are of the three channels counted together, which for grey is log₂ 3 more.
    public static let entropy = 3 - 1.584_962_500_721_156
    /// A picture is long and narrow if its shorter side is less than this share of the longer one.
    public static let aspect = 0.35
    /// Sizes farther from the middle half than this many times its width are odd; sizes are roots of areas, in pixels.
    public static let sizeSpread = 3.0
    /// Pictures below this colourfulness, 0…1, are grey: a quarter of a level, since grey files are grey in every pixel.
    public static let grey = 0.001
    /// Grey pictures are said to be among coloured ones up to this share of all.
    public static let greyShare = 0.5
    /// Pictures of more pixels than this should be made smaller before training: the recipes' 4 megapixels.
    public static let largePixels = 4_000_000
    /// The longer side, in pixels, that copies of large pictures get.
    public static let copySide = 1000
    /// Two parts differ if the largest distance of their distribution functions is at least this, 0…1.
    ///
    /// For two normal distributions it is that of means half a standard deviation apart, Cohen's "medium" effect ("Statistical
    /// Power Analysis for the Behavioral Sciences", 1988, 2.2.3): 2 Φ(0.25) − 1 = 0.197.
    public static let driftDistance = 0.2
    /// And if chance alone would bring that about less often than this, 0…1.
    public static let driftProbability = 0.001
    /// The same by what a network makes of the photos: from this distance on parts differ (`PartDistance.distance`), 0…1.
    public static let featureDistance = 0.1
}
