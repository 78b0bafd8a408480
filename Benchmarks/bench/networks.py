"""torchvision's networks without its compiled part, which the peers do not need."""
import torch

_library = torch.library.Library("torchvision", "DEF")
for _name in ("nms", "qnms"):
    _library.define(_name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import torchvision  # noqa: E402
from safetensors.torch import load_file  # noqa: E402


def network(name, weights=None, bottom_right=False):
    """A network in inference mode; `bottom_right` pads its strided 3×3 convolutions as the MobileNetV2 of the data expects."""
    model = getattr(torchvision.models, name)(weights=None)
    if weights:
        model.load_state_dict(load_file(str(weights)))
    if bottom_right:
        for module in model.modules():
            if isinstance(module, torch.nn.Conv2d) and module.stride == (2, 2):
                module.padding = (0, 0)
                module.register_forward_pre_hook(lambda _, x: (torch.nn.functional.pad(x[0], (0, 1, 0, 1)),))
    return model.eval()


def mean_features(model, x):
    """[N, 3, H, W] → [N, C], the last feature map averaged over its places."""
    return torch.nn.functional.adaptive_avg_pool2d(model.features(x), 1).flatten(1)
