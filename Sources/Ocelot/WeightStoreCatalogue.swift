// Weights that can be downloaded: those that torchvision publishes, by its own file names.
//
// Names, sizes and accuracies are those of torchvision 0.28 (`torchvision/models/resnet.py`, `mobilenetv2.py` and
// `squeezenet.py`). The eight digits in a file name are the first of its SHA-256.
public import Networks

/// Weights that their publisher offers for download.
public struct PublishedWeights: Codable, Hashable, Sendable {
    /// What they are called here.
    public var name: String
    /// The network that they are for.
    public var backbone: Backbone
    /// The publisher's file; before its extension stand the first digits of its SHA-256.
    public var file: String
    /// The length of the file in bytes, roughly.
    public var bytes: Int
    /// The share of the 50,000 validation images of ImageNet of which they name the right class first, in per cent.
    public var topOne: Double?
    /// Where the publisher keeps it: an address to which the file's name is added.
    public var address: String
    /// The terms, as the publisher states them.
    public var licence: String

    /// Makes an entry of a catalogue.
    package init(
        name: String, backbone: Backbone, file: String, bytes: Int, topOne: Double?, address: String, licence: String
    ) {
        self.name = name
        self.backbone = backbone
        self.file = file
        self.bytes = bytes
        self.topOne = topOne
        self.address = address
        self.licence = licence
    }

    /// The first digits of the file's SHA-256.
    package var digestPrefix: String {
        let stem = file.prefix { $0 != "." }
        return String(stem[(stem.lastIndex(of: "-").map { stem.index(after: $0) } ?? stem.endIndex)...])
    }
}

extension PublishedWeights {
    /// What `ocelot weights pull` knows.
    ///
    /// Of ResNet-50, `resnet50` is the first version. The second names more of ImageNet's classes rightly, but was trained
    /// by a recipe (label smoothing, mixing of images) that makes features less useful for other classes: Kornblith and
    /// others 2021, "Why Do Better Loss Functions Lead to Less Transferable Features?", https://arxiv.org/abs/2010.16402.
    public static let torchvision: [PublishedWeights] = [
        torchvision("resnet18", .resNet18, "resnet18-f37072fd.pth", mebibytes: 44.661, topOne: 69.758),
        torchvision("resnet34", .resNet34, "resnet34-b627a593.pth", mebibytes: 83.275, topOne: 73.314),
        torchvision("resnet50", .resNet50, "resnet50-0676ba61.pth", mebibytes: 97.781, topOne: 76.130),
        torchvision("resnet50-v2", .resNet50, "resnet50-11ad3fa6.pth", mebibytes: 97.790, topOne: 80.858),
        torchvision("resnet101", .resNet101, "resnet101-63fe2227.pth", mebibytes: 170.511, topOne: 77.374),
        torchvision("resnet152", .resNet152, "resnet152-394f9c45.pth", mebibytes: 230.434, topOne: 78.312),
        torchvision("mobilenet_v2", .mobileNetV2, "mobilenet_v2-b0353104.pth", mebibytes: 13.555, topOne: 71.878),
        torchvision("squeezenet1_1", .squeezeNet11, "squeezenet1_1-b8a52dc0.pth", mebibytes: 4.729, topOne: 58.178),
    ]

    private static func torchvision(
        _ name: String, _ backbone: Backbone, _ file: String, mebibytes: Double, topOne: Double
    ) -> PublishedWeights {
        PublishedWeights(
            name: name, backbone: backbone, file: file, bytes: Int(mebibytes * 1_048_576), topOne: topOne,
            address: "https://download.pytorch.org/models/",
            licence: "BSD-3-Clause (torchvision); trained on ImageNet, whose terms may apply")
    }
}
