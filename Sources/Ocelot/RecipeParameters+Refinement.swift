// The parameters of training the network itself.

import Foundation
import Imaging
import Learning
import Networks
import Torch

/// The methods that train something step by step.
private let trained: Set<ClassifierRecipe.Method> = [.head, .fineTune, .svmRefined, .scratch]
/// The methods that train the network itself.
private let deep: Set<ClassifierRecipe.Method> = [.fineTune, .svmRefined, .scratch]

extension ClassifierRecipe {
    /// Those of training a network.
    static let refinementParameters: [Parameter] = learningParameters + headParameters + watchingParameters

    /// How weights are moved.
    private static let learningParameters: [Parameter] = [
        Parameter(
            name: "preset", aliases: [],
            help: """
                A named set of choices to begin with; every other parameter of this file wins over it. fast, accurate and small are \
                those of the computer vision recipes. The others are the rows of the founding guide's table: more pixels and deeper \
                networks are more accurate and take 2 to 15 times as long.
                """,
            range: "none, " + Preset.allCases.map(\.rawValue).joined(separator: ", "), methods: trained,
            read: { recipe, value, key in
                guard value.text != "none" else { return recipe.preset = nil }
                guard let preset = Preset(rawValue: value.text.lowercased()) else {
                    throw RecipeProblem.notOne(
                        key: key, value: value.text, of: ["none"] + Preset.allCases.map(\.rawValue))
                }
                try recipe.apply(preset)
            }, write: { $0.preset?.rawValue ?? "none" }),
        Parameter(
            name: "learning_rate", aliases: ["lr_per_mb", "rf_lrPerMb", "lr"],
            help: """
                How far the weights move at each step: the most important parameter of training. Too low, and many epochs are needed; \
                too high, and the network does not learn at all. If more than about 5 % of the training photos are still wrong at the \
                end, it was too high, or there were too few epochs. It counts for steps of the mean loss of a batch, with the \
                optimizer given below: useful rates are about 0.0001 to 0.003 for adam and adamw and 0.001 to 0.1 for sgd, so rates \
                of other programs must be compared with their optimiser and unit in mind. usual: what suits method and optimiser (a \
                tenth of the head's for the whole network). auto: the learning-rate finder tries. A list such as \
                [0.05]*7+[0.005]*7+[0.0005] gives a rate for each epoch.
                """,
            range: "usual, auto, 1e-8 to 1e8, or a list of rates", methods: trained,
            read: { recipe, value, key in
                switch value.text.lowercased() {
                case "usual": recipe.refinement.learningRate = .usual
                case "auto": recipe.refinement.learningRate = .auto
                case let text where text.contains("["):
                    guard let rates = LearningRateSchedule.rates(in: text) else {
                        throw RecipeProblem.notRates(key: key, value: value.text)
                    }
                    recipe.refinement.learningRate = .list(rates)
                case let text where Double(text) == nil: throw RecipeProblem.notRates(key: key, value: value.text)
                default: recipe.refinement.learningRate = .fixed(try realNumber(value.text, 1e-8...1e8, key))
                }
            },
            write: { recipe in
                switch recipe.refinement.learningRate {
                case .usual: "usual"
                case .auto: "auto"
                case .fixed(let rate): plain(rate)
                case .list(let rates): LearningRateSchedule.text(of: rates)
                }
            }),
        .optionalNumber(
            "head_learning_rate", ["head_lr"], \.headLearningRate, "usual", 1e-8...1e8,
            """
            The learning rate of the head before the network itself is trained, in the same unit as learning_rate. usual: 0.003 with \
            adam and adamw, 0.01 with sgd.
            """, [.fineTune, .svmRefined]),
        .optionalWhole(
            "epochs", ["rf_maxEpochs"], \.epochs, "auto", 1...10_000,
            """
            How often all training photos are gone through. 15 are typical for a head; up to 5 or 10 for the whole network if the \
            head was trained before. auto: 15 for a head, 8 for the network, 45 from scratch.
            """, trained),
        .whole(
            "head_epochs", [], \.headEpochs, 1...10_000,
            "How often all training photos are gone through for the head, before the network itself is trained.",
            [.fineTune, .svmRefined]),
        .optionalWhole(
            "batch_size", ["mb_size", "rf_mbSize", "cntk_mb_size", "minibatch_size"], \.batchSize, "auto", 1...65_536,
            """
            How many photos make one step (a minibatch). Larger batches are faster, need more memory, and take more epochs. If it is \
            changed, the usual learning rate is changed in proportion; one that you give is left alone. auto: 16 for up to 300 \
            photos, 32 for up to 3000, 64 beyond.
            """, trained),
        .choice(
            "optimizer", [], \.optimizer,
            """
            By what rule weights follow the gradient. adamw and adam choose the size of each weight's steps themselves; sgd needs a \
            learning rate that suits, and then is as good.
            """, trained),
        .number(
            "momentum", ["rf_momentumPerMb"], \.momentum, 0...0.999,
            "How much of each step SGD adds to the next one, as a ball rolls on. Adam and AdamW have momenta of their own.",
            trained),
        .flag("nesterov", [], \.nesterov, "Whether SGD looks ahead along its momentum (Nesterov).", trained),
        .choice(
            "schedule", [], \.schedule,
            """
            How the learning rate changes. one-cycle: up in the beginning, then far down. cosine: gently down to nothing. step: down \
            in steps. constant: not at all. A list of rates as learning_rate wins over it.
            """, trained),
        .number(
            "warm_up", ["warmup"], \.warmUp, 0...0.9,
            "The part of all steps in which the rate rises, for the schedules one-cycle and cosine.", trained),
        .flag(
            "cycle_momentum", [], \.cycleMomentum,
            """
            Whether momentum goes against the rate in the schedule one-cycle: from 0.95 down to 0.85 where the rate is highest, and \
            up again, as its inventors have it. It then takes the place of momentum with sgd, and of the first beta with adam and adamw.
            """, trained),
        .whole(
            "step_epochs", [], \.stepEpochs, 1...10_000, "After how many epochs the schedule step lowers the rate.",
            trained),
        .number("step_factor", [], \.stepFactor, 1e-6...1, "What the schedule step multiplies the rate by.", trained),
        .number(
            "weight_decay", ["l2_reg_weight", "rf_l2RegWeight"], \.weightDecay, 0...10,
            """
            How much all weights are drawn to zero (L2 regularisation), so that the network stays simple. Raise it against \
            over-fitting; with few photos that is hard, and often impossible, to avoid.
            """, trained),
        .number(
            "label_smoothing", [], \.labelSmoothing, 0...0.9,
            "The part of each label that is spread over all classes, so that the network does not become too sure. Try 0.1.",
            trained),
        .optionalNumber(
            "gradient_clip", ["clip"], \.gradientClip, "none", 1e-6...1e6,
            "The greatest length of the gradient of all weights together; longer ones are shortened. Against wild steps.",
            trained),
        .choice(
            "sampling", [], \.sampling,
            """
            How the photos of an epoch are drawn. shuffled: each once. balanced: each class equally often, so that photos of small \
            classes come several times; use it instead of class_weights, not with it.
            """, trained),
        .choice(
            "mix", [], \.mix,
            """
            Whether two photos and their labels are blended into one: mixup lets both shine through, cutmix puts a part of one on \
            the other. Against over-fitting, for long trainings.
            """, deep),
        .number(
            "mix_alpha", [], \.mixAlpha, 0.01...10,
            "How evenly two photos are blended: small values take nearly all of one.",
            deep),
        .optionalNumber(
            "weight_average", ["ema"], \.weightAverage, "none", 0.5...0.99999,
            "How much of a running average of the weights stays at each step, such as 0.99; the average is then the model.",
            deep),
        Parameter(
            name: "stages", aliases: ["train_stages", "freeze_weights", "rf_boFreezeWeights"],
            help: """
                How many of the network's last stages are trained with the head; a stage ends where the picture becomes smaller. Few \
                for few photos that resemble everyday pictures, all for many or unusual ones. 0 trains the head only; under its \
                founding name rf_boFreezeWeights, that is true, and all is false.
                """,
            range: "all, or 0 to 10", methods: deep,
            read: { recipe, value, key in
                if key.lowercased().replacingOccurrences(of: "-", with: "_").contains("freeze") {
                    recipe.refinement.stages = try truth(value.text, key) ? 0 : nil
                } else {
                    recipe.refinement.stages = value.text == "all" ? nil : try wholeNumber(value.text, 0...10, key)
                }
            }, write: { $0.refinement.stages.map { "\($0)" } ?? "all" }),
        .number(
            "stage_factor", [], \.stageFactor, 0.01...1,
            """
            What the learning rate is multiplied by from each stage to the one before it: with 0.5, a stage learns half as fast as \
            the next one. Early stages see edges and colours, which need little change.
            """, deep),
        .flag(
            "freeze_norms", [], \.freezeNorms,
            """
            Whether the network's batch norms stay as they are, statistics and all, while the layers around them are trained: for \
            very few photos or very small batches.
            """, deep),
    ]

    /// What the head is made of, and how photos are varied.
    private static let headParameters: [Parameter] = [
        .number(
            "dropout", ["dropout_rate", "rf_dropoutRate"], \.dropout, 0...0.95,
            """
            The probability with which each feature is left out in a step of training. More of it is against over-fitting; too much, \
            and the network learns less. 0.5 or more for large images.
            """, trained),
        .optionalWhole(
            "features", ["penultimate"], \.features, "none", 1...65_536,
            """
            Width of an additional layer between the network's features and the classes. Try 128 or 256 for few photos and fewer than \
            ten classes, 512 or 1024 for more. A narrow one also takes fewer pictures of other things for one of your classes.
            """, trained),
        Parameter(
            name: "head", aliases: [],
            help: """
                All layers of the head, separated by commas, such as norm, dropout 0.5, dense 512, norm, dropout 0.5. The average \
                over the picture comes before them, and one number for each class after them. linear: nothing between the two. auto: dropout and features as given.
                """,
            range: "auto, linear, or layers: norm, dropout P, dense N", methods: trained,
            read: { recipe, value, key in
                guard value.text.lowercased() != "auto" else { return recipe.refinement.head = nil }
                guard let head = Head(value.text) else { throw RecipeProblem.notLayers(key: key, value: value.text) }
                recipe.refinement.head = head
            }, write: { $0.refinement.head.map { "\($0)" } ?? "auto" }),
        Parameter(
            name: "augment", aliases: ["augmentation"],
            help: """
                How photos are varied in training, so that few look like many: see 'ocelot augment'. Use only what leaves a photo in \
                its class. auto: standard when the network is trained, none for a head.
                """,
            range: "auto, none, standard, strong, or a list such as flip,crop(0.6),rotate(10)", methods: trained,
            read: { recipe, value, _ in
                recipe.refinement.augmentation = value.text.lowercased() == "auto" ? nil : try Augmentation(value.text)
            }, write: { $0.refinement.augmentation.map { "\($0)" } ?? "auto" }),
        .whole(
            "copies", [], \.copies, 0...64,
            "How many varied copies of each photo a head is trained with, if photos are varied; each is computed once.",
            [.head]),
        .flag(
            "refit", [], \.refit,
            """
            Whether the head learns once more at the end, with the photos of validation too, for as many epochs as they showed to be \
            best. It takes seconds, and helps where photos are few.
            """, [.head]),
    ]

    /// How training is watched, and what it may use.
    private static let watchingParameters: [Parameter] = [
        .optionalNumber(
            "validation", ["validation_fraction"], \.validation, "auto", 0...0.9,
            """
            The part of the training photos that are not trained with, to see how well training goes and which epoch is best. auto: \
            15 photos of the smallest class, at least 0.1 and at most 0.4. 0: none; then the last epoch's weights are taken.
            """, trained),
        .optionalWhole(
            "patience", [], \.patience, "auto", 0...10_000,
            """
            Training ends after so many epochs without improvement. Small on a processor, where epochs are dear; larger on a GPU and \
            for photos that differ little. auto: 5 on a processor, 10 on a GPU. 0: never.
            """, trained),
        .number(
            "min_delta", ["minimum_delta"], \.minimumDelta, 0...100,
            "By how much a value must be better to count as an improvement; look at a few epochs to choose it.", trained
        ),
        .choice("monitor", [], \.monitor, "By what the best epoch is chosen, and early stopping judges.", trained),
        .choice(
            "precision", [], \.precision, "auto",
            """
            In which precision the network computes while it learns. mixed: half in 16 bits, about twice as fast on a GPU. auto: \
            mixed on a GPU, float32 on a processor.
            """, deep),
        .whole("workers", [], \.workers, 1...1024, "How many processes learn together; see Docs/workers.md.", deep),
        .optionalWhole(
            "memory", [], \.memory, "auto", 64...100_000_000,
            """
            Memory for training, in MiB. If a batch needs more, it goes through the network in parts whose gradients add up; the result \
            is nearly the same. auto: most of what is free.
            """, deep),
        .number(
            "save_every", ["checkpoint_seconds"], \.saveEvery, 0...1e6,
            "After how many seconds the state is saved within an epoch, for --resume; it is saved after each epoch too. 0: each step.",
            trained),
    ]
}
