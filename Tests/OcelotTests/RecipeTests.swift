// The parameter file: every name that the founding systems had, every error in full, and what is written reads back.
import Foundation
import Imaging
import Learning
import Ocelot
import TestSupport
import Testing

@Suite struct RecipeTests {
    private func recipe(_ yaml: String) throws -> ClassifierRecipe { try ClassifierRecipe(yaml: yaml, from: "a.yaml") }

    private func problem(_ yaml: String) -> String {
        do {
            return "no error: \(try recipe(yaml))"
        } catch {
            return "\(error)"
        }
    }

    @Test func theExplainedFileIsTheDefaults() throws {
        let text = ClassifierRecipe().yaml(explained: true)
        #expect(try recipe(text) == ClassifierRecipe())
        // Every parameter has its line, its explanation and what is allowed; no comment is wider than a terminal's window.
        for parameter in ClassifierRecipe.parameters {
            #expect(text.components(separatedBy: "\n\(parameter.name): ").count == 2)
            #expect(text.contains("# Allowed: \(parameter.range)."))
            #expect(parameter.help.count > 40)
        }
        #expect(text.split(separator: "\n").allSatisfy { !$0.hasPrefix("#") || $0.count <= 120 })
    }

    @Test func theExplainedFileStartsLikeThis() {
        let text = ClassifierRecipe().yaml(explained: true)
        #expect(
            text.hasPrefix(
                """
                # Parameters of an Ocelot classifier. Each line can be left out; the values here are the defaults.
                # Train with: ocelot train classifier PHOTOS --config THIS_FILE

                # How the model is made. svm: a pretrained network, left as it is, describes each photo by a vector
                # of numbers, and a linear support vector machine learns to tell your classes apart by them. It is
                # quick, needs no GPU, and is a strong start even with few photos. head: a small network learns
                # instead of the machine, on the same numbers. fine-tune: the head, and then the network itself,
                # learn from your photos: the most accurate, in minutes to hours. svm-refined: the machine, on the
                # numbers of the network that was trained so. scratch: the network learns from your photos alone;
                # only for many thousand.
                # Allowed: svm, head, fine-tune, svm-refined or scratch.
                # Also called: classifier.
                method: svm


                """))
    }

    @Test func whatIsWrittenReadsBack() throws {
        var other = ClassifierRecipe()
        other.backbone = "resnet50"
        other.weights = "a b/c #1: d.pth"
        other.imageSize = 448
        other.resize = .letterbox
        other.test = 1.0 / 3
        other.seed = 7
        other.cs = [1e-7, 0.123456789, 3, 1e6]
        other.folds = 5
        other.classWeights = .equal
        other.maxPixels = 1_000_000
        other.device = "cuda:1"
        #expect(try recipe(other.yaml()) == other)
        #expect(try recipe(other.yaml(explained: true)) == other)
        // The values that the run store and the package hold are those that `--set` takes.
        var again = ClassifierRecipe()
        for (key, value) in other.parameters() { try again.set(assignment: "\(key)=\(value)") }
        #expect(again == other)
    }

    private static let names: [(yaml: String, isRight: @Sendable (ClassifierRecipe) -> Bool)] = [
        ("classifier: svm", { $0.method == .svm }),
        ("base_model_name: ResNet18_ImageNet_CNTK", { $0.backbone == "resnet18" }),
        ("base_model_name: ResNet50_ImageNet_CNTK", { $0.backbone == "resnet50" }),
        ("rf_pretrainedModelFilename: ResNet_34.model", { $0.backbone == "resnet34" }),
        ("backbone: ResNet101", { $0.backbone == "resnet101" }),
        ("backbone: auto", { $0.backbone == nil }),
        ("image_dims: (3,224,224)", { $0.imageSize == 224 }),
        ("image_dims: [3, 500, 500]", { $0.imageSize == 500 }),
        ("rf_inputResoluton: 1000", { $0.imageSize == 1000 }),
        ("rf_inputResolution: 448", { $0.imageSize == 448 }),
        ("image-size: 96", { $0.imageSize == 96 }),
        ("ratioTrainTest: 0.75", { $0.test == 0.25 }),
        ("test_fraction: 0.4", { $0.test == 0.4 }),
        ("svm_CVals: [10, 0.1, 0.1]", { $0.cs == [0.1, 10] }),
        ("c_values: 1", { $0.cs == [1] }),
        ("rf_maxTrainImages: inf", { $0.maxTrainPhotos == nil }),
        ("rf_maxTrainImages: 300", { $0.maxTrainPhotos == 300 }),
        ("rf_boBalanceTrainingSet: True", { $0.classWeights == .balanced }),
        ("rf_boBalanceTrainingSet: False", { $0.classWeights == .equal }),
        ("class_weights: none", { $0.classWeights == .equal }),
        ("device: CUDA:1", { $0.device == "cuda:1" }),
        ("max_pixels: 50_000_000", { $0.maxPixels == 50_000_000 }),
        ("", { $0 == ClassifierRecipe() }),
        ("# only a comment", { $0 == ClassifierRecipe() }),
    ]

    @Test(arguments: names.indices) func readsEveryName(_ index: Int) throws {
        let (yaml, isRight) = Self.names[index]
        let recipe = try recipe(yaml)
        #expect(isRight(recipe), "\(yaml) gave \(recipe)")
    }

    /// With an SVM these do nothing: they are taken, so that one file serves all methods, and it is said.
    @Test(arguments: [
        ("lr_per_mb: 0.5", "learning_rate"), ("mb_size: 8", "batch_size"), ("rf_maxEpochs: 45", "epochs"),
        ("dropout_rate: 0.2", "dropout"), ("l2_reg_weight: 0.1", "weight_decay"), ("rf_momentumPerMb: 0.5", "momentum"),
        ("patience: 2", "patience"), ("augment: standard", "augment"), ("rf_boFreezeWeights: True", "stages"),
    ])
    func saysWhatHasNoEffect(_ line: String, _ name: String) throws {
        let recipe = try recipe("seed: 1\n\(line)")
        #expect(recipe.ineffective == [name])
        #expect(recipe.method == .svm)
    }

    @Test(arguments: [
        ("seeed: 1", "There is no parameter 'seeed'. Did you mean 'seed'?"),
        ("xyzzy: 1", "There is no parameter 'xyzzy'. 'ocelot new NAME' writes a file with all of them."),
        (
            "svm_boL2Normalize: True",
            "'svm_boL2Normalize' has no effect: features are always scaled to length 1. Leave it out."
        ),
        ("seed: 1.5", "seed is '1.5'; it must be a whole number from 0 to 2147483647."),
        ("seed: -1", "seed is -1; it must be from 0 to 2147483647."),
        ("seed: {a: 1}", "seed has no value. Give 0 to 2147483647, or leave it out."),
        ("seed:", "seed has no value. Give 0 to 2147483647, or leave it out."),
        ("weights:", "weights has no value. Give auto, or a file, or leave it out."),
        ("weights: null", "weights has no value. Give auto, or a file, or leave it out."),
        ("folds: many", "folds is 'many'; it must be a whole number from 2 to 20."),
        ("folds: 1", "folds is 1; it must be from 2 to 20."),
        ("test: 1.5", "test is 1.5; it must be from 0.01 to 0.9."),
        ("test: nan", "test is 'nan'; it must be a number from 0.01 to 0.9."),
        ("ratioTrainTest: 1", "ratioTrainTest is 1; it must be from 0.1 to 0.99."),
        ("image_size: 31", "image_size is 31; it must be from 32 to 4096."),
        (
            "image_dims: (1,224,224)",
            """
            image_dims is (1,224,224); the first number counts channels and must be 3, for red, green and blue.
            """
        ),
        ("image_dims: (3,224,500)", "image_dims is (3,224,500); width and height must be equal."),
        ("image_dims: (3,224)", "image_dims is '(3,224)'; it must be a whole number from 32 to 4096."),
        (
            "backbone: resnet81",
            "There is no network 'resnet81'. Did you mean 'resnet18'? 'ocelot weights list' shows all."
        ),
        ("backbone: xyzzy", "There is no network 'xyzzy'. 'ocelot weights list' shows all."),
        ("method: knn", "method is 'knn'; it must be one of: svm, head, fine-tune, svm-refined, scratch."),
        ("resize: stretch", "resize is 'stretch'; it must be one of: crop, squash, letterbox."),
        ("class_weights: heavy", "class_weights is 'heavy'; it must be one of: balanced, equal."),
        ("c: [1, much]", "c is 'much'; it must be a number from 1e-08 to 1e+08."),
        ("c: []", "c has no value. Give one or more numbers from 1e-8 to 1e8, or leave it out."),
        ("c: 0", "c is 0; it must be from 1e-08 to 1e+08."),
        ("device: gpu", "device is 'gpu'; it must be one of: cpu, cuda, cuda:N."),
        ("max_pixels: 3", "max_pixels is 3; it must be from 1024 to 2000000000."),
    ])
    func saysWhatIsWrong(_ line: String, _ expected: String) {
        #expect(problem("# a comment\n\n\(line)\n") == "a.yaml, line 3: \(expected)")
    }

    @Test func saysWhatIsNamedTwice() {
        #expect(
            problem("image_size: 224\nfolds: 3\nrf_inputResoluton: 448") == """
                a.yaml, line 3: 'rf_inputResoluton' and 'image_size' are two names of one parameter. Leave one out.
                """)
    }

    @Test func saysWhatIsNoParameterFile() {
        #expect(
            problem("- 1\n- 2") == """
                a.yaml is not a parameter file: it is not a list of 'name: value' lines. 'ocelot new NAME' writes one to \
                start from.
                """)
        let text = problem("seed: [1")
        #expect(text.hasPrefix("a.yaml is not a parameter file: "))
        #expect(text.hasSuffix(". 'ocelot new NAME' writes one to start from."))
        #expect(!text.contains("\n"))
    }

    @Test func saysThatTheFileCannotBeRead() async throws {
        try await withTemporaryFolder { folder in
            let missing = folder.appending(path: "a.yaml")
            let text = await sentence { try ClassifierRecipe(file: missing) }
            #expect(text.hasPrefix("The parameter file \(missing.path) cannot be read: "))
        }
    }

    @Test func setsFromTheCommandLine() async throws {
        var recipe = ClassifierRecipe()
        try recipe.set(assignment: "c = 0.1, 1")
        try recipe.set(assignment: "rf_inputResolution=448")
        #expect(recipe.cs == [0.1, 1])
        #expect(recipe.imageSize == 448)
        let start = recipe
        for (text, expected) in [
            ("seed", "--set takes key=value, not 'seed'."),
            ("seed=", "seed has no value. Give 0 to 2147483647, or leave it out."),
            ("sed=1", "There is no parameter 'sed'. Did you mean 'seed'?"),
            ("folds=99", "folds is 99; it must be from 2 to 20."),
        ] {
            #expect(await sentence { try recipe.set(assignment: text) } == expected)
            #expect(recipe == start)
        }
    }

    @Test func writesATemplateOnce() async throws {
        try await withTemporaryFolder { folder in
            let project = folder.appending(path: "mine")
            try FileManager.default.createDirectory(at: project, withIntermediateDirectories: true)
            let written = try writeTemplate(to: project)
            #expect(try ClassifierRecipe(file: written) == ClassifierRecipe())
            #expect(
                await sentence { try writeTemplate(to: project) }
                    == "\(written.path) exists already and was not overwritten. Choose another name.")
        }
    }
}
