// The choices of training a network: the founding systems' names, presets and rules, and every parameter there and back.

import Datasets
import Imaging
import Learning
import Networks
import Ocelot
import Testing
import Torch

@Suite struct RefinementTests {
    private func recipe(_ assignments: String...) throws -> ClassifierRecipe {
        var recipe = ClassifierRecipe()
        for assignment in assignments { try recipe.set(assignment: assignment) }
        return recipe
    }

    // MARK: - Names

    private static let names: [(text: String, isRight: @Sendable (ClassifierRecipe) -> Bool)] = [
        ("classifier=dnn", { $0.method == .fineTune }),
        ("classifier=svmDnnRefined", { $0.method == .svmRefined }),
        ("classifier=svm", { $0.method == .svm }),
        ("method=fine_tune", { $0.method == .fineTune }),
        ("method=HEAD", { $0.method == .head }),
        ("lr_per_mb=[0.05]*2+[0.005]", { $0.refinement.learningRate == .list([0.05, 0.05, 0.005]) }),
        ("rf_lrPerMb=[0.01]*2", { $0.refinement.learningRate == .list([0.01, 0.01]) }),
        ("lr=0.01", { $0.refinement.learningRate == .fixed(0.01) }),
        ("learning-rate=auto", { $0.refinement.learningRate == .auto }),
        ("learning_rate=usual", { $0.refinement.learningRate == .usual }),
        ("mb_size=8", { $0.refinement.batchSize == 8 }),
        ("rf_mbSize=8", { $0.refinement.batchSize == 8 }),
        ("cntk_mb_size=8", { $0.refinement.batchSize == 8 }),
        ("minibatch_size=8", { $0.refinement.batchSize == 8 }),
        ("rf_maxEpochs=45", { $0.refinement.epochs == 45 }),
        ("rf_momentumPerMb=0.5", { $0.refinement.momentum == 0.5 }),
        ("rf_l2RegWeight=0.001", { $0.refinement.weightDecay == 0.001 }),
        ("l2_reg_weight=0.001", { $0.refinement.weightDecay == 0.001 }),
        ("dropout_rate=0.25", { $0.refinement.dropout == 0.25 }),
        ("rf_dropoutRate=0.25", { $0.refinement.dropout == 0.25 }),
        ("rf_boFreezeWeights=True", { $0.refinement.stages == 0 }),
        ("rf_boFreezeWeights=False", { $0.refinement.stages == nil }),
        ("freeze-weights=true", { $0.refinement.stages == 0 }),
        ("train_stages=2", { $0.refinement.stages == 2 }),
        ("penultimate=132", { $0.refinement.features == 132 }),
        ("head_lr=0.003", { $0.refinement.headLearningRate == 0.003 }),
        ("warmup=0.1", { $0.refinement.warmUp == 0.1 }),
        ("clip=1", { $0.refinement.gradientClip == 1 }),
        ("ema=0.99", { $0.refinement.weightAverage == 0.99 }),
        ("validation_fraction=0.4", { $0.refinement.validation == 0.4 }),
        ("minimum_delta=0.0001", { $0.refinement.minimumDelta == 0.0001 }),
        ("augmentation=none", { $0.refinement.augmentation == .some(.none) }),
        ("checkpoint_seconds=0", { $0.refinement.saveEvery == 0 }),
        ("monitor=validation_accuracy", { $0.refinement.monitor == .validationAccuracy }),
        ("schedule=one-cycle", { $0.refinement.schedule == .oneCycle }),
        ("optimizer=SGD", { $0.refinement.optimizer == .sgd }),
        ("head=norm, dropout 0.5, dense 512", { $0.refinement.head?.layers.count == 3 }),
        ("preset=fast", { $0.preset == .fast && $0.backbone == "resnet18" && $0.imageSize == 300 }),
    ]

    @Test(arguments: names.indices) func readsEveryName(_ index: Int) throws {
        let (text, isRight) = Self.names[index]
        #expect(isRight(try recipe(text)), "\(text)")
    }

    // MARK: - There and back

    /// A value of each parameter that is not its default.
    private static let others = [
        "method": "scratch", "backbone": "resnet34", "weights": "a.pth", "image_size": "96", "resize": "squash",
        "test": "0.4", "max_train_photos": "300", "seed": "7", "class_weights": "equal", "labels": "many",
        "thresholds": "best-f1",
        "c": "[1, 10]", "feature_map": "root", "folds": "5",
        "learning_rate": "[0.05]*7+[0.005]", "head_learning_rate": "0.002", "epochs": "9", "head_epochs": "3",
        "batch_size": "24", "optimizer": "sgd", "momentum": "0.8", "nesterov": "true", "schedule": "cosine",
        "warm_up": "0.25", "cycle_momentum": "true", "step_epochs": "3", "step_factor": "0.5", "weight_decay": "0.01",
        "label_smoothing": "0.1",
        "gradient_clip": "1.5", "sampling": "balanced", "mix": "cutmix", "mix_alpha": "0.4", "weight_average": "0.99",
        "stages": "2", "stage_factor": "0.5", "freeze_norms": "true", "dropout": "0.3", "features": "256",
        "head": "norm, dropout 0.3, dense 512", "augment": "flip,rotate(10)", "copies": "2", "refit": "false",
        "validation": "0.2",
        "patience": "3", "min_delta": "0.0001", "monitor": "training_accuracy", "precision": "mixed", "workers": "2",
        "memory": "512", "save_every": "0", "max_pixels": "1000000", "device": "cuda:1", "preset": "fast",
    ]

    @Test func everyParameterGoesThereAndBack() throws {
        #expect(Set(Self.others.keys) == Set(ClassifierRecipe.parameters.map(\.name)))
        let usual = ClassifierRecipe().parameters()
        for (name, value) in Self.others {
            var recipe = ClassifierRecipe()
            try recipe.set(name, to: value)
            let written = try #require(recipe.parameters()[name])
            #expect(written != usual[name], "\(name) is not another")
            var again = ClassifierRecipe()
            try again.set(name, to: written)
            #expect(again == recipe, "\(name): \(written)")
            #expect(try ClassifierRecipe(yaml: recipe.yaml(), from: "a.yaml") == recipe, "\(name)")
        }
    }

    /// A checkpoint holds its recipe as a parameter file, so all at once must come back, on top of each preset.
    @Test(arguments: [Preset?.none] + Preset.allCases.map { $0 })
    func allTogetherGoThereAndBack(_ preset: Preset?) throws {
        var recipe = ClassifierRecipe()
        try recipe.set("preset", to: preset?.rawValue ?? "none")
        #expect(try ClassifierRecipe(yaml: recipe.yaml(), from: "a.yaml") == recipe)
        for (name, value) in Self.others where name != "preset" { try recipe.set(name, to: value) }
        #expect(try ClassifierRecipe(yaml: recipe.yaml(), from: "a.yaml") == recipe)
        #expect(try ClassifierRecipe(yaml: recipe.yaml(explained: true), from: "a.yaml") == recipe)
        #expect(recipe.preset == preset)
    }

    /// Every other parameter of a file wins over the preset, wherever it stands.
    @Test(arguments: ["image_size: 224\npreset: fast", "preset: fast\nimage_size: 224"])
    func otherParametersWinOverThePreset(_ text: String) throws {
        let recipe = try ClassifierRecipe(yaml: text, from: "a.yaml")
        #expect(recipe.imageSize == 224)
        #expect(recipe.backbone == "resnet18")
    }

    // MARK: - What is refused

    private static let noRate = """
        it must be a number such as 0.001, usual, auto, or a list with one rate for each epoch, written like \
        [0.05]*7+[0.005]*7+[0.0005].
        """

    @Test(arguments: [
        ("learning_rate=0", "learning_rate is 0; it must be from 1e-08 to 1e+08."),
        ("lr=1e9", "lr is 1e9; it must be from 1e-08 to 1e+08."),
        ("learning_rate=fast", "learning_rate is 'fast'; \(noRate)"),
        ("learning_rate=0.05*7", "learning_rate is '0.05*7'; \(noRate)"),
        ("lr_per_mb=[0.05]*x", "lr_per_mb is '[0.05]*x'; \(noRate)"),
        ("mb_size=0", "mb_size is 0; it must be from 1 to 65536."),
        ("epochs=0", "epochs is 0; it must be from 1 to 10000."),
        ("dropout_rate=1", "dropout_rate is 1; it must be from 0 to 0.95."),
        ("momentum=1", "momentum is 1; it must be from 0 to 0.999."),
        ("weight_decay=-1", "weight_decay is -1; it must be from 0 to 10."),
        ("label_smoothing=0.95", "label_smoothing is 0.95; it must be from 0 to 0.9."),
        ("patience=-1", "patience is -1; it must be from 0 to 10000."),
        ("min_delta=-0.1", "min_delta is -0.1; it must be from 0 to 100."),
        ("validation=1", "validation is 1; it must be from 0 to 0.9."),
        ("stages=11", "stages is 11; it must be from 0 to 10."),
        ("rf_boFreezeWeights=maybe", "rf_boFreezeWeights is 'maybe'; it must be one of: true, false."),
        ("optimizer=rmsprop", "optimizer is 'rmsprop'; it must be one of: sgd, adam, adamw."),
        ("schedule=linear", "schedule is 'linear'; it must be one of: constant, step, cosine, one-cycle."),
        ("mix=blend", "mix is 'blend'; it must be one of: none, mixup, cutmix."),
        ("nesterov=perhaps", "nesterov is 'perhaps'; it must be one of: true, false."),
        (
            "head=dense 512, tanh",
            "head is 'dense 512, tanh'; layers are 'norm', 'dropout 0.5' or 'dense 512', separated by commas."
        ),
        ("head=,", "head is ','; layers are 'norm', 'dropout 0.5' or 'dense 512', separated by commas."),
        (
            "preset=quick",
            "preset is 'quick'; it must be one of: none, fast, accurate, small, resnet18-224, resnet18-500, resnet50-224, resnet50-500."
        ),
        ("memory=1", "memory is 1; it must be from 64 to 100000000."),
        ("workers=0", "workers is 0; it must be from 1 to 1024."),
        ("mix_alpha=0", "mix_alpha is 0; it must be from 0.01 to 10."),
        ("warm_up=1", "warm_up is 1; it must be from 0 to 0.9."),
    ])
    func saysWhatIsWrong(_ assignment: String, _ expected: String) async throws {
        var recipe = ClassifierRecipe()
        #expect(await sentence { try recipe.set(assignment: assignment) } == expected)
        #expect(recipe == ClassifierRecipe())
    }

    /// What has no effect with the method is said, by the names that the file uses.
    @Test func saysWhatHasNoEffect() throws {
        #expect(try recipe("method=svm", "dropout_rate=0.2", "rf_maxEpochs=9").ineffective == ["epochs", "dropout"])
        #expect(try recipe("method=head", "c=1", "mix=mixup").ineffective == ["c", "mix"])
        #expect(try recipe("method=fine-tune", "dropout=0.2", "mix=mixup").ineffective.isEmpty)
        // A value that is the default says nothing.
        #expect(try recipe("method=svm", "dropout=0.5").ineffective.isEmpty)
    }

    /// What has no effect because of other choices is said, with the reason.
    @Test(arguments: [
        (["optimizer=adam", "nesterov=true"], ["'nesterov' does nothing with the optimizer adam; it is for sgd."]),
        (["momentum=0.5"], ["'momentum' does nothing with the optimizer adamw; it is for sgd."]),
        (["optimizer=sgd", "momentum=0.5", "nesterov=true"], []),
        (["schedule=constant", "warm_up=0.1"], ["'warm_up' does nothing with the schedule constant."]),
        (["schedule=cosine", "warm_up=0.1"], []),
        (["step_epochs=3"], ["'step_epochs' does nothing with the schedule one-cycle."]),
        (["schedule=step", "step_epochs=3", "step_factor=0.5"], []),
        (["cycle_momentum=true"], []),
        (["cycle_momentum=true", "schedule=cosine"], ["'cycle_momentum' does nothing with the schedule cosine."]),
        (
            ["cycle_momentum=true", "optimizer=sgd", "momentum=0"],
            ["'cycle_momentum' does nothing with sgd without momentum."]
        ),
        (
            ["learning_rate=[0.1]*3", "schedule=cosine"],
            ["'schedule' does nothing with a list of learning rates."]
        ),
        (["method=scratch", "mix_alpha=1"], ["'mix_alpha' does nothing without mix."]),
        (["copies=2"], ["'copies' does nothing without augment."]), (["copies=2", "augment=flip"], []),
        (
            ["validation=0", "patience=3"],
            [
                "'patience' does nothing with validation 0, as there is nothing to watch; training goes to its last epoch."
            ]
        ),
        (["validation=0", "patience=3", "monitor=training_loss"], []), (["validation=0", "patience=0"], []),
        (["method=svm", "nesterov=true"], ["'nesterov' does nothing with method svm."]),
    ])
    func saysWhatOtherChoicesOverrule(_ assignments: [String], _ expected: [String]) throws {
        var recipe = ClassifierRecipe()
        recipe.method = .head
        for assignment in assignments { try recipe.set(assignment: assignment) }
        #expect(recipe.notes == expected)
    }

    @Test func whatContradictsIsRefused() async throws {
        let wrong = try recipe("method=head", "optimizer=sgd", "nesterov=true", "momentum=0")
        #expect(
            await sentence { try wrong.checkTogether() }
                == "nesterov=true cannot be had with momentum=0. Leave one of them out.")
        for right in [["method=svm"], ["optimizer=adam"], ["momentum=0.1"], ["nesterov=false"]] {
            var recipe = wrong
            for assignment in right { try recipe.set(assignment: assignment) }
            try recipe.checkTogether()
        }
    }

    @Test func momentumCyclesIfTold() throws {
        #expect(
            try recipe("method=head", "cycle_momentum=true").headChoices(photos: 100, isCUDA: false)?.cyclesMomentum
                == true)
        #expect(try recipe("method=scratch").networkChoices(photos: 100, isCUDA: false)?.cyclesMomentum == false)
    }

    // MARK: - Rules of the founding documents

    /// D12: 16 for about 200 images, otherwise 32 or 64, and larger ones for thousands.
    @Test func usualBatches() {
        let sizes = [10, 200, 299, 300, 1000, 2999, 3000, 50_000].map(ClassifierRecipe.usualBatchSize)
        #expect(sizes == [16, 16, 16, 32, 32, 32, 64, 64])
    }

    /// D11: 0.4 at about 40 images a class, down to 0.1 with hundreds.
    @Test func validationPart() {
        let parts = [1, 30, 37, 40, 50, 100, 150, 1000].map(Split.validationFraction(smallestClass:))
        #expect(parts == [0.4, 0.4, 0.4, 0.375, 0.3, 0.15, 0.1, 0.1])
        // 15 images of every class for validation where there are enough of them.
        for count in 38...150 {
            let images = Split.validationFraction(smallestClass: count) * Double(count)
            #expect(abs(images - 15) < 1e-9, "\(count)")
        }
    }

    /// D18: the network's rate is a tenth of the head's; D9: 0.003 for the head.
    @Test func usualRates() throws {
        let recipe = try recipe("method=fine-tune")
        let head = try #require(recipe.headChoices(photos: 1000, isCUDA: false))
        let network = try #require(recipe.networkChoices(photos: 1000, isCUDA: false))
        #expect(head.learningRate == 0.003)
        #expect(abs(network.learningRate - 0.0003) < 1e-12)
        #expect(head.batchSize == 32 && network.batchSize == 32)
        // D8, E17: 15 epochs for a head; small patience on a processor, larger on a GPU.
        #expect(head.epochs == 15)
        #expect(head.stopping.patience == 5)
        #expect(recipe.headChoices(photos: 1000, isCUDA: true)?.stopping.patience == 10)
        #expect(try self.recipe("method=scratch").headChoices(photos: 1000, isCUDA: false) == nil)
        #expect(try self.recipe("method=scratch").networkChoices(photos: 1000, isCUDA: false)?.epochs == 45)
        #expect(try self.recipe("method=head").networkChoices(photos: 1000, isCUDA: false) == nil)
        #expect(try self.recipe("method=fine-tune", "stages=0").networkChoices(photos: 1000, isCUDA: false) == nil)
        #expect(
            try self.recipe("method=fine-tune", "patience=0").headChoices(photos: 9, isCUDA: false)?.stopping.patience
                == nil)
    }

    /// A21: half the batch, half the rate; a rate that is given stays as it is.
    @Test(arguments: [8, 16, 64, 128]) func rescalesTheRateWithTheBatch(_ size: Int) throws {
        let scale = Double(size) / 32
        let batch = "batch_size=\(size)"
        func close(_ found: Double?, _ expected: Double) -> Bool { abs((found ?? 0) / expected - 1) < 1e-12 }

        let usual = try recipe("method=fine-tune", batch)
        #expect(close(usual.headChoices(photos: 1000, isCUDA: false)?.learningRate, 0.003 * scale))
        #expect(close(usual.networkChoices(photos: 1000, isCUDA: false)?.learningRate, 0.0003 * scale))
        #expect(
            usual.rateNote(photos: 1000) == """
                With \(size) images in a step instead of 32, the learning rate is multiplied by \(scale). Give --learning-rate to \
                set it yourself.
                """)

        let fixed = try recipe("method=fine-tune", batch, "learning_rate=0.001", "head_learning_rate=0.01")
        #expect(fixed.networkChoices(photos: 1000, isCUDA: false)?.learningRate == 0.001)
        #expect(fixed.headChoices(photos: 1000, isCUDA: false)?.learningRate == 0.01)
        #expect(fixed.rateNote(photos: 1000) == nil)

        // A preset's rate is meant for the preset's batch, here 16 and 32.
        let fast = try recipe("preset=fast", batch)
        #expect(close(fast.networkChoices(photos: 1000, isCUDA: false)?.learningRate, 0.0001 * Double(size) / 16))
        #expect(close(fast.headChoices(photos: 1000, isCUDA: false)?.learningRate, 0.001 * Double(size) / 16))
        #expect((fast.rateNote(photos: 1000) == nil) == (size == 16))
        let table = try recipe("preset=resnet18-224", batch)
        guard case .perEpoch(let rates) = table.networkChoices(photos: 1000, isCUDA: false)?.schedule else {
            Issue.record("no list")
            return
        }
        #expect(close(rates.first, 0.05 * scale) && close(rates.last, 0.0005 * scale))

        // A rate that is given stays, with a preset too, and is not said to have changed.
        let mine = try recipe("preset=fast", batch, "learning_rate=0.002")
        #expect(mine.networkChoices(photos: 1000, isCUDA: false)?.learningRate == 0.002)
        #expect(mine.rateNote(photos: 1000) == nil)
    }

    @Test func theUsualBatchNeedsNoNote() throws {
        #expect(try recipe("method=head").rateNote(photos: 1000) == nil)
        #expect(try recipe("method=head", "batch_size=32").rateNote(photos: 1000) == nil)
    }

    // MARK: - Presets

    /// A25, row by row: minibatch, rates, image and network.
    @Test(arguments: [
        (Preset.resNet18at224, 32, [0.05, 0.005, 0.0005], 224, "resnet18"),
        (.resNet18at500, 16, [0.025, 0.0025, 0.00025], 500, "resnet18"),
        (.resNet50at224, 16, [0.025, 0.0025, 0.00025], 224, "resnet50"),
        (.resNet50at500, 8, [0.01, 0.001, 0.0001], 500, "resnet50"),
    ])
    func theFoundingTable(_ preset: Preset, _ batch: Int, _ rates: [Double], _ side: Int, _ backbone: String) throws {
        let recipe = try recipe("preset=\(preset.rawValue)")
        #expect(recipe.method == .fineTune)
        #expect(recipe.backbone == backbone && recipe.imageSize == side)
        let choices = try #require(recipe.networkChoices(photos: 1000, isCUDA: false))
        #expect(choices.batchSize == batch)
        // Seven epochs, seven at a tenth, one at a hundredth.
        let list = Array(repeating: rates[0], count: 7) + Array(repeating: rates[1], count: 7) + [rates[2]]
        #expect(choices.schedule == .perEpoch(list))
        #expect(choices.epochs == 15)
        #expect(choices.optimizer == .sgd(momentum: 0.9, isNesterov: false))
        #expect(choices.weightDecay == 0.0005)
        #expect(recipe.refinement.dropout == 0.5)
    }

    /// F18: network and size; 4 epochs for the head and 12 for the network, a rate of 1e-4, batches of 16.
    @Test(arguments: [(Preset.accurate, "resnet50", 500), (.fast, "resnet18", 300), (.small, "squeezenet1_1", 300)])
    func theRecipesThree(_ preset: Preset, _ backbone: String, _ side: Int) throws {
        let recipe = try recipe("preset=\(preset.rawValue)")
        #expect(recipe.backbone == backbone && recipe.imageSize == side)
        let network = try #require(recipe.networkChoices(photos: 1000, isCUDA: false))
        #expect(network.epochs == 12 && network.learningRate == 1e-4 && network.batchSize == 16)
        #expect(recipe.headChoices(photos: 1000, isCUDA: false)?.epochs == 4)
    }
}
