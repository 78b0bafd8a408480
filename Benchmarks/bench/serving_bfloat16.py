"""As `serving`, ours by `--precision bfloat16`; FastAPI with PyTorch in 32 bits and in bfloat16, of which the faster counts.

LitServe and BentoML compute with bfloat16; ONNX Runtime, which has no such convolutions for processors, with 32 bits.
"""
import pathlib

from . import serving
from .common import Skip


def measure(options):
    flags = pathlib.Path("/proc/cpuinfo")
    if not flags.exists() or not any(flag in flags.read_text() for flag in ("avx512_bf16", "amx_bf16")):
        raise Skip("the processor has no instructions for bfloat16")
    yield from serving.measure(options, "bfloat16")
