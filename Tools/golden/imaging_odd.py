"""Makes Tests/Golden/imaging-odd-images.json: what Pillow reads in the files of the photo set `odd-images`.

    python Tools/golden/imaging_odd.py FOLDER_OF_ODD_IMAGES

Run with Pillow 13.0.0. For each file: its error, or size, Adler-32 of its RGB bytes, and itself resized to 16 × 16.
"""

import base64
import json
import sys
import zlib
from pathlib import Path

import PIL
from PIL import Image

from imaging_rule import white

folder = Path(sys.argv[1])
files = {}
for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".tsv"):
    name = str(path.relative_to(folder))
    try:
        image = white(Image.open(path))
    except Exception as error:
        files[name] = {"error": str(error).replace(str(path), "FILE")}
        continue
    small = image.resize((16, 16), Image.BILINEAR)
    files[name] = {
        "width": image.width, "height": image.height, "adler32": zlib.adler32(image.tobytes()),
        "small": base64.b64encode(small.tobytes()).decode(),
    }
out = Path(__file__).parents[2] / "Tests/Golden/imaging-odd-images.json"
out.write_text(json.dumps({"made by": f"Tools/golden/imaging_odd.py, Pillow {PIL.__version__}", "files": files}, indent=0) + "\n")
print(out, out.stat().st_size)
