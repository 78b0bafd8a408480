// What each parameter is called, means, and may be: one table for the parameter file, `--set`, and the documentation.

public import Foundation
import Imaging
import Learning
import Models
import Networks

/// A value as it stands in a parameter file or on the command line.
struct ParameterValue {
    let text: String

    init(_ text: String) { self.text = text }

    /// The parts of a list, in brackets or not: `[1, 2]`, `(3,224,224)`, `1 2`.
    var parts: [String] {
        text.trimmingCharacters(in: CharacterSet(charactersIn: "[]() "))
            .split(whereSeparator: { ", \t".contains($0) }).map(String.init)
    }
}

/// One parameter of a recipe.
public struct Parameter: Sendable {
    /// What it is called.
    public let name: String
    /// What else it may be called: the founding systems' names.
    public let aliases: [String]
    /// What it means, in sentences for somebody who has never trained a network.
    public let help: String
    /// What it may be.
    public let range: String
    /// The methods with which it does something.
    var methods = Set(ClassifierRecipe.Method.allCases)
    let read: @Sendable (inout ClassifierRecipe, ParameterValue, String) throws -> Void
    let write: @Sendable (ClassifierRecipe) -> String

    /// The parameter of this name or alias; an error that suggests the nearest name otherwise.
    static func named(_ key: String) throws -> Parameter {
        let plain = key.lowercased().replacingOccurrences(of: "-", with: "_")
        let found = ClassifierRecipe.parameters.first { parameter in
            parameter.name == plain || parameter.aliases.contains { $0.lowercased() == plain }
        }
        if let found { return found }
        if plain == "svm_bol2normalize" { throw RecipeProblem.settled(key: key) }
        let known = ClassifierRecipe.parameters.flatMap { [$0.name] + $0.aliases }
        throw RecipeProblem.unknownKey(key, suggestion: NearMiss.suggestion(for: key, among: known))
    }

    /// Sets the parameter in `recipe`; `key` is the name that was used.
    func set(_ recipe: inout ClassifierRecipe, to text: String, _ key: String) throws {
        let value = ParameterValue(text)
        guard !value.text.isEmpty else { throw RecipeProblem.noValue(key: key, range: range) }
        try read(&recipe, value, key)
    }
}

extension ClassifierRecipe {
    /// All parameters, in the order of the parameter file.
    public static let parameters: [Parameter] =
        generalParameters + labelParameters + svmParameters + refinementParameters + machineParameters

    /// Those of every method.
    private static let generalParameters: [Parameter] = [
        Parameter(
            name: "method", aliases: ["classifier"],
            help: """
                How the model is made. svm: a pretrained network, left as it is, describes each photo by a vector of numbers, and a \
                linear support vector machine learns to tell your classes apart by them. It is quick, needs no GPU, and is a strong \
                start even with few photos. head: a small network learns instead of the machine, on the same numbers. fine-tune: \
                the head, and then the network itself, learn from your photos: the most accurate, in minutes to hours. svm-refined: \
                the machine, on the numbers of the network that was trained so. scratch: the network learns from your photos \
                alone; only for many thousand.
                """,
            range: "svm, head, fine-tune, svm-refined or scratch",
            read: { recipe, value, key in
                let founding = ["dnn": "fine-tune", "svmdnnrefined": "svm-refined", "fine_tune": "fine-tune"]
                let text = value.text.lowercased()
                guard let method = Method(rawValue: founding[text] ?? text) else {
                    throw RecipeProblem.notOne(key: key, value: value.text, of: Method.allCases.map(\.rawValue))
                }
                recipe.method = method
            }, write: { $0.method.rawValue }),
        Parameter(
            name: "backbone", aliases: ["base_model_name", "rf_pretrainedModelFilename"],
            help: """
                The pretrained network that describes the photos. Deeper networks describe more finely and take longer; resnet50 and \
                deeper give 2048 numbers a photo where resnet18 and resnet34 give 512, which helps an SVM most. 'ocelot weights list' \
                shows all, and which weights are at hand. auto: mobilenet_v2 or resnet18 if their weights are kept, otherwise starter, \
                the small network that comes with ocelot.
                """,
            range: "auto, or a name of 'ocelot weights list'",
            read: { recipe, value, _ in
                let isAutomatic = value.text == "auto"
                recipe.backbone = isAutomatic ? nil : try Backbone(named: foundingBackbone(value.text)).rawValue
            }, write: { $0.backbone ?? "auto" }),
        Parameter(
            name: "weights", aliases: [],
            help: """
                A file of weights for the backbone, safetensors or PyTorch's .pth. auto: those that 'ocelot weights' keeps.
                """,
            range: "auto, or a file",
            read: { recipe, value, _ in recipe.weights = value.text == "auto" ? nil : value.text },
            write: { $0.weights ?? "auto" }),
        Parameter(
            name: "image_size", aliases: ["image_dims", "rf_inputResolution", "rf_inputResoluton"],
            help: """
                Width and height of the image that the network sees, in pixels. Larger shows finer detail and nearly always raises \
                accuracy where detail matters; time grows with its square. Try 448 after 224. auto: what the backbone was trained with. \
                Given as (channels, width, height), channels must be 3.
                """,
            range: "auto, or 32 to 4096",
            read: { recipe, value, key in
                if value.text == "auto" {
                    recipe.imageSize = nil
                    return
                }
                var parts = value.parts
                if parts.count == 3 {
                    guard parts[0] == "3" else { throw RecipeProblem.channels(key: key, value: value.text) }
                    guard parts[1] == parts[2] else { throw RecipeProblem.notSquare(key: key, value: value.text) }
                    parts = [parts[1]]
                }
                recipe.imageSize = try wholeNumber(parts.count == 1 ? parts[0] : value.text, 32...4096, key)
            }, write: { $0.imageSize.map(String.init) ?? "auto" }),
        Parameter(
            name: "resize", aliases: [],
            help: """
                How a photo, which is rarely square, becomes a square. crop: its centre is cut out, and what lies at the far ends is not \
                seen. squash: it is squeezed, so everything is seen and proportions change. letterbox: it is fitted in whole, with grey \
                bars. Choose squash or letterbox if what matters lies near the edges.
                """,
            range: "crop, squash or letterbox",
            read: { recipe, value, key in
                guard let resize = Preprocessing.Resize(rawValue: value.text.lowercased()) else {
                    let allowed = Preprocessing.Resize.allCases.map(\.rawValue)
                    throw RecipeProblem.notOne(key: key, value: value.text, of: allowed)
                }
                recipe.resize = resize
            }, write: { $0.resize.rawValue }),
        Parameter(
            name: "test", aliases: ["test_fraction", "ratioTrainTest"],
            help: """
                Part of each class that is kept away from training, to measure the model on. Photos that are exact copies of one \
                another are never on both sides. ratioTrainTest, the founding name, gives the part for training instead: 0.75 there is \
                0.25 here. A data set with folders train and test is taken as it is.
                """,
            range: "0.01 to 0.9",
            read: { recipe, value, key in
                let isTraining = key.lowercased() == "ratiotraintest"
                let number = try realNumber(value.text, isTraining ? 0.1...0.99 : 0.01...0.9, key)
                recipe.test = isTraining ? ((1 - number) * 1e9).rounded() / 1e9 : number
            }, write: { "\($0.test)" }),
        Parameter(
            name: "max_train_photos", aliases: ["rf_maxTrainImages"],
            help: """
                At most so many photos are trained with, drawn by lot, each class in its share; the others are left aside, and the test \
                stays as it is. For a quick try, or to see what fewer photos would have given. none: all.
                """,
            range: "none, or 1 to 100000000",
            read: { recipe, value, key in
                let isUnlimited = ["none", "inf"].contains(value.text.lowercased())
                recipe.maxTrainPhotos = isUnlimited ? nil : try wholeNumber(value.text, 1...100_000_000, key)
            }, write: { $0.maxTrainPhotos.map(String.init) ?? "none" }),
        Parameter(
            name: "seed", aliases: [],
            help: """
                Where every choice by chance starts, such as which photos are for testing. The same seed gives the same model, byte for \
                byte. Train with several seeds to see how far the accuracy varies by luck alone.
                """,
            range: "0 to 2147483647",
            read: { recipe, value, key in recipe.seed = try wholeNumber(value.text, 0...Int(Int32.max), key) },
            write: { "\($0.seed)" }),
        Parameter(
            name: "class_weights", aliases: ["rf_boBalanceTrainingSet"],
            help: """
                How much a photo of each class counts. balanced: a class with few photos counts as much as one with many. equal: every \
                photo counts the same, so rare classes are predicted less often.
                """,
            range: "balanced or equal",
            read: { recipe, value, key in
                let names = ["true": "balanced", "false": "equal", "none": "equal"]
                let text = value.text.lowercased()
                guard let weights = ClassWeights(rawValue: names[text] ?? text) else {
                    throw RecipeProblem.notOne(key: key, value: value.text, of: ClassWeights.allCases.map(\.rawValue))
                }
                recipe.classWeights = weights
            }, write: { $0.classWeights.rawValue }),
    ]

    /// Those of support vector machines.
    private static let svmParameters: [Parameter] = [
        Parameter(
            name: "c", aliases: ["svm_CVals", "c_values"],
            help: """
                How much a misclassified training photo counts against a simple boundary. Small values give simple models that may not \
                fit; large ones fit the training photos, and may learn their accidents. All values listed are tried on held-out parts \
                of the training photos, never on the test photos, and the best is kept.
                """,
            range: "one or more numbers from 1e-8 to 1e8", methods: [.svm, .svmRefined],
            read: { recipe, value, key in
                let values = try value.parts.map { try realNumber($0, 1e-8...1e8, key) }
                guard !values.isEmpty else { throw RecipeProblem.noValue(key: key, range: "one or more numbers") }
                recipe.cs = Array(Set(values)).sorted()
            }, write: { "[" + $0.cs.map(plain).joined(separator: ", ") + "]" }),
        Parameter(
            name: "feature_map", aliases: [],
            help: """
                What is done to the network's features before they are scaled to length 1 and given to the SVM. plain: nothing. root: \
                the square root of each, which keeps a few large ones from drowning the others. auto: whichever does better on \
                held-out training photos.
                """,
            range: "auto, plain or root", methods: [.svm, .svmRefined],
            read: { recipe, value, key in
                let text = value.text.lowercased()
                guard text == "auto" || FeatureMap(rawValue: text) != nil else {
                    throw RecipeProblem.notOne(key: key, value: value.text, of: ["auto", "plain", "root"])
                }
                recipe.featureMaps = FeatureMap(rawValue: text).map { [$0] } ?? FeatureMap.allCases
            }, write: { $0.featureMaps.count == 1 ? $0.featureMaps[0].rawValue : "auto" }),
        Parameter(
            name: "folds", aliases: [],
            help: """
                In how many parts the training photos are divided to choose C: each part in turn is held out, and predicted by models \
                trained on the others. More parts choose a little better and take longer.
                """,
            range: "2 to 20", methods: [.svm, .svmRefined],
            read: { recipe, value, key in recipe.folds = try wholeNumber(value.text, 2...20, key) },
            write: { "\($0.folds)" }),
    ]

    /// Those of the machine, and of what is left out.
    private static let machineParameters: [Parameter] = [
        Parameter(
            name: "max_pixels", aliases: [],
            help: """
                Pictures with more pixels (width times height) are left out, by what their header says, before anything is decoded: a \
                small file can claim to be a picture that fills the memory.
                """,
            range: "1024 to 2000000000",
            read: { recipe, value, key in recipe.maxPixels = try wholeNumber(value.text, 1024...2_000_000_000, key) },
            write: { "\($0.maxPixels)" }),
        Parameter(
            name: "device", aliases: [],
            help: "Where the network is computed: cpu, or cuda, cuda:1 and so on for an NVIDIA GPU.",
            range: "cpu, cuda or cuda:N",
            read: { recipe, value, key in
                let parts = value.text.lowercased().split(separator: ":", omittingEmptySubsequences: false)
                let isNumbered = parts.count == 2 && parts[0] == "cuda" && UInt8(parts[1]) != nil
                guard parts == ["cpu"] || parts == ["cuda"] || isNumbered else {
                    throw RecipeProblem.notOne(key: key, value: value.text, of: ["cpu", "cuda", "cuda:N"])
                }
                recipe.device = value.text.lowercased()
            }, write: { $0.device }),
    ]

    /// The founding systems' names of networks, such as ResNet18_ImageNet_CNTK and ResNet_50.model, in ours.
    private static func foundingBackbone(_ name: String) -> String {
        let lower = name.lowercased()
        let depth = ["18", "34", "50", "101", "152"].first { depth in
            ["resnet\(depth)_imagenet_cntk", "resnet_\(depth).model", "resnet_\(depth)"].contains(lower)
        }
        return depth.map { "resnet\($0)" } ?? name
    }
}

/// The shortest text that reads back to the same number.
func plain(_ number: Double) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

func wholeNumber(_ text: String, _ range: ClosedRange<Int>, _ key: String) throws -> Int {
    let (from, to) = ("\(range.lowerBound)", "\(range.upperBound)")
    guard let number = Int(text.replacingOccurrences(of: "_", with: "")) else {
        throw RecipeProblem.notANumber(key: key, value: text, kind: "a whole number", from: from, to: to)
    }
    guard range.contains(number) else { throw RecipeProblem.outOfRange(key: key, value: text, from: from, to: to) }
    return number
}

func realNumber(_ text: String, _ range: ClosedRange<Double>, _ key: String) throws -> Double {
    let (from, to) = (String(format: "%g", range.lowerBound), String(format: "%g", range.upperBound))
    guard let number = Double(text), number.isFinite else {
        throw RecipeProblem.notANumber(key: key, value: text, kind: "a number", from: from, to: to)
    }
    guard range.contains(number) else { throw RecipeProblem.outOfRange(key: key, value: text, from: from, to: to) }
    return number
}
