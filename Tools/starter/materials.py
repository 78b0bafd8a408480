"""The classes: 49 families of patterns in seven variants each, and the colours they are painted in."""

import colorsys

import numpy as np

from patterns import (
    F, argyle, band, bricks, camouflage, checks, chevron, circles, clouds, cracks, dots, fern, flowers, fur, gabor,
    gingham, grown, hexagons, houndstooth, julia, knit, leopard, marble, offset_dots, pebbles, pin_stripes, plain,
    planks, rays, ridges, rings, rough, scales, slope, spots, star_grid, stripes, tartan, text, tiles, triangles,
    twill, uneven_dots, uneven_stripes, voronoi, wavy, weave, windowpane, wood, zebra,
)

FAMILIES = [
    stripes, uneven_stripes, pin_stripes, wavy, chevron, checks, gingham, tartan, windowpane, dots, offset_dots,
    uneven_dots, rings, leopard, spots, zebra, bricks, tiles, wood, planks, marble, weave, twill, knit, clouds, rough,
    ridges, camouflage, fur, gabor, band, grown, voronoi, cracks, pebbles, scales, flowers, star_grid, triangles, argyle,
    houndstooth, hexagons, text, julia, fern, circles, rays, plain, slope,
]
VARIANTS = 7
CLASSES = len(FAMILIES) * VARIANTS

EARTH = [(0.82, 0.66, 0.42), (0.55, 0.36, 0.18), (0.1, 0.07, 0.05), (0.93, 0.87, 0.75), (0.4, 0.42, 0.25)]


def palette(r, family, count):
    """`count` colours: mostly free, sometimes of one hue, grey, or of earth tones (usual for furs and woods)."""
    p = r.random()
    if family in (leopard, spots) and p < 0.6:
        chosen = [EARTH[0], EARTH[1], EARTH[2]] if r.random() < 0.8 else [EARTH[3], EARTH[1], EARTH[2]]
        colours = [chosen[k % 3] for k in range(count)]
    elif family is zebra and p < 0.6:
        colours = [(0.9, 0.9, 0.88) if k % 2 else (0.07, 0.07, 0.07) for k in range(count)]
    elif family in (wood, planks, fur, bricks) and p < 0.6 or p < 0.08:
        colours = [EARTH[k] for k in r.permutation(5)[:count]]
    elif p < 0.2:
        colours = [(g, g, g) for g in r.random(count)]
    elif p < 0.4:
        hue = r.random()
        colours = [colorsys.hsv_to_rgb(hue, r.random(), r.random()) for _ in range(count)]
    else:
        colours = [colorsys.hsv_to_rgb(r.random(), r.random() ** 1.6, r.random() ** 0.7) for _ in range(count)]
    colours = np.clip(np.array(colours) + r.normal(0, 0.03, (count, 3)), 0, 1)
    if np.ptp(colours.mean(1)) < 0.15:  # something must show
        colours[0] *= 0.3
    return colours.astype(F)


def paint(label, u, v, r):
    """Colours [H, W, 3] in 0...1 of class `label` at coordinates in repeats."""
    family = FAMILIES[label // VARIANTS]
    c = np.random.default_rng(1000 + label)
    t = np.clip(family(u, v, c, r), 0, 1)
    count = int(c.integers(2, 6)) if family in (uneven_stripes, tartan, voronoi, tiles, camouflage, flowers, triangles, julia, argyle) else 2
    if family is leopard:
        count = 3
    colours = palette(r, family, count)
    at = np.arange(count, dtype=F) / (count - 1)
    return np.stack([np.interp(t, at, colours[:, k]) for k in range(3)], -1).astype(F)
