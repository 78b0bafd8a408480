"""Features and logits of every network on formula images with formula weights -> Tests/Golden/networks.json.

    python Tools/golden/networks.py                    writes the golden file
    python Tools/golden/networks.py --check DIR        compares ONNX files DIR/NAME.onnx with it, by ONNX Runtime;
                                                       OCELOT_ONNX_FOLDER=DIR swift test --filter filesForONNXRuntime
                                                       writes them

The networks are torchvision's, but for the CIFAR ResNets and for MobileNetV2 with TensorFlow's padding, which stand
here. The formulas are those of Sources/Networks/FormulaWeights.swift and Sources/TestSupport/NetworkGolden.swift.
"""

import base64
import hashlib
import json
import math
import pathlib
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

# torchvision's compiled operators are not needed, only its networks.
library = torch.library.Library("torchvision", "DEF")
for operator in ("nms", "qnms"):
    library.define(operator + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import torchvision  # noqa: E402

GOLDEN = pathlib.Path(__file__).parents[2] / "Tests/Golden/networks.json"
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CLASSES = 10


# The formulas.


def fnv1a(name):
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def mix(name, count):
    """SplitMix64, seeded by the name."""
    with np.errstate(over="ignore"):
        z = np.uint64(fnv1a(name)) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def formula_tensor(name, shape):
    if len(shape) > 1:
        bound = math.sqrt(6 / math.prod(shape[1:]))
        low, high = -bound, bound
    elif name.endswith(".running_var"):
        low, high = 0.75, 1.25
    elif name.endswith(".weight"):
        low, high = 0.5, 1.0
    else:
        low, high = -0.1, 0.1
    unit = (mix(name, math.prod(shape)) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return torch.from_numpy((low + (high - low) * unit).astype(np.float32).reshape(shape))


def formula_images(count, side):
    """Slopes of brightness with noise over them: [count, side, side, 3] bytes."""
    n, y, x, c = np.indices((count, side, side, 3))
    noise = (mix("images", n.size) >> np.uint64(58)).astype(np.int64).reshape(n.shape)
    return ((x * (3 + n) + y * (5 + 2 * n) + c * 40 + n * 17 + noise) % 256).astype(np.uint8)


# The networks that torchvision does not have.


class BasicBlock(nn.Module):
    """Of He et al. 2015, section 4.2, with the shortcuts of option A."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride, self.missing = stride, outputs - inputs

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.missing:
            half = self.missing // 2
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, half, half))
        return F.relu(x + y)


class CIFARResNet(nn.Module):
    def __init__(self, blocks, num_classes=CLASSES):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)

        def group(inputs, outputs, stride):
            first = BasicBlock(inputs, outputs, stride)
            return nn.Sequential(first, *[BasicBlock(outputs, outputs, 1) for _ in range(blocks - 1)])

        self.layer1, self.layer2, self.layer3 = group(16, 16, 1), group(16, 32, 2), group(32, 64, 2)
        self.fc = nn.Linear(64, num_classes)

    def features(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.layer3(self.layer2(self.layer1(x))).mean((2, 3))

    def forward(self, x):
        return self.fc(self.features(x))


class SamePadding(nn.Module):
    """Zeros as TensorFlow's "SAME" lays them around a 3 x 3 convolution with stride 2."""

    def __init__(self, convolution):
        super().__init__()
        self.convolution = convolution
        convolution.padding = (0, 0)

    def forward(self, x):
        sides = []
        for size in (x.shape[3], x.shape[2]):
            needed = max((math.ceil(size / 2) - 1) * 2 + 3 - size, 0)
            sides += [needed // 2, needed - needed // 2]
        return self.convolution(F.pad(x, sides))


def bottom_right(network):
    """MobileNetV2 with the padding of TensorFlow; its weights must be loaded before."""
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Conv2d) and child.stride == (2, 2):
                setattr(module, name, SamePadding(child))
    return network


def slim_resnet18(num_classes=CLASSES):
    """torchvision's ResNet-18 with half its channels, for the starter weights."""
    network = torchvision.models.ResNet(torchvision.models.resnet.BasicBlock, [2, 2, 2, 2], num_classes=num_classes)
    network.inplanes = 32
    network.conv1, network.bn1 = nn.Conv2d(3, 32, 7, 2, 3, bias=False), nn.BatchNorm2d(32)
    block = torchvision.models.resnet.BasicBlock
    network.layer1 = network._make_layer(block, 32, 2)
    network.layer2 = network._make_layer(block, 64, 2, stride=2)
    network.layer3 = network._make_layer(block, 128, 2, stride=2)
    network.layer4 = network._make_layer(block, 256, 2, stride=2)
    network.fc = nn.Linear(256, num_classes)
    return network


def networks(classes=CLASSES):
    """Name of the golden entry, name of the network, padding, side of the images, module."""
    for depth in (18, 34, 50, 101, 152):
        name = f"resnet{depth}"
        yield name, name, "torchvision", 96, getattr(torchvision.models, name)(num_classes=classes)
    mobile = torchvision.models.mobilenet_v2
    yield "mobilenet_v2", "mobilenet_v2", "torchvision", 96, mobile(num_classes=classes)
    yield "mobilenet_v2-bottom-right", "mobilenet_v2", "bottom-right", 96, mobile(num_classes=classes)
    # Maps of odd size on the way: 90, 45, 23, 12, 6, 3.
    yield "mobilenet_v2-bottom-right-90", "mobilenet_v2", "bottom-right", 90, mobile(num_classes=classes)
    yield "squeezenet1_1", "squeezenet1_1", "torchvision", 96, torchvision.models.squeezenet1_1(num_classes=classes)
    for depth in (20, 32, 44, 56):
        yield f"resnet{depth}-cifar", f"resnet{depth}-cifar", "torchvision", 32, CIFARResNet((depth - 2) // 6, classes)
    yield "starter", "starter", "torchvision", 64, slim_resnet18(classes)


def features(network, x):
    if isinstance(network, CIFARResNet):
        return network.features(x)
    if isinstance(network, torchvision.models.ResNet):
        for part in ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4"):
            x = getattr(network, part)(x)
        return x.mean((2, 3))
    return network.features(x).mean((2, 3))


def described(network):
    """The SHA-256 of a line "name [sizes]" for each array, sorted, without the counters of the batch norms."""
    state = {name: list(value.shape) for name, value in network.state_dict().items()}
    lines = [f"{name} {shape}\n" for name, shape in sorted(state.items()) if "num_batches_tracked" not in name]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def golden():
    entries = {}
    published = {name: (1000 if "cifar" not in name else 10) for _, name, _, _, _ in networks()}
    shapes = {}
    for classes in (10, 1000):
        for _, name, _, _, network in networks(classes):
            if published[name] == classes:
                parameters = sum(p.numel() for p in network.parameters())
                shapes[name] = {"classes": classes, "parameters": parameters, "names": described(network)}
    for entry, name, padding, side, network in networks():
        state = network.state_dict()
        for key in state:
            if "num_batches_tracked" not in key:
                state[key] = formula_tensor(key, tuple(state[key].shape))
        network.load_state_dict(state)
        network.eval()
        if padding == "bottom-right":
            network = bottom_right(network)
        x = torch.from_numpy(formula_images(2, side)).float() / 255
        x = ((x - torch.tensor(MEAN)) / torch.tensor(DEVIATION)).permute(0, 3, 1, 2).contiguous()
        with torch.no_grad():
            vectors, logits = features(network, x), network(x)
        entries[entry] = {
            "backbone": name,
            "padding": padding,
            "side": side,
            "features": base64.b64encode(vectors.numpy().astype("<f4").tobytes()).decode(),
            "logits": [float(v) for v in logits.flatten()],
        }
        print(f"{entry:30} features {vectors.abs().max():.4g}, logits {logits.abs().max():.4g}", file=sys.stderr)
    return {
        "made by": "Tools/golden/networks.py",
        "versions": {"torch": torch.__version__, "torchvision": torchvision.__version__, "numpy": np.__version__},
        "images": 2,
        "classes": CLASSES,
        "formula": {
            name: [float(v) for v in formula_tensor(name, shape).flatten()]
            for name, shape in {
                "conv1.weight": (2, 3, 1, 1), "layer1.0.bn1.weight": (2,), "layer1.0.bn1.bias": (2,),
                "layer1.0.bn1.running_mean": (2,), "layer1.0.bn1.running_var": (2,), "fc.weight": (2, 2),
            }.items()
        },
        "image bytes": {"first": formula_images(2, 5).flatten()[:12].tolist(), "sum": int(formula_images(2, 5).sum())},
        "shapes": shapes,
        "networks": entries,
    }


def check(folder):
    import onnx
    import onnxruntime

    for entry, expected in json.loads(GOLDEN.read_text())["networks"].items():
        path = pathlib.Path(folder) / f"{entry}.onnx"
        onnx.checker.check_model(str(path), full_check=True)
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        found = session.run(["features", "logits"], {"images": formula_images(2, expected["side"])})
        vectors = np.frombuffer(base64.b64decode(expected["features"]), "<f4")
        differences = [
            np.abs(a.flatten() - b).max() / np.abs(b).max() for a, b in zip(found, (vectors, expected["logits"]))
        ]
        print(f"{entry:30} features {differences[0]:.1e}, logits {differences[1]:.1e}")
        assert max(differences) < 1e-4
    check_head(folder)


def check_head(folder):
    """A head on vectors (Tests/NetworksTests/ONNXTests.swift) beside the same in PyTorch."""
    import onnx
    import onnxruntime

    path = pathlib.Path(folder) / "head.onnx"
    onnx.checker.check_model(str(path), full_check=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    x = formula_tensor("vectors", (4, 24))
    norm1, fc1, norm2, fc = nn.BatchNorm1d(24), nn.Linear(24, 32), nn.BatchNorm1d(32), nn.Linear(32, 10)
    head = nn.ModuleDict({"norm1": norm1, "fc1": fc1, "norm2": norm2, "fc": fc}).eval()
    for name, value in head.state_dict().items():
        if "num_batches_tracked" not in name:
            value.copy_(formula_tensor(name, tuple(value.shape)))
    with torch.no_grad():
        expected = fc(norm2(F.relu(fc1(norm1(x))))).numpy()
    found = session.run(["logits"], {"images": x.numpy()})[0]
    difference = np.abs(found - expected).max() / np.abs(expected).max()
    print(f"{'head':30} logits {difference:.1e}")
    assert difference < 1e-4


if __name__ == "__main__":
    if "--check" in sys.argv:
        check(sys.argv[-1])
    else:
        GOLDEN.write_text(json.dumps(golden(), indent=1) + "\n")
