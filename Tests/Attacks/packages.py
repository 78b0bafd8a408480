"""Model packages made for a check: networks that give back the pixels they see, or numbers that are none.

ONNX files are protocol buffers, of which so little is needed here that they are written by hand:
https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
"""
import hashlib
import json
import struct
from pathlib import Path

FLOAT, UINT8, INT64 = 1, 2, 7


def _varint(value):
    out = b""
    value &= (1 << 64) - 1
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def _field(number, value):
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    value = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _node(kind, inputs, output, **integers):
    attributes = b"".join(
        _field(5, _field(1, name) + _field(3, value) + _field(20, 2)) for name, value in integers.items())
    return _field(1, b"".join(_field(1, name) for name in inputs) + _field(2, output) + _field(4, kind) + attributes)


def _tensor(name, kind, shape, data):
    return _field(5, b"".join(_field(1, size) for size in shape) + _field(2, kind) + _field(8, name) + _field(9, data))


def _value(number, name, kind, shape):
    sizes = _field(1, _field(2, "batch")) + b"".join(_field(1, _field(1, size)) for size in shape)
    return _field(number, _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, sizes))))


def network(side, classes, bias, logarithm=False):
    """[N, side, side, 3] bytes → `features`, the pixels as they came; `scores` and `probabilities`, the bias for each image."""
    count = 3 * side * side
    nodes = _node("Cast", ["images"], "floats", to=FLOAT) + _node("Reshape", ["floats", "shape"], "features")
    nodes += _node("MatMul", ["features", "zeros"], "nothing") + _node("Add", ["nothing", "bias"], "scores")
    nodes += _node("Log" if logarithm else "Identity", ["scores"], "probabilities")
    graph = nodes + _field(2, "network")
    graph += _tensor("shape", INT64, [2], struct.pack("<2q", 0, count))
    graph += _tensor("zeros", FLOAT, [count, classes], bytes(4 * count * classes))
    graph += _tensor("bias", FLOAT, [classes], struct.pack(f"<{classes}f", *bias))
    graph += _value(11, "images", UINT8, [side, side, 3])
    graph += _value(12, "probabilities", FLOAT, [classes]) + _value(12, "scores", FLOAT, [classes])
    graph += _value(12, "features", FLOAT, [count])
    return _field(1, 8) + _field(2, "check-serving") + _field(7, graph) + _field(8, _field(1, "") + _field(2, 17))


def package(folder, like, onnx, classes, side):
    """A package whose manifest is that of `like` but for the network, its classes and its input."""
    folder = Path(folder)
    folder.mkdir(parents=True)
    document = json.loads((Path(like) / "manifest.json").read_text())
    files = {"model.onnx": onnx, "weights.safetensors": b"none"}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    document["files"] = {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()}
    model = document["model"]
    model["classes"] = classes
    model["preprocessing"] |= {"resize": "squash", "side": side, "shorterSide": side}
    model["backbone"]["feature_count"] = 3 * side * side
    model["data"] |= {"training": {}, "test": {}}
    for name in ("thresholds", "labels", "test", "threshold", "svm"):
        model.pop(name, None)
    document["digest"] = "0" * 64
    text = json.dumps(document, indent=1, ensure_ascii=False)
    (folder / "manifest.json").write_text(text.replace("0" * 64, hashlib.sha256(text.encode()).hexdigest()))
    return folder


def mirror(folder, like, side, classes=("a", "b", "c")):
    """A model whose `features` are the pixels that reach the network."""
    share = [1 / len(classes)] * len(classes)
    return package(folder, like, network(side, len(classes), share), list(classes), side)


def broken(folder, like):
    """A model whose probabilities are NaN, minus infinity, 0 and plus infinity."""
    bias = [-1.0, 0.0, 1.0, float("inf")]
    return package(folder, like, network(8, 4, bias, logarithm=True), ["a", "b", "c", "d"], 8)
