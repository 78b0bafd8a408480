// Trains a small network in several processes: TrainTogether 3 starts them itself; torchrun may do so as well.
//
// Scripts/check-two-machines runs it in two network namespaces. TIMEOUT: the longest wait for the others, in seconds; STEPS: how long
// to train.

import Foundation
import Torch
import WeightFiles
import Workers

ParentWatch.start()
let environment = ProcessInfo.processInfo.environment
var launcher: WorkerLauncher?
var place = try WorkerPlace(environment: environment)
if place == nil {
    launcher = try WorkerLauncher(CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 2)
    place = launcher?.place
}
guard let place else { exit(2) }

/// Steps, each on 50 points in 256 dimensions, of which every worker has its share.
func train(_ group: ProcessGroup) throws {
    let generator = try Generator(seed: 1)
    let hidden = try generator.normal([2048, 256], deviation: 0.06).requiringGradient()
    let bias = try Tensor.zeros([2048]).requiringGradient()
    let output = try generator.normal([2, 2048], deviation: 0.02).requiringGradient()
    let weights = [(name: "hidden", tensor: hidden), (name: "bias", tensor: bias), (name: "output", tensor: output)]
    try group.broadcast(weights.map(\.tensor))
    let averaging = try GradientAveraging(weights, in: group)
    for step in 0..<(Int(environment["STEPS"] ?? "") ?? 60) {
        let points = try generator.normal([50, 256])
        let labels = try points.selected(0, along: 1).isGreater(than: 0.0).to(.int64)
        let mine = (50 * place.rank / place.count)..<(50 * (place.rank + 1) / place.count)
        let share = Double(mine.count) / 50

        for (_, weight) in weights { weight.clearGradient() }
        try averaging.prepare(share: share)
        let x = try relu(linear(points.sliced(mine), hidden, bias: bias))
        let loss = try crossEntropy(linear(x, output), labels.sliced(mine))
        try loss.backward()
        try averaging.finish()
        for (_, weight) in weights {
            guard let gradient = try weight.gradient else { continue }
            try withoutGradients { try weight.copy(from: weight.detached() - gradient * 0.01) }
        }

        let whole = try group.sum([loss.number() * share])[0]
        if place.rank == 0 && step % 10 == 9 {
            let squares = try (output * output).sum().number()
            FileHandle.standardOutput.write(Data("step \(step + 1): loss \(whole), Σ output² \(squares)\n".utf8))
        }
    }
    try group.barrier()
}

do {
    try ComputeThreads.set(1)
    try train(ProcessGroup(place, timeout: .seconds(Double(environment["TIMEOUT"] ?? "") ?? 30)))
    try await launcher?.finish()
} catch {
    FileHandle.standardError.write(Data("\(launcher?.firstFailure ?? error)\n".utf8))
    exit(1)
}
