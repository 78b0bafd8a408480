"""A small network with formula weights, its numbers rounded to 8 bits by PyTorch -> Tests/Golden/quantisation.json.

    python Tools/golden/quantisation.py

PyTorch's fake_quantize_per_tensor_affine and fake_quantize_per_channel_affine round to what 8-bit integers can say and
compute on in 32 bits, as ONNX's QuantizeLinear and DequantizeLinear are defined; a bias is rounded to multiples of both steps.
The network has every kind of layer around which numbers are rounded. Formulas as in networks.py.

`rounded` is what the file says, and what ONNX Runtime 1.31 computes of it (python Tools/golden/quantisation.py --check FILE;
OCELOT_ONNX_FOLDER=DIR swift test --filter computesWhatPyTorchRounds writes it). OpenVINO computes a convolution and the sum
after it in one go, and leaves out the rounding between them, which is more precise: `fused`.
"""

import json
import pathlib
import sys

import numpy as np
import torch
from torch.nn import functional as F

from networks import DEVIATION, MEAN, formula_images, formula_tensor

GOLDEN = pathlib.Path(__file__).parents[2] / "Tests/Golden/quantisation.json"
# The nodes of the graph, as Swift numbers them, whose numbers become bytes, and whose scale each takes.
OWNERS = {1: 1, 4: 5, 5: 5, 8: 8, 10: 10, 12: 12, 14: 17, 16: 17, 17: 17}


class Network:
    """In 32 bits while `scales` is empty, keeping what each node gives."""

    def __init__(self, scales):
        self.scales, self.seen = scales, {}

    def at(self, node, x):
        self.seen[node] = x
        if node not in self.scales:
            return x
        step, zero = self.scales[node]
        return torch.fake_quantize_per_tensor_affine(x, step, zero, 0, 255)

    def layer(self, x, source, path, norm=None, bias=False, outputs=None, kernel=1, groups=1, stride=1, padding=0):
        w = formula_tensor(f"{path}.weight", (outputs, x.shape[1] // groups, kernel, kernel)).double()
        b = formula_tensor(f"{path}.bias", (outputs,)).double() if bias else torch.zeros(outputs, dtype=torch.float64)
        if norm:
            gamma, beta, mean, variance = (formula_tensor(f"{norm}.{part}", (outputs,)).double() for part in ("weight", "bias", "running_mean", "running_var"))
            scale = gamma / (variance + 1e-5).sqrt()
            w, b = w * scale[:, None, None, None], beta + (b - mean) * scale
        w = w.float()
        if self.scales:
            steps = w.abs().amax((1, 2, 3)) / 127
            w = torch.fake_quantize_per_channel_affine(w, steps, torch.zeros(outputs, dtype=torch.int32), 0, -127, 127)
            steps = steps.double() * self.scales[source][0]
            b = torch.round(b / steps) * steps
        return F.conv2d(x, w, b.float(), stride=stride, padding=padding, groups=groups)

    def __call__(self, images):
        x = torch.from_numpy(images.astype(np.float32)).permute(0, 3, 1, 2) / 255
        x = self.at(1, (x - torch.tensor(MEAN)[:, None, None]) / torch.tensor(DEVIATION)[:, None, None])
        a = self.at(4, F.relu(self.layer(x, 1, "a", "an", outputs=8, kernel=3, stride=2, padding=1)))
        p = self.at(5, F.max_pool2d(a, 3, 2, 1))
        b = self.at(8, F.relu6(self.layer(p, 5, "b", "bn", outputs=8, kernel=3, groups=8, padding=1)))
        c = self.at(10, self.layer(b, 8, "c", "cn", outputs=8))
        s = self.at(12, F.relu(c + p))
        left = self.at(14, F.relu(self.layer(s, 12, "l", bias=True, outputs=4)))
        right = self.at(16, F.relu(self.layer(s, 12, "r", bias=True, outputs=4, kernel=3, padding=1)))
        joined = self.at(17, torch.cat([left, right], 1))
        return F.relu(self.layer(joined, 17, "e", bias=True, outputs=6, kernel=3, padding=1)).mean((2, 3))


def scale(lower, upper):
    """(step, zero point) of the numbers from lower to upper, and 0."""
    lower, upper = min(lower, 0.0), max(upper, 0.0)
    step = (upper - lower) / 255
    return float(np.float32(step)), round(-lower / step)


def main():
    images = np.asarray(formula_images(4, 16), dtype=np.uint8)
    exact = Network({})
    plain = exact(images)
    ranges = {node: [float(exact.seen[owner].min()), float(exact.seen[owner].max())] for node, owner in OWNERS.items()}
    scales = {node: scale(*ends) for node, ends in ranges.items()}
    rounded = Network(scales)(images)
    # All but the rounding between a convolution and the sum after it.
    fused = Network({node: both for node, both in scales.items() if node != 10})(images)
    GOLDEN.write_text(json.dumps({
        "made_by": f"Tools/golden/quantisation.py, PyTorch {torch.__version__}",
        "ranges": {str(node): ends for node, ends in ranges.items()},
        "scales": {str(node): list(both) for node, both in scales.items()},
        "plain": plain.flatten().tolist(), "rounded": rounded.flatten().tolist(),
        "fused": fused.flatten().tolist(),
    }, indent=1) + "\n")
    print(f"largest change by rounding {float((plain - rounded).abs().max()):.4f}, features up to {float(plain.max()):.3f}")


def check(file):
    import onnxruntime

    images = np.asarray(formula_images(4, 16), dtype=np.uint8)
    found = onnxruntime.InferenceSession(file).run(None, {"images": images})[0].flatten()
    print(f"largest difference {np.abs(found - np.array(json.loads(GOLDEN.read_text())['rounded'])).max():.2g}")


check(sys.argv[2]) if sys.argv[1:2] == ["--check"] else main()
