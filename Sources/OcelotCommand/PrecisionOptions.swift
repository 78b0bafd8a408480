public import ArgumentParser
public import Inference

extension InferencePrecision: ExpressibleByArgument {}

/// How a network is computed, for every command that asks a model.
struct PrecisionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            The numbers that the network is computed with. bfloat16 takes about half the time on processors that have \
            instructions for it; probabilities change a little, which 'ocelot evaluate --precision bfloat16' measures.
            """, valueName: "numbers"))
    var precision = InferencePrecision.float32
}
