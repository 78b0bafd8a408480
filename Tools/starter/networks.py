"""The two networks: the slim ResNet-18 that learns, and MobileNetV2 that teaches."""

import torch
from torch import nn

library = torch.library.Library("torchvision", "DEF")  # lets torchvision load without its compiled operators
for name in ("nms", "qnms"):
    library.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

from safetensors.torch import load_file  # noqa: E402
from torchvision.models import mobilenet_v2  # noqa: E402
from torchvision.models.resnet import BasicBlock, ResNet  # noqa: E402

MEAN, DEVIATION = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])


def slim_resnet18(width):
    """torchvision's resnet18 without `fc`, `width` channels in its first stage: [N, 3, H, W] → [N, 8 · width]."""
    net = ResNet(BasicBlock, [2, 2, 2, 2])
    net.inplanes = width
    net.conv1, net.bn1 = nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width)
    for k in range(4):
        setattr(net, f"layer{k + 1}", net._make_layer(BasicBlock, width << k, 2, stride=1 if k == 0 else 2))
    for m in net.modules():
        if isinstance(m, nn.Conv2d):
            nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
    net.fc = nn.Identity()
    return net.to(memory_format=torch.channels_last)


def teacher(path):
    """MobileNetV2 with one row and column of padding at the bottom and right where the stride is 2."""
    net = mobilenet_v2()
    net.load_state_dict(load_file(path))
    for m in list(net.modules()):
        for name, child in m.named_children():
            if isinstance(child, nn.Conv2d) and child.stride == (2, 2):
                child.padding = (0, 0)
                setattr(m, name, nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), child))
    return net.eval()


def normalised(bytes_nhwc):
    """[N, H, W, 3] bytes → [N, 3, H, W], as the product normalises, channels last in memory."""
    return ((bytes_nhwc.float() / 255 - MEAN) / DEVIATION).permute(0, 3, 1, 2)
