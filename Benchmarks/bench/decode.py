"""From JPEG files to the network's 224 pixels on one core: ours beside Pillow without draft mode.

Faster must not mean other pictures: the mean cosine between MobileNetV2's features of our pixels and of Pillow's is a row of
its own.
"""
from .common import Row, compare, data, interleaved, mobilenet, ocelot, tool


def measure(options):
    photos = data("fashion-texture-fullsize")
    ours, peer = interleaved(
        options,
        lambda: ocelot("bench", "decode", photos, "--json", cores=1).last()["images_per_core_second"],
        lambda: tool("peer_pillow", "time", photos, cores=1).last()["images_per_second"])
    yield compare("decoding full-size photos, one core", "images/s", ours, peer, target=2.2)
    if options.ours():
        pixels = options.scratch / "pixels"
        ocelot("bench", "decode", photos, "--dump", pixels, "--json")
        result = tool("peer_pillow", "cosine", photos, pixels, mobilenet()).last()
        yield Row("features of our pixels and Pillow's", "mean cosine", ours=result["mean"], target=0.9995, target_of="ours",
                  note=f"smallest {result['smallest']:.4f}")
