"""Draws pictures to learn from: patterned cloths, walls and things with light, folds and shadow.

`pictures.py` asks for them. The same seed draws the same picture. Nothing in them comes from a photo.
"""

import io

import numpy as np
from PIL import Image, ImageFilter

from materials import CLASSES, paint
from patterns import F, NOISE, TAU, noise, sample, soft

SIDE, DRAWN = 128, 176  # stored, and drawn before the antialiasing reduction


def grid():
    axis = np.linspace(-1, 1, DRAWN, dtype=F)
    return np.meshgrid(axis, axis)


def surface(label, x, y, r, repeats):
    """The class's pattern on coordinates of about -1...1, turned, stretched and a little bent."""
    a, s = r.random() * TAU if r.random() < 0.6 else r.normal(0, 0.15), repeats / 2
    u, v = s * (x * np.cos(a) - y * np.sin(a)), s * r.uniform(0.8, 1.25) * (x * np.sin(a) + y * np.cos(a))
    if r.random() < 0.4:
        k = r.uniform(0.05, 0.4)
        u, v = u + k * noise(3, u, v, r, 10), v + k * noise(3, u, v, r, 10)
    return paint(label, u + 9 * r.random(), v + 9 * r.random(), r)


def cloth(label, r):
    """A picture full of one material, in perspective, with folds."""
    x, y = grid()
    if r.random() < 0.5:
        w = 1 + r.uniform(-0.4, 0.4) * x + r.uniform(-0.4, 0.4) * y
        x, y = x / w, y / w
    shade = 1
    if r.random() < 0.7:
        a, k = r.random() * TAU, r.uniform(0.3, 2.5)
        height = noise(3, x * np.cos(a) - y * np.sin(a), k * (x * np.sin(a) + y * np.cos(a)), r, r.uniform(3, 12))
        gy, gx = np.gradient(height)
        shade = 1 + np.clip(r.uniform(8, 40) * (gx * np.cos(a) + gy * np.sin(a)), -0.55, 0.45)
        bend = r.uniform(0, 0.6)
        x, y = x + bend * height, y + bend * height * r.uniform(-1, 1)
    image = surface(label, x, y, r, r.uniform(3, 16))
    return image * (shade[..., None] if np.ndim(shade) else shade)


def outline(x, y, r):
    """A flat shape: polygon, star, gear, leaf, blob or ring, by its radius over the angle."""
    d, a = np.hypot(x, y), np.arctan2(y, x)
    kind, k = r.integers(5), int(r.integers(3, 9))
    if kind == 0:
        edge = np.cos(np.pi / k) / np.cos((a + np.pi / k) % (TAU / k) - np.pi / k)
    elif kind == 1:
        edge = 1 - r.uniform(0.3, 0.6) * np.abs((a * k / TAU) % 1 - 0.5) * 2
    elif kind == 2:
        edge = 0.8 + 0.2 * np.clip(3 * np.cos(k * a), -1, 1)
    elif kind == 3:
        edge = 0.65 + sum(r.uniform(-0.25, 0.25) / n * np.cos(n * a + r.random() * TAU) for n in range(1, 6))
    else:
        return soft(0.3 * r.uniform(0.4, 1) - np.abs(d - 0.7), 0.02)
    return soft(edge - d, 0.03)


def strokes(x, y, r):
    """Something like a letter: two to five strokes of one width."""
    width, best = r.uniform(0.07, 0.2), np.full(x.shape, 9, F)
    joints = r.uniform(-0.85, 0.85, (int(r.integers(3, 7)), 2))
    for (ax, ay), (bx, by) in zip(joints, joints[1:]):
        t = np.clip(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2 + 1e-6), 0, 1)
        best = np.minimum(best, np.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay)))
    return soft(width - best, 0.03)


def turned(x, y, r):
    """A turned body (ball, can, bottle, vase, cone): mask, surface coordinates, normal."""
    knots = r.uniform(0.2, 1, int(r.integers(2, 6)))
    kind = r.integers(4)
    if kind == 0:
        radius = np.sqrt(np.clip(1 - y * y, 0, 1))
    elif kind == 1:
        radius = np.full(y.shape, r.uniform(0.35, 0.8), F)
    elif kind == 2:  # bottle: body, shoulder, neck
        wide, narrow, neck = r.uniform(0.35, 0.6), r.uniform(0.12, 0.22), r.uniform(-0.6, 0)
        radius = np.interp(y, [-1, neck - 0.1, neck + 0.25, 1], [narrow, narrow, wide, wide])
    else:
        radius = np.interp(y, np.linspace(-1, 1, len(knots)), knots)
    inside = soft(radius - np.abs(x), 0.03) * soft(1 - np.abs(y), 0.03)
    nx = np.clip(x / (radius + 1e-3), -1, 1)
    return inside, np.arcsin(nx), y, (nx, -0.5 * np.gradient(radius, axis=0) * DRAWN / 2, np.sqrt(1 - nx * nx))


def box(x, y, r):
    """Front, side and top of a box: mask, surface coordinates, normal."""
    w, h, dx, dy = r.uniform(0.3, 0.7), r.uniform(0.3, 0.8), r.uniform(0.1, 0.4), r.uniform(0.1, 0.4)
    u, v = x + dx / 2, y - dy / 2
    front = (np.abs(u) < w) & (np.abs(v) < h)
    ts, tt = (u - w) / dx, (-v - h) / dy
    side = (ts > 0) & (ts < 1) & (np.abs(v + ts * dy) < h)
    top = (tt > 0) & (tt < 1) & (np.abs(u - tt * dx) < w)
    inside = (front | side | top).astype(F)
    su = np.where(side, w + ts * 0.6, np.where(top, u - tt * dx, u))
    sv = np.where(side, v + ts * dy, np.where(top, -h - tt * 0.6, v))
    return inside, su, sv, (side.astype(F), -top.astype(F), front.astype(F) * 0.9)


def thing(image, label, r, size):
    """Puts one thing of the class's material in front of `image`."""
    x, y = grid()
    a = r.normal(0, 0.5) if r.random() < 0.7 else r.random() * TAU
    x0, y0 = x - r.normal(0, 0.35), y - r.normal(0, 0.35)
    x1, y1 = (x0 * np.cos(a) - y0 * np.sin(a)) / size / r.uniform(0.7, 1.1), (x0 * np.sin(a) + y0 * np.cos(a)) / size
    kind, gloss = r.random(), 0
    if kind < 0.5:
        inside, u, v, normal = turned(x1, y1, r) if kind < 0.35 else box(x1, y1, r)
        light = r.normal(0, 1, 3) * [1, 0.6, 0] + [0, -0.3, 1]
        facing = np.clip(sum(n * l for n, l in zip(normal, light / np.linalg.norm(light))), 0, 1)
        shade = 0.35 + 0.75 * facing
        if r.random() < 0.4:
            gloss = r.uniform(0.2, 0.9) * facing ** r.integers(8, 60)
    else:
        inside, u, v = (outline if kind < 0.9 else strokes)(x1, y1, r), x1, y1
        shade = 1 + r.uniform(-0.3, 0.3) * x1 + r.uniform(-0.3, 0.3) * y1
    colour = surface(label, u, v, r, r.uniform(2, 9))
    if r.random() < 0.12 and kind < 0.5:  # metal mirrors a blurred world
        colour = 0.35 * colour + 0.65 * sample(NOISE[3], 0.6 * normal[0] + r.random(), 0.3 * normal[1] + 0.05 * v)[..., None]
    colour = colour * shade[..., None] + np.asarray(gloss)[..., None]
    alpha = inside * (r.uniform(0.35, 0.8) if r.random() < 0.12 else 1)
    if r.random() < 0.6:
        k = r.integers(3, 14)
        fall = np.roll(inside, (k, int(r.integers(-k, k + 1))), (0, 1))[::4, ::4]
        fall = Image.fromarray((fall * 255).astype(np.uint8)).resize((DRAWN, DRAWN), Image.BICUBIC)
        image = image * (1 - r.uniform(0.2, 0.6) * np.asarray(fall, F)[..., None] / 255)
    return image + alpha[..., None] * (colour - image)


def spoil(image, r):
    """What cameras do: light, colour, blur, noise, JPEG."""
    if r.random() < 0.5:
        x, y = grid()
        image = image * (1 + r.uniform(-0.35, 0.35) * x + r.uniform(-0.35, 0.35) * y)[..., None]
    image = np.clip(image * r.uniform(0.6, 1.25) * r.normal(1, 0.06, 3) + r.uniform(-0.05, 0.15), 0, 1) ** r.uniform(0.7, 1.4)
    picture = Image.fromarray((image * 255).astype(np.uint8)).resize((SIDE, SIDE), Image.BILINEAR)
    if r.random() < 0.3:
        picture = picture.filter(ImageFilter.GaussianBlur(r.uniform(0.3, 1.3)))
    if r.random() < 0.3:
        grain = r.normal(0, r.uniform(2, 10), (SIDE, SIDE, 1 if r.random() < 0.5 else 3))
        picture = Image.fromarray(np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8))
    if r.random() < 0.5:
        store = io.BytesIO()
        picture.save(store, "JPEG", quality=int(r.integers(35, 95)))
        picture = Image.open(store).convert("RGB")
    return np.asarray(picture)


def draw(seed):
    """One picture [128, 128, 3] and the class of its main surface."""
    r = np.random.default_rng(seed)
    label = int(r.integers(CLASSES))
    kind = r.random()
    if kind < 0.35:
        image = cloth(label, r)
        if r.random() < 0.2:
            image = thing(image, int(r.integers(CLASSES)), r, r.uniform(0.15, 0.3))
    else:
        image = cloth(int(r.integers(CLASSES)), r)
        if r.random() < 0.5:  # a calm ground
            image = 0.12 * image + r.random(3).astype(F) * 0.88
        for _ in range(int(r.integers(0, 4))):
            image = thing(image, int(r.integers(CLASSES)), r, r.uniform(0.15, 0.6))
        image = thing(image, label, r, r.uniform(0.45, 1.0))
    return spoil(image, r), label
