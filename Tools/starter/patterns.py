"""The surfaces that draw.py puts on things: families of patterns, each a function of two coordinates.

A pattern takes coordinate arrays `u`, `v` (one unit is about one repeat), a generator `c` that is seeded by the class
(what makes one stripe another than the next) and a generator `r` seeded by the picture (what varies within a class).
It returns values in 0...1, which `paint` in materials.py turns into colours.
"""

import numpy as np

TAU = 2 * np.pi
F = np.float32


# Building blocks.

def soft(x, width=0.06):
    """0 below zero, 1 above, with an edge of `width`."""
    return np.clip(x / width + 0.5, 0, 1)


def wave(x):
    return 0.5 + 0.5 * np.sin(TAU * x)


def scatter(i, j, salt):
    """A number in 0..<1 for each pair of whole numbers: an integer hash."""
    h = (i.astype(np.int64) * 374761393 + j.astype(np.int64) * 668265263 + int(salt) * 2246822519) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((h ^ (h >> 16)) & 0xFFFF).astype(F) / 65536


def cells(u, v):
    i, j = np.floor(u), np.floor(v)
    return i, j, u - i - 0.5, v - j - 0.5


def noise_banks(seed=1, side=512):
    """Periodic noise of five spectra, from rough to smooth and one band only, each scaled to 0...1."""
    rng = np.random.default_rng(seed)
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(side) * side, np.fft.fftfreq(side) * side))
    f[0, 0] = 1
    banks = []
    for spectrum in [f**-0.7, f**-1.2, f**-1.8, f**-2.6, np.exp(-((f - 24) / 6) ** 2)]:
        spectrum[0, 0] = 0
        phase = np.exp(1j * TAU * rng.random((side, side)))
        n = np.fft.ifft2(spectrum * phase).real
        banks.append(np.clip(0.5 + n / n.std() / 5, 0, 1).astype(F))
    return banks


def reaction_diffusion(seed=2, side=128, steps=2500):
    """Gray-Scott patterns (Pearson 1993, "Complex patterns in a simple system"), eight feed and kill rates."""
    rng, banks = np.random.default_rng(seed), []
    rates = [(.0367, .0649), (.03, .062), (.025, .06), (.029, .057), (.039, .058), (.026, .051), (.046, .0594), (.062, .0609)]
    for feed, kill in rates:
        a, b = np.ones((side, side), F), np.zeros((side, side), F)
        for y, x in rng.integers(0, side - 8, (40, 2)):
            a[y:y + 8, x:x + 8], b[y:y + 8, x:x + 8] = 0.5, 0.25 + 0.1 * rng.random()
        def laplace(z):
            near = np.roll(z, 1, 0) + np.roll(z, -1, 0) + np.roll(z, 1, 1) + np.roll(z, -1, 1)
            return near - 4 * z
        for _ in range(steps):
            ab2 = a * b * b
            a, b = a + 0.2097 * laplace(a) - ab2 + feed * (1 - a), b + 0.105 * laplace(b) + ab2 - (feed + kill) * b
        banks.append(((b - b.min()) / (np.ptp(b) + 1e-6)).astype(F))
    return banks


NOISE = noise_banks()
SPOTS = reaction_diffusion()


def sample(bank, u, v):
    """The periodic picture `bank` at coordinates in units of its own side (a power of two), bilinear."""
    n, flat = bank.shape[0], bank.ravel()
    x, y = np.asarray(u * n, F), np.asarray(v * n, F)
    i, j = np.floor(x), np.floor(y)
    x, y = x - i, y - j
    i, j = i.astype(np.int32) & (n - 1), j.astype(np.int32) & (n - 1)
    above, below, right = j * n, ((j + 1) & (n - 1)) * n, (i + 1) & (n - 1)
    top = flat[above + i] * (1 - x) + flat[above + right] * x
    return top * (1 - y) + (flat[below + i] * (1 - x) + flat[below + right] * x) * y


def noise(kind, u, v, r, size=8.0):
    """Noise whose bank spans `size` units."""
    a, b = r.random(2)
    return sample(NOISE[kind], u / size + a, v / size + b)


def worley(u, v, salt, jitter=1.0):
    """Distances to the nearest and second nearest of one point per cell, and a number for the nearest."""
    i, j = np.floor(u), np.floor(v)
    first, second, who = np.full(u.shape, 9, F), np.full(u.shape, 9, F), np.zeros(u.shape, F)
    for di in (-1, 0, 1):
        for dj in (-1, 0, 1):
            a, b = i + di, j + dj
            tag = scatter(a, b, salt)
            d = np.hypot(a + 0.5 + jitter * (tag - 0.5) - u, b + 0.5 + jitter * (scatter(b, a, salt + 7) - 0.5) - v)
            near = d < first
            second = np.where(near, first, np.minimum(second, d))
            first, who = np.where(near, d, first), np.where(near, tag, who)
    return first, second, who


# The families. Each returns values in 0...1.

def stripes(u, v, c, r):
    return soft(wave(u) - c.uniform(0.2, 0.8), c.choice([0.1, 0.25, 1.2]))


def uneven_stripes(u, v, c, r):
    edges = np.sort(c.random(int(c.integers(3, 9))))
    return c.permutation(len(edges) + 1)[np.searchsorted(edges, u / 2 % 1)] / F(len(edges))


def pin_stripes(u, v, c, r):
    return soft(c.uniform(0.04, 0.1) - np.abs(u % 1 - 0.5), 0.08)


def wavy(u, v, c, r):
    return soft(wave(u + c.uniform(0.1, 0.5) * np.sin(TAU * v * c.uniform(0.2, 0.8))) - 0.5, c.choice([0.15, 0.6]))


def chevron(u, v, c, r):
    return soft(wave(u + c.uniform(0.5, 1.5) * np.abs(v % 1 - 0.5)) - c.uniform(0.3, 0.7), 0.2)


def checks(u, v, c, r):
    return ((np.floor(u) + np.floor(v * c.choice([1, 1, 0.5]))) % 2).astype(F)


def gingham(u, v, c, r):
    d = c.uniform(0.3, 0.7)
    return 0.5 * (soft(u % 1 - d) + soft(v % 1 - d))


def tartan(u, v, c, r):
    edges, tones = np.sort(c.random(6)), c.random(7).astype(F)
    a, b = (tones[np.searchsorted(edges, np.abs(x / 2 % 2 - 1))] for x in (u, v))
    return np.where((np.floor((u + v) * 12) % 2) == 0, a, b) * 0.7 + 0.15 * (a + b)


def windowpane(u, v, c, r):
    w = c.uniform(0.03, 0.12)
    return np.maximum(soft(w - np.abs(u % 1 - 0.5)), soft(w - np.abs(v * c.uniform(0.6, 1) % 1 - 0.5)))


def dots(u, v, c, r):
    _, _, x, y = cells(u, v)
    return soft(c.uniform(0.15, 0.4) - np.hypot(x, y))


def offset_dots(u, v, c, r):
    _, _, x, y = cells(u + 0.5 * (np.floor(v) % 2), v)
    return soft(c.uniform(0.12, 0.42) - np.hypot(x, y))


def uneven_dots(u, v, c, r):
    first, _, who = worley(u, v, r.integers(9999), c.uniform(0.4, 0.9))
    return soft(c.uniform(0.2, 0.4) * (0.4 + 0.6 * who) - first) * (0.4 + 0.6 * (who * 7 % 1))


def rings(u, v, c, r):
    i, j, x, y = cells(u, v)
    return soft(c.uniform(0.05, 0.12) - np.abs(np.hypot(x, y) - c.uniform(0.2, 0.36)))


def leopard(u, v, c, r):
    du, dv = noise(1, u, v, r, 6) - 0.5, noise(1, u, v, r, 6) - 0.5
    first, _, who = worley(u + 0.9 * du, v + 0.9 * dv, r.integers(9999), 0.75)
    rim = np.abs(first - c.uniform(0.26, 0.36)) - 0.22 * (noise(1, u, v, r, 5) - 0.32)
    return np.maximum(0.5 * soft(0.3 - first, 0.1), soft(-rim, 0.08))


def spots(u, v, c, r):
    first, _, who = worley(u + 0.5 * noise(2, u, v, r, 6), v, r.integers(9999), 0.8)
    return soft(c.uniform(0.2, 0.34) + 0.25 * (noise(1, u, v, r, 4) - 0.5) - first, 0.08)


def zebra(u, v, c, r):
    bend = c.uniform(1, 4) * noise(3, u, v, r, c.uniform(8, 14))
    return soft(wave(0.7 * u + bend) - 0.5 + 0.6 * (noise(2, u, v, r, 8) - 0.5), 0.12)


def bricks(u, v, c, r):
    i, j, x, y = cells(u / c.choice([1.6, 2, 3]) + 0.5 * (np.floor(v) % 2), v)
    wall = np.minimum(soft(0.47 - np.abs(x), 0.04), soft(0.43 - np.abs(y), 0.08))
    return wall * (0.55 + 0.45 * scatter(i, j, 3)) * (0.8 + 0.2 * noise(0, u, v, r, 3))


def tiles(u, v, c, r):
    i, j, x, y = cells(u, v)
    return soft(0.46 - np.maximum(np.abs(x), np.abs(y)), 0.05) * (0.3 + 0.7 * scatter(i, j, c.integers(99)))


def wood(u, v, c, r):
    d = u * 0.6 + c.uniform(0.5, 2) * noise(3, u * 0.6, v * 0.1, r, 6)
    return 0.6 * (d * 2 % 1) + 0.4 * noise(0, u * 3, v * 0.15, r, 6)


def planks(u, v, c, r):
    i = np.floor(u / 1.5)
    return wood(u + 7 * i, v + 3.7 * i, c, r) * soft(0.48 - np.abs(u / 1.5 % 1 - 0.5), 0.03) * (0.6 + 0.4 * scatter(i, i, 5))


def marble(u, v, c, r):
    return np.abs(np.sin(np.pi * (u * 0.4 + c.uniform(1.5, 4) * noise(2, u, v, r, 9)))) ** c.uniform(0.3, 1.5)


def weave(u, v, c, r):
    i, j, x, y = cells(u * 1.5, v * 1.5)
    over = (i + j) % 2 == 0
    return np.where(over, np.cos(np.pi * x) * (0.6 + 0.4 * np.cos(np.pi * y)), 0.85 * np.cos(np.pi * y) * (0.6 + 0.4 * np.cos(np.pi * x)))


def twill(u, v, c, r):
    return 0.6 * wave(u * 2 + v * 2) + 0.4 * noise(0, u * 4, v * 4, r, 9)


def knit(u, v, c, r):
    _, _, x, y = cells(u * 1.3, v * 1.6 + 0.8 * np.abs(u * 1.3 % 1 - 0.5))
    return np.clip(1.1 - np.hypot(x * 1.6, y * 2), 0, 1)


def clouds(u, v, c, r):
    return noise(3, u, v, r, c.uniform(6, 20))


def rough(u, v, c, r):
    return noise(int(c.integers(0, 3)), u, v, r, c.uniform(4, 16))


def ridges(u, v, c, r):
    return 1 - np.abs(2 * noise(int(c.integers(2, 4)), u, v, r, 8) - 1) ** c.uniform(0.4, 1)


def camouflage(u, v, c, r):
    k = int(c.integers(3, 6))
    return np.floor(np.clip(noise(2, u, v, r, c.uniform(6, 12)) * 1.6 - 0.3, 0, 0.999) * k) / (k - 1)


def fur(u, v, c, r):
    bend = noise(3, u, v, r, 12)
    return noise(0, u * 2 + bend, v * c.uniform(0.15, 0.4) + bend, r, 6)


def gabor(u, v, c, r):
    z = 0
    for _ in range(int(c.integers(2, 6))):
        a, f = c.random() * TAU, c.uniform(0.3, 1.5)
        z = z + np.cos(TAU * (f * (u * np.cos(a) + v * np.sin(a)) + r.random()))
    return np.clip(0.5 + 0.3 * z, 0, 1)


def band(u, v, c, r):
    return soft(noise(4, u, v, r, c.uniform(8, 16)) - c.uniform(0.35, 0.65), c.choice([0.08, 0.5]))


def grown(u, v, c, r):
    bank, size = SPOTS[int(c.integers(len(SPOTS)))], c.uniform(6, 12)
    a, b = r.random(2)
    return sample(bank, u / size + a, v / size + b)


def voronoi(u, v, c, r):
    return worley(u, v, r.integers(9999))[2]


def cracks(u, v, c, r):
    first, second, who = worley(u, v, r.integers(9999))
    return soft(second - first - c.uniform(0.05, 0.2), 0.1) * (0.7 + 0.3 * who)


def pebbles(u, v, c, r):
    first, second, who = worley(u, v, r.integers(9999), 0.8)
    return np.clip(1.2 * (second - first), 0, 1) * (0.4 + 0.6 * who)


def scales(u, v, c, r):
    best = np.zeros(u.shape, F)
    for k in (1, 0):
        _, _, x, y = cells(u + 0.5 * k, v * 1.0 + 0.5 * k)
        d = np.hypot(x, y + 0.1)
        best = np.where(d < 0.5, 1 - d * 1.6, best)
    return np.clip(best, 0, 1)


def flowers(u, v, c, r):
    i, j, x, y = cells(u + 0.5 * (np.floor(v) % 2), v)
    turn, k = TAU * scatter(i, j, r.integers(99)), c.integers(4, 9)
    d, a = np.hypot(x, y), np.arctan2(y, x)
    petal = soft(0.3 + c.uniform(0.05, 0.15) * np.cos(k * a + turn) - d)
    return np.maximum(petal * 0.6, soft(0.1 - d) * 1.0)


def star_grid(u, v, c, r):
    i, j, x, y = cells(u, v)
    d, a = np.hypot(x, y), np.arctan2(y, x) + TAU * scatter(i, j, 4) * c.integers(0, 2)
    k = c.integers(4, 7)
    return soft(0.36 / (1 + 1.2 * np.abs(np.sin(k * a / 2))) - d)


def triangles(u, v, c, r):
    a, b = u % 1, v % 1
    return soft(c.uniform(0.8, 1.1) - a - b, 0.06) * (0.4 + 0.6 * scatter(np.floor(u), np.floor(v), c.integers(99)))


def argyle(u, v, c, r):
    d = (np.floor(u + v * 0.6) + np.floor(u - v * 0.6)) % 2
    return np.maximum(0.6 * d, soft(0.03 - np.abs((u + v * 0.6 + 0.5) % 1 - 0.5), 0.04))


def houndstooth(u, v, c, r):
    warp, weft = (np.floor(u * 4) % 8) < 4, (np.floor(v * 4) % 8) < 4
    return np.where((np.floor(u * 4) + np.floor(v * 4)) % 4 < 2, warp, weft).astype(F)


def hexagons(u, v, c, r):
    a, b = worley(u + 0.5, v * 1.15 + 0.5 * u, c.integers(99), 0.0)[:2]
    return soft(b - a - c.uniform(0.05, 0.2), 0.08)


def text(u, v, c, r):
    salt = r.integers(9999)
    row = np.floor(v)
    i, j = np.floor(u * 7 + 3 * scatter(row, row, salt)), np.floor(v * 7)
    gap = (j % 7 < 5) & (i % 5 < 4) & (scatter(np.floor(i / 5), row, salt + 1) > 0.15)
    return (gap & (scatter(i, j, salt) > 0.45)).astype(F)


def julia(u, v, c, r):
    x, y = (u / 4) % 2 - 1, (v / 4) % 2 - 1
    z = ((x + 1j * y) * 1.5).astype(np.complex64)
    a = c.random() * TAU
    w = np.complex64((0.5 - 0.5 * np.cos(a) * 0.97) * 1j + c.uniform(0.72, 0.8) * np.exp(1j * (a + 0.03 * r.normal())))
    n = np.zeros(u.shape, F)
    for _ in range(24):
        z = z * z + w
        inside = np.abs(z) < 4
        n += inside
        z = np.where(inside, z, 4)
    return (n / 24) ** 0.7


def fern(u, v, c, r):
    """An iterated function system drawn by the chaos game, as in FractalDB (Kataoka et al. 2020), repeated."""
    k = int(c.integers(2, 7))
    maps = c.uniform(-1, 1, (k, 6)) + r.normal(0, 0.02, (k, 6))
    for m in maps:  # make each map a contraction
        m[:4] *= c.uniform(0.5, 0.85) / max(np.linalg.norm(m[:4].reshape(2, 2), 2), 0.5)
    weight = np.abs(maps[:, 0] * maps[:, 3] - maps[:, 1] * maps[:, 2]) + 0.05
    p, points = np.zeros((400, 2)), []
    for step in range(70):
        m = maps[r.choice(k, 400, p=weight / weight.sum())]
        p = np.stack([m[:, 0] * p[:, 0] + m[:, 1] * p[:, 1] + m[:, 4], m[:, 2] * p[:, 0] + m[:, 3] * p[:, 1] + m[:, 5]], 1)
        if step > 10:
            points.append(p)
    points = np.concatenate(points)
    low, high = np.percentile(points, [1, 99], axis=0)
    q = np.clip((points - low) / (high - low + 1e-6) * 110 + 9, 0, 127).astype(int)
    bank = np.bincount(q[:, 1] * 128 + q[:, 0], minlength=128 * 128).reshape(128, 128)
    return sample(np.minimum(bank / 4, 1).astype(F) ** 0.5, u / 5, v / 5)


def circles(u, v, c, r):
    d = np.hypot(u - 3 * r.random(), v - 3 * r.random())
    return soft(wave(d) - c.uniform(0.3, 0.7), c.choice([0.2, 1.2]))


def rays(u, v, c, r):
    d, a = np.hypot(u, v), np.arctan2(v, u) / TAU
    return soft(wave(a * c.integers(6, 24) + c.choice([0, 0, 0.3, 0.8]) * d) - 0.5, 0.3)


def plain(u, v, c, r):
    return 0.3 + 0.1 * noise(int(c.integers(0, 4)), u, v, r, 8)


def slope(u, v, c, r):
    return wave(0.1 * u + 0.05 * v + 0.1 * noise(3, u, v, r, 20))
