// Choices that other choices leave without effect, and those that contradict each other.

import Imaging
import Learning

extension ClassifierRecipe {
    /// Sentences about parameters that were changed and do nothing, because of the method or of other parameters.
    package var notes: [String] {
        ineffective.map { "'\($0)' does nothing with method \(method.rawValue)." }
            + (method == .svm ? [] : overruled.map { "'\($0.name)' does nothing \($0.reason)." })
    }

    /// Parameters that were changed, and what keeps them from having an effect.
    private var overruled: [(name: String, reason: String)] {
        let usual = Refinement()
        let isList = if case .list = refinement.learningRate { true } else { false }
        let plan = isList ? "with a list of learning rates" : "with the schedule \(refinement.schedule.rawValue)"
        let schedule: ScheduleKind = isList ? .list : ScheduleKind(refinement.schedule)
        var found: [(name: String, reason: String)] = []
        func find(_ name: String, _ isChanged: Bool, unless isEffective: Bool, _ reason: String) {
            if isChanged, !isEffective, !ineffective.contains(name) { found.append((name, reason)) }
        }
        let isSGD = refinement.optimizer == .sgd
        let optimizer = "with the optimizer \(refinement.optimizer.rawValue); it is for sgd"
        find("momentum", refinement.momentum != usual.momentum, unless: isSGD, optimizer)
        find("nesterov", refinement.nesterov, unless: isSGD, optimizer)
        find("schedule", refinement.schedule != usual.schedule, unless: !isList, plan)
        find("warm_up", refinement.warmUp != usual.warmUp, unless: schedule.warmsUp, plan)
        find("step_epochs", refinement.stepEpochs != usual.stepEpochs, unless: schedule == .step, plan)
        find("step_factor", refinement.stepFactor != usual.stepFactor, unless: schedule == .step, plan)
        find("cycle_momentum", refinement.cycleMomentum, unless: schedule == .oneCycle, plan)
        find(
            "cycle_momentum", refinement.cycleMomentum && schedule == .oneCycle,
            unless: !isSGD || refinement.momentum > 0,
            "with sgd without momentum")
        find("mix_alpha", refinement.mixAlpha != usual.mixAlpha, unless: refinement.mix != .none, "without mix")
        find("copies", refinement.copies != usual.copies, unless: augmentation != .none, "without augment")
        let isWatched = refinement.validation != 0 || !refinement.monitor.needsValidation
        let unwatched = "with validation 0, as there is nothing to watch; training goes to its last epoch"
        find("patience", (refinement.patience ?? 0) > 0, unless: isWatched, unwatched)
        find("monitor", refinement.monitor != usual.monitor, unless: isWatched, unwatched)
        return found
    }

    /// What the learning rate follows.
    private enum ScheduleKind {
        case constant, step, cosine, oneCycle, list

        init(_ name: Refinement.ScheduleName) {
            self =
                switch name {
                case .constant: .constant
                case .step: .step
                case .cosine: .cosine
                case .oneCycle: .oneCycle
                }
        }

        var warmsUp: Bool { self == .cosine || self == .oneCycle }
    }

    /// Throws if choices contradict each other.
    package func checkTogether() throws {
        guard method != .svm, refinement.optimizer == .sgd, refinement.nesterov, refinement.momentum == 0 else {
            return
        }
        throw RecipeProblem.contradiction("nesterov=true", "momentum=0", advice: "Leave one of them out.")
    }
}

extension MonitoredMetric {
    /// Whether it is measured on validation photos.
    var needsValidation: Bool { self == .validationLoss || self == .validationAccuracy }
}
