"""As `serving`, ours by a model that `ocelot quantize` made; FastAPI with PyTorch and ONNX Runtime in 32 bits and in 8-bit integers.

LitServe and BentoML compute with bfloat16 where the processor has it.
"""
from . import serving


def measure(options):
    yield from serving.measure(options, "int8")
