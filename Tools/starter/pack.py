"""Makes the embedded file of a trained model: its backbone alone, in 16-bit floats, with where it is from.

    python pack.py --model WORKSPACE/models/starter/1 --output starter.safetensors
"""

import argparse
import hashlib
import json
import pathlib

import numpy as np
from safetensors.numpy import load_file, save_file


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    options = parser.parse_args()
    model = json.loads((options.model / "manifest.json").read_text())["model"]
    recipe = json.dumps(model["recipe"], sort_keys=True)
    tensors = load_file(options.model / "weights.safetensors")
    backbone = {k: v.astype(np.float16) for k, v in tensors.items() if k.split(".")[0] not in ("head", "calibration")}
    about = {
        "architecture": "resnet18", "width": str(len(backbone["bn1.weight"])), "imageSize": "224",
        "licence": "Apache-2.0", "seed": model["recipe"]["seed"], "recipe": recipe,
        "recipeDigest": hashlib.sha256(recipe.encode()).hexdigest(),
    }
    save_file(backbone, options.output, metadata=about)
    print(options.output, hashlib.sha256(options.output.read_bytes()).hexdigest(), options.output.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
