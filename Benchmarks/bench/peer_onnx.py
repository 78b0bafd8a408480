"""ONNX Runtime's half: python peer_onnx.py export ARCH WEIGHTS OUT.onnx | time GRAPH.onnx BATCH SECONDS."""
import json
import os
import sys
import time


def export(name, weights, out):
    import torch
    from networks import network

    torch.onnx.export(network(name, weights), torch.zeros(1, 3, 224, 224), out, dynamo=False,
                      input_names=["x"], output_names=["y"], dynamic_axes={"x": {0: "n"}, "y": {0: "n"}})


def measure(graph, batch, seconds):
    import numpy
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    x = numpy.random.default_rng(0).normal(size=(int(batch), 3, 224, 224)).astype(numpy.float32)
    session.run(None, {"x": x})
    start, images = time.perf_counter(), 0
    while time.perf_counter() - start < float(seconds):
        session.run(None, {"x": x})
        images += int(batch)
    print(json.dumps({"images_per_second": images / (time.perf_counter() - start)}))


if __name__ == "__main__":
    {"export": export, "time": measure}[sys.argv[1]](*sys.argv[2:])
