"""Runs the peer's script for any torchvision network: python peer_job.py SCRIPT DATASET ARCH WEIGHTS SPLITS.

The script asks a network for `features`, which a ResNet has not: here it gets them, all layers up to the average.
"""
import runpy
import sys
import types

import torch

library = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    library.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import torchvision  # noqa: E402

# The script declares the same two operators again, which PyTorch allows only once.
torch.library.Library = lambda *_: types.SimpleNamespace(define=lambda *_: None)


def features(self):
    return lambda x: self.layer4(self.layer3(self.layer2(self.layer1(self.maxpool(self.relu(self.bn1(self.conv1(x))))))))


torchvision.models.ResNet.features = property(features)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
