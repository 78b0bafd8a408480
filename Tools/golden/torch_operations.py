"""Makes Tests/Golden/torch_operations.json: what PyTorch makes of each operation of `Torch`, and its gradients.

    python Tools/golden/torch_operations.py

Each case has inputs, outputs, a seed of the shape of the first output, and the gradients of <first output, seed> with
respect to the floating-point inputs. Inputs are 32-bit floats; PyTorch computes with 64 bits, so that the file holds
the truth to all digits that a 32-bit computation is compared with. The settings of a case (stride, dimension, ...)
stand in its name; Tests/TorchTests/OperationTests.swift repeats them.
"""

import json
import pathlib

import torch
import torch.nn.functional as F

SEED = 20240607
torch.manual_seed(SEED)


def normal(*shape):
    """Numbers with either sign, none within 0.05 of 0, where relu, abs and others have kinks."""
    x = torch.randn(shape)
    return x + 0.05 * x.sign()


def positive(*shape):
    return torch.rand(shape) + 0.5


def images(channels=3, rows=7, columns=6, batch=2):
    return normal(batch, channels, rows, columns)


def batch_norm(training):
    def run(x, weight, bias, mean, variance):
        mean, variance = mean.clone(), variance.clone()
        y = F.batch_norm(x, mean, variance, weight, bias, training, momentum=0.1, eps=1e-3)
        return y, mean, variance

    return run


LABELS = torch.tensor([0, 4, 2, 2])
TARGETS = torch.tensor([[1, 0, 0, 1], [0, 0.05, 1, 0.95], [1, 1, 0, 0.3]])
CHANNELS = {"weight": positive(3), "bias": normal(3), "mean": normal(3), "variance": positive(3)}
WITHOUT_GRADIENT = {"mean", "variance", "class_weights"}
x34, y34 = normal(3, 4), normal(3, 4)

CASES = {
    # Arithmetic.
    "add [3, 4] + [4]": (lambda x, y: x + y, {"x": x34, "y": normal(4)}),
    "subtract [3, 4] - [3, 1]": (lambda x, y: x - y, {"x": x34, "y": normal(3, 1)}),
    "multiply [3, 4] * [4]": (lambda x, y: x * y, {"x": x34, "y": normal(4)}),
    "divide [3, 4] / [3, 4]": (lambda x, y: x / y, {"x": x34, "y": positive(3, 4)}),
    "add 1.5": (lambda x: x + 1.5, {"x": x34}),
    "subtract 1.5": (lambda x: x - 1.5, {"x": x34}),
    "subtract from 1.5": (lambda x: 1.5 - x, {"x": x34}),
    "multiply by -2.5": (lambda x: x * -2.5, {"x": x34}),
    "divide by 3": (lambda x: x / 3, {"x": x34}),
    "negate": (lambda x: -x, {"x": x34}),
    "power 3": (lambda x: x**3, {"x": x34}),
    "power -0.5": (lambda x: x**-0.5, {"x": positive(5)}),
    "absolute": (torch.abs, {"x": x34}),
    "exp": (torch.exp, {"x": x34}),
    "log": (torch.log, {"x": positive(5)}),
    "square root": (torch.sqrt, {"x": positive(5)}),
    "sigmoid": (torch.sigmoid, {"x": x34}),
    "clamp from -0.5 to 1": (lambda x: x.clamp(-0.5, 1), {"x": x34}),
    "clamp from 0.2": (lambda x: x.clamp(min=0.2), {"x": x34}),
    "clamp to 0.2": (lambda x: x.clamp(max=0.2), {"x": x34}),
    "minimum": (torch.minimum, {"x": x34, "y": y34}),
    "maximum": (torch.maximum, {"x": x34, "y": y34}),
    # Comparisons.
    "equal": (torch.eq, {"x": torch.tensor([1.0, 2, 3]), "y": torch.tensor([1.0, 3, 3])}),
    "equal 2": (lambda x: x == 2, {"x": torch.tensor([1.0, 2, 3])}),
    "less": (torch.lt, {"x": x34, "y": y34}),
    "less than 0.5": (lambda x: x < 0.5, {"x": x34}),
    "less or equal": (torch.le, {"x": torch.tensor([1.0, 2, 4]), "y": torch.tensor([1.0, 3, 3])}),
    "greater than 0.5": (lambda x: x > 0.5, {"x": x34}),
    # Shapes.
    "reshape [2, -1]": (lambda x: x.reshape(2, -1), {"x": x34}),
    "permute [2, 0, 1]": (lambda x: x.permute(2, 0, 1), {"x": normal(2, 3, 4)}),
    "transpose": (lambda x: x.transpose(-2, -1), {"x": normal(2, 3, 4)}),
    "transpose 0 and 2": (lambda x: x.transpose(0, 2), {"x": normal(2, 3, 4)}),
    "flatten from 1": (lambda x: x.flatten(1), {"x": normal(2, 3, 4)}),
    "flatten through 1": (lambda x: x.flatten(0, 1), {"x": normal(2, 3, 4)}),
    "broadcast to [2, 3, 4]": (lambda x: x.expand(2, 3, 4), {"x": normal(3, 1)}),
    "insert dimension at 1": (lambda x: x.unsqueeze(1), {"x": x34}),
    "drop dimension 1": (lambda x: x.squeeze(1), {"x": normal(3, 1, 2)}),
    "select 1 along 1": (lambda x: x.select(1, 1), {"x": normal(2, 3, 4)}),
    "slice 1..<6 by 2 along 1": (lambda x: x[:, 1:6:2], {"x": normal(2, 7)}),
    "narrow from 1, length 2": (lambda x: x.narrow(0, 1, 2), {"x": normal(4, 3)}),
    "concatenate along 1": (lambda x, y: torch.cat([x, y], 1), {"x": normal(2, 3), "y": normal(2, 2)}),
    "stack along 1": (lambda x, y: torch.stack([x, y], 1), {"x": x34, "y": y34}),
    "pad top 1, left 2, right 3": (lambda x: F.pad(x, (2, 3, 1, 0), value=0.5), {"x": normal(1, 2, 2, 3)}),
    "pad channels 1 and 2": (lambda x: F.pad(x, (0, 0, 0, 0, 1, 2)), {"x": normal(1, 2, 2, 3)}),
    "pick 2, 0, 2 along 1": (lambda x, i: x.index_select(1, i), {"x": x34, "i": torch.tensor([2, 0, 2])}),
    "gather along 1": (lambda x, i: x.gather(1, i), {"x": x34, "i": torch.tensor([[3, 0], [1, 1], [2, 0]])}),
    "one-hot 5": (lambda labels: F.one_hot(labels, 5), {"labels": LABELS}),
    "choose": (torch.where, {"condition": x34 > 0, "x": normal(3, 4), "y": y34}),
    # Conversions.
    "to float64": (lambda x: x.double(), {"x": x34}),
    "to channels last": (lambda x: x.contiguous(memory_format=torch.channels_last), {"x": images()}),
    "clone": (torch.clone, {"x": x34}),
    # Reductions.
    "sum": (torch.sum, {"x": x34}),
    "sum along 0 and 2, keeping": (lambda x: x.sum((0, 2), keepdim=True), {"x": normal(2, 3, 4)}),
    "mean": (torch.mean, {"x": x34}),
    "mean along 1": (lambda x: x.mean(1), {"x": x34}),
    "max": (torch.amax, {"x": x34}),
    "max along 0": (lambda x: x.amax(0), {"x": x34}),
    "min along 1, keeping": (lambda x: x.amin(1, keepdim=True), {"x": x34}),
    "norm": (torch.norm, {"x": x34}),
    "norm along 1": (lambda x: x.norm(2, 1), {"x": x34}),
    "norm of order 1 along 0": (lambda x: x.norm(1, 0), {"x": x34}),
    "argmax along 1": (lambda x: x.argmax(1), {"x": x34}),
    "top 2 along 1": (lambda x: tuple(x.topk(2, 1)), {"x": x34}),
    # Layers.
    "matmul": (torch.matmul, {"x": x34, "y": normal(4, 2)}),
    "matmul of batches": (torch.matmul, {"x": normal(2, 3, 4), "y": normal(2, 4, 2)}),
    "linear": (F.linear, {"x": x34, "weight": normal(2, 4), "bias": normal(2)}),
    "linear without bias": (F.linear, {"x": x34, "weight": normal(2, 4)}),
    "conv2d 3x3": (F.conv2d, {"x": images(), "weight": normal(4, 3, 3, 3)}),
    "conv2d 3x3, bias, stride 2, padding 1": (
        lambda x, weight, bias: F.conv2d(x, weight, bias, stride=2, padding=1),
        {"x": images(), "weight": normal(4, 3, 3, 3), "bias": normal(4)},
    ),
    "conv2d 1x1": (F.conv2d, {"x": images(), "weight": normal(4, 3, 1, 1)}),
    "conv2d 3x3, groups 2": (
        lambda x, weight, bias: F.conv2d(x, weight, bias, padding=1, groups=2),
        {"x": images(4), "weight": normal(6, 2, 3, 3), "bias": normal(6)},
    ),
    "conv2d 3x3, a group a channel": (
        lambda x, weight: F.conv2d(x, weight, padding=1, groups=4), {"x": images(4), "weight": normal(4, 1, 3, 3)},
    ),
    "conv2d 3x3, stride 2, padding bottom 1 and right 1": (
        lambda x, weight: F.conv2d(F.pad(x, (0, 1, 0, 1)), weight, stride=2),
        {"x": images(2, 6, 6), "weight": normal(3, 2, 3, 3)},
    ),
    "conv2d 3x3, padding rows 2, columns 1": (
        lambda x, weight: F.conv2d(x, weight, padding=(2, 1)), {"x": images(2, 5, 4), "weight": normal(3, 2, 3, 3)},
    ),
    "conv2d 3x3, dilation 2": (
        lambda x, weight: F.conv2d(x, weight, dilation=2), {"x": images(2), "weight": normal(3, 2, 3, 3)},
    ),
    "conv2d 3x3, bias, stride 2, padding top 1 and right 2, groups 2": (
        lambda x, weight, bias: F.conv2d(F.pad(x, (0, 2, 1, 0)), weight, bias, stride=2, groups=2),
        {"x": images(4, 6, 5), "weight": normal(4, 2, 3, 3), "bias": normal(4)},
    ),
    "batch norm, training": (batch_norm(True), {"x": images(), **CHANNELS}),
    "batch norm, evaluation": (batch_norm(False), {"x": images(), **CHANNELS}),
    "batch norm of vectors, training": (batch_norm(True), {"x": normal(5, 3), **CHANNELS}),
    "batch norm of vectors, evaluation": (batch_norm(False), {"x": normal(5, 3), **CHANNELS}),
    "relu": (F.relu, {"x": x34}),
    "relu6": (F.relu6, {"x": x34 * 8}),
    "relu at 0": (F.relu, {"x": torch.tensor([-1.0, 0, 2])}),
    "relu6 at its ends": (F.relu6, {"x": torch.tensor([-1.0, 0, 3, 6, 7])}),
    "max pool 3, stride 2, padding 1": (lambda x: F.max_pool2d(x, 3, 2, 1), {"x": images()}),
    "max pool 3, stride 2, ceiling": (lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True), {"x": images(2, 8, 6)}),
    "average pool 3, stride 2, padding 1": (lambda x: F.avg_pool2d(x, 3, 2, 1), {"x": images()}),
    "average pool 3, stride 2, ceiling": (lambda x: F.avg_pool2d(x, 3, 2, ceil_mode=True), {"x": images(2, 8, 6)}),
    "global average pool": (lambda x: x.mean((2, 3)), {"x": images()}),
    "adaptive average pool 3x2": (lambda x: F.adaptive_avg_pool2d(x, (3, 2)), {"x": images()}),
    "adaptive max pool 3x2": (lambda x: F.adaptive_max_pool2d(x, (3, 2)), {"x": images()}),
    "softmax": (lambda x: F.softmax(x, -1), {"x": x34}),
    "softmax along 0": (lambda x: F.softmax(x, 0), {"x": x34}),
    "log softmax": (lambda x: F.log_softmax(x, -1), {"x": x34}),
    "log softmax along 0": (lambda x: F.log_softmax(x, 0), {"x": x34}),
    "unit length": (lambda x: F.normalize(x, dim=-1), {"x": x34}),
    # Losses.
    "cross entropy": (F.cross_entropy, {"x": normal(4, 5), "labels": LABELS}),
    "cross entropy, smoothing 0.1": (
        lambda x, labels: F.cross_entropy(x, labels, label_smoothing=0.1), {"x": normal(4, 5), "labels": LABELS},
    ),
    "cross entropy, class weights": (
        lambda x, labels, class_weights: F.cross_entropy(x, labels, class_weights),
        {"x": normal(4, 5), "labels": LABELS, "class_weights": positive(5)},
    ),
    "cross entropy, class weights, smoothing 0.1": (
        lambda x, labels, class_weights: F.cross_entropy(x, labels, class_weights, label_smoothing=0.1),
        {"x": normal(4, 5), "labels": LABELS, "class_weights": positive(5)},
    ),
    "cross entropy with probabilities": (
        lambda x, labels: F.cross_entropy(x, labels.detach()),
        {"x": normal(4, 5), "labels": F.softmax(normal(4, 5), 1)},
    ),
    "cross entropy with probabilities, class weights, smoothing 0.1": (
        lambda x, labels, class_weights: F.cross_entropy(x, labels.detach(), class_weights, label_smoothing=0.1),
        {"x": normal(4, 5), "labels": F.softmax(normal(4, 5), 1), "class_weights": positive(5)},
    ),
    # Layers of a network, as its executor carries them out.
    "network: subsample 2, channels 1 and 2": (
        lambda x: F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 1, 2)), {"x": images(3, 7, 6)},
    ),
    "network: square root": (lambda x: F.relu(x).sqrt(), {"x": x34}),
    "network: relu6 of a sum beside the sum": (
        lambda x: (lambda y: torch.cat([F.relu6(y + y), y], 1))(F.max_pool2d(x, 2, 1)), {"x": images()},
    ),
    "network: softmax of unit length": (lambda x: F.softmax(F.normalize(x), 1), {"x": x34}),
    # Labels that do not exclude each other. Logits of ±40 show whether the loss is computed in the stable form.
    "network: sigmoid": (lambda x: torch.sigmoid(x), {"x": x34 * 8}),
    "binary cross entropy": (
        lambda x, targets: F.binary_cross_entropy_with_logits(x, targets.detach()), {"x": x34 * 20, "targets": TARGETS},
    ),
    "binary cross entropy, weights": (
        lambda x, targets, ones, zeros: F.binary_cross_entropy_with_logits(
            x, targets.detach(), weight=zeros.detach(), pos_weight=(ones / zeros).detach()
        ),
        {
            "x": x34, "targets": TARGETS,
            "ones": torch.tensor([0.5, 1.0, 2.5, 4.0]), "zeros": torch.tensor([1.0, 0.8, 0.5, 3.0]),
        },
    ),
}


def stored(x):
    names = {torch.float64: "F32", torch.float32: "F32", torch.int64: "I64", torch.bool: "BOOL"}
    values = x.detach().flatten().tolist()
    return {
        "type": names[x.dtype],
        "shape": list(x.shape),
        "values": [float(f"{v:.9g}") if isinstance(v, float) else int(v) for v in values],
    }


def case(name, function, inputs):
    wide = {n: x.double() if x.is_floating_point() else x for n, x in inputs.items()}
    for n, x in wide.items():
        if x.is_floating_point() and n not in WITHOUT_GRADIENT:
            wide[n] = x.clone().requires_grad_()
    outputs = function(*wide.values())
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    result = {
        "name": name,
        "inputs": {n: stored(x) for n, x in inputs.items()},
        "outputs": [stored(y) for y in outputs],
    }
    if outputs[0].requires_grad:
        seed = normal(*outputs[0].shape)
        outputs[0].backward(seed.double())
        result["seed"] = stored(seed)
        result["gradients"] = {n: stored(x.grad) for n, x in wide.items() if x.requires_grad and x.grad is not None}
    return result


def main():
    golden = {
        "made_by": "Tools/golden/torch_operations.py",
        "versions": {"torch": torch.__version__.split("+")[0]},
        "seed": SEED,
        "cases": [case(name, *rest) for name, rest in CASES.items()],
    }
    path = pathlib.Path(__file__).parents[2] / "Tests/Golden/torch_operations.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in golden.pop("cases"))
    head = json.dumps(golden)[:-1]
    path.write_text(f'{head}, "cases": [\n{lines}\n]}}\n')
    print(path.name, path.stat().st_size, "bytes")


main()
