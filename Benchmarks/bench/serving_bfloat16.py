"""As `serving`, computed with bfloat16 numbers: ours by `--precision bfloat16`, PyTorch's peers by its autocast.

ONNX Runtime has no such convolutions for processors; it computes with 32 bits.
"""
import pathlib

from . import serving
from .common import Skip


def measure(options):
    flags = pathlib.Path("/proc/cpuinfo")
    if not flags.exists() or not any(flag in flags.read_text() for flag in ("avx512_bf16", "amx_bf16")):
        raise Skip("the processor has no instructions for bfloat16")
    yield from serving.measure(options, "bfloat16")
