"""As `serving`, ours by `--precision bfloat16`; FastAPI with PyTorch in 32 bits and in bfloat16.

LitServe and BentoML compute with bfloat16; ONNX Runtime, which has no such convolutions for processors, with 32 bits.
"""
from . import serving
from .common import Skip


def measure(options):
    if not serving.has_bfloat16():
        raise Skip("the processor has no instructions for bfloat16")
    yield from serving.measure(options, "bfloat16")
