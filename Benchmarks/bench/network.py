"""Throughput of frozen networks at 224 pixels, pictures in memory, all cores: ours beside ONNX Runtime, same weights."""
from .common import compare, interleaved, ocelot, tool


def measure(options):
    names = ["mobilenet_v2"] if options.quick else ["resnet18", "resnet50", "mobilenet_v2"]
    batches = [16] if options.quick else [16, 32]
    seconds = 2 if options.quick else 5
    for name in names:
        weights = options.scratch / f"{name}-seeded.safetensors"
        graph = options.scratch / f"{name}.onnx"
        tool("seeded_weights", name, weights)
        if options.peer():
            tool("peer_onnx", "export", name, weights, graph)
        for batch in batches:
            ours, peer = interleaved(
                options,
                lambda: ocelot("bench", "network", name, "--weights", weights, "--batch", batch, "--seconds", seconds,
                               "--json").last()["images_per_second"],
                lambda: tool("peer_onnx", "time", graph, batch, seconds).last()["images_per_second"])
            yield compare(f"network, {name}, batch {batch}", "images/s", ours, peer, target=0.95)
