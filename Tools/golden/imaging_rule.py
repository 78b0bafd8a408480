"""The rule by which files become RGB, in Pillow: for the golden files of `Imaging`."""

from PIL import Image, ImageOps


def white(image):
    """Upright, over white, RGB: the rule that pictures are read by."""
    image = ImageOps.exif_transpose(image)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")
