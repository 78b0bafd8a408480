"""Weights of no use but with the right shapes, for timing: python seeded_weights.py ARCH OUT.safetensors."""
import sys

import torch
from networks import network
from safetensors.torch import save_file

name, out = sys.argv[1:]
torch.manual_seed(1)
model = network(name)
# As trained, a block's last normalisation keeps the sum over all blocks from growing; so would a small scale.
for path, parameter in model.named_parameters():
    if path.endswith(("bn2.weight", "bn3.weight")):
        torch.nn.init.constant_(parameter, 0.3)
save_file({key: value.contiguous() for key, value in model.state_dict().items()}, out)
