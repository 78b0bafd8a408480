// The inner loops of augmentation. Colours follow torchvision 0.28, transforms/_functional_tensor.py, in 32-bit floats and
// its order of operations, so that bytes come out equal; the only difference that a platform could make is a fused
// multiply and add, which is therefore forbidden.
#include "cpixels.h"
#include <math.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

#define INLINED static inline __attribute__((always_inline))

typedef uint8_t U8x4 __attribute__((ext_vector_type(4)));
typedef int32_t I32x4 __attribute__((ext_vector_type(4)));

// Fractions of a pixel have 11 bits, so that two of them and a byte fit into 32.
#define FRACTION 11
#define HALF_STEP ((int64_t)1 << (31 - FRACTION))

INLINED I32x4 spread(const uint8_t *p) {
    U8x4 bytes = {p[0], p[1], p[2], 0};
    return __builtin_convertvector(bytes, I32x4);
}

INLINED I32x4 spread_four(const uint8_t *p) {
    U8x4 bytes;
    memcpy(&bytes, p, 4);
    return __builtin_convertvector(bytes, I32x4);
}

// Whether none of the four pixels around a place is the picture's.
INLINED int is_outside(int64_t px, int64_t py, int32_t width, int32_t height) {
    return px >> 32 < -1 || py >> 32 < -1 || px >> 32 >= width || py >> 32 >= height;
}

INLINED void warp(const uint8_t *source, ptrdiff_t source_stride, int32_t width, int32_t height, CPXPath path,
                  const uint8_t padding[3], uint8_t *destination, int32_t columns, int32_t rows) {
    for (int32_t row = 0; row < rows; row++) {
        int64_t px = path.x + row * path.x_per_row + HALF_STEP, py = path.y + row * path.y_per_row + HALF_STEP;
        uint8_t *out = destination + 3 * (ptrdiff_t)row * columns;
        for (int32_t column = 0; column < columns; column++, out += 3, px += path.x_per_column, py += path.y_per_column) {
            if (is_outside(px, py, width, height)) {
                memcpy(out, padding, 3);
                continue;
            }
            int64_t x = px >> 32, y = py >> 32;
            int32_t fx = (int32_t)((uint64_t)px << 32 >> (64 - FRACTION));
            int32_t fy = (int32_t)((uint64_t)py << 32 >> (64 - FRACTION));
            const uint8_t *p = source + y * source_stride + 3 * x;
            I32x4 a, b, c, d;
            // Reading four bytes of three needs another pixel behind them.
            if (x >= 0 && y >= 0 && x + 2 < width && y + 1 < height) {
                a = spread_four(p), b = spread_four(p + 3);
                c = spread_four(p + source_stride), d = spread_four(p + source_stride + 3);
            } else {
                int left = x >= 0, right = x + 1 < width, above = y >= 0, below = y + 1 < height;
                a = spread(left && above ? p : padding), b = spread(right && above ? p + 3 : padding);
                c = spread(left && below ? p + source_stride : padding);
                d = spread(right && below ? p + source_stride + 3 : padding);
            }
            I32x4 upper = (a << FRACTION) + (b - a) * fx, lower = (c << FRACTION) + (d - c) * fx;
            I32x4 sum = (upper << FRACTION) + (lower - upper) * fy + (1 << (2 * FRACTION - 1));
            for (int i = 0; i < 3; i++) out[i] = (uint8_t)(sum[i] >> (2 * FRACTION));
        }
    }
}

// .to(uint8) of a float in 0…255 cuts the fraction off.
INLINED uint8_t cut(float x) { return (uint8_t)(x < 0 ? 0 : x > 255 ? 255 : x); }

INLINED uint8_t grey(uint8_t r, uint8_t g, uint8_t b) { return cut(0.2989f * r + 0.587f * g + 0.114f * b); }

INLINED uint64_t grey_sum(const uint8_t *pixels, ptrdiff_t count, const uint8_t table[256]) {
    uint64_t sum = 0;
    for (ptrdiff_t i = 0; i < count; i++, pixels += 3)
        sum += grey(table[pixels[0]], table[pixels[1]], table[pixels[2]]);
    return sum;
}

INLINED void saturate(uint8_t *pixels, ptrdiff_t count, float factor, float rest) {
    for (ptrdiff_t i = 0; i < count; i++, pixels += 3) {
        float part = rest * grey(pixels[0], pixels[1], pixels[2]);
        for (int c = 0; c < 3; c++) pixels[c] = cut(factor * pixels[c] + part);
    }
}

// One pixel at a time with its channels in 0…1: hue in sixths of the circle, then back.
INLINED void turn_hue(uint8_t *pixels, ptrdiff_t count, float turns) {
    for (ptrdiff_t i = 0; i < count; i++, pixels += 3) {
        float r = pixels[0] / 255.0f, g = pixels[1] / 255.0f, b = pixels[2] / 255.0f;
        float most = fmaxf(r, fmaxf(g, b)), least = fminf(r, fminf(g, b)), range = most - least;
        float s = 0, h = 0;
        if (range > 0) {
            s = range / most;
            float rc = (most - r) / range, gc = (most - g) / range, bc = (most - b) / range;
            h = most == r ? bc - gc : most == g ? 2.0f + rc - bc : 4.0f + gc - rc;
        }
        // 1 and what is left of a whole turn: h / 6 is above -1 / 6, and below 5 / 6 + a little.
        h = h / 6.0f + 1.0f;
        h = h - floorf(h);
        h = h + turns;
        h = h - floorf(h);
        float sixth = floorf(h * 6.0f), f = h * 6.0f - sixth;
        float p = most * (1.0f - s), q = most * (1.0f - s * f), t = most * (1.0f - s * (1.0f - f)), v = most;
        float out[3];
        switch ((int)sixth % 6) {
        case 0: out[0] = v, out[1] = t, out[2] = p; break;
        case 1: out[0] = q, out[1] = v, out[2] = p; break;
        case 2: out[0] = p, out[1] = v, out[2] = t; break;
        case 3: out[0] = p, out[1] = q, out[2] = v; break;
        case 4: out[0] = t, out[1] = p, out[2] = v; break;
        default: out[0] = v, out[1] = p, out[2] = q; break;
        }
        // 255.999: each of the 256 bytes stands for as many floats.
        for (int c = 0; c < 3; c++) pixels[c] = cut(out[c] * 255.999f);
    }
}

// SplitMix64 as a function of a counter: number n of the sequence of `seed`.
INLINED uint64_t number(uint64_t seed, uint64_t n) {
    uint64_t z = seed + (n + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

INLINED uint8_t with_noise(uint8_t byte, int32_t noise, int32_t scale) {
    int32_t value = byte + ((noise * scale + (1 << 19)) >> 20);
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

INLINED void add_noise(uint8_t *bytes, ptrdiff_t count, uint64_t seed, const int16_t table[4096], int32_t scale) {
    ptrdiff_t i = 0;
    uint64_t n = 0;
    for (; i + 5 <= count; i += 5, n++) {
        uint64_t bits = number(seed, n);
        for (int k = 0; k < 5; k++) bytes[i + k] = with_noise(bytes[i + k], table[bits >> (12 * k) & 4095], scale);
    }
    uint64_t bits = number(seed, n);
    for (int k = 0; i < count; i++, k++) bytes[i] = with_noise(bytes[i], table[bits >> (12 * k) & 4095], scale);
}

#define WARP_PARAMETERS \
    const uint8_t *source, ptrdiff_t source_stride, int32_t width, int32_t height, CPXPath path, \
    const uint8_t padding[3], uint8_t *destination, int32_t columns, int32_t rows
#define WARP_ARGUMENTS source, source_stride, width, height, path, padding, destination, columns, rows

// Compiled twice on x86-64, as the resize is; the same operations in the same order give the same bytes either way.
#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2"))) static
AVX2 void warp_avx2(WARP_PARAMETERS) { warp(WARP_ARGUMENTS); }
AVX2 uint64_t grey_sum_avx2(const uint8_t *pixels, ptrdiff_t count, const uint8_t *table) {
    return grey_sum(pixels, count, table);
}
AVX2 void saturate_avx2(uint8_t *pixels, ptrdiff_t count, float factor, float rest) {
    saturate(pixels, count, factor, rest);
}
AVX2 void turn_hue_avx2(uint8_t *pixels, ptrdiff_t count, float turns) { turn_hue(pixels, count, turns); }
#define HAS_AVX2 __builtin_cpu_supports("avx2")
#else
#define HAS_AVX2 0
#define warp_avx2 warp
#define grey_sum_avx2 grey_sum
#define saturate_avx2 saturate
#define turn_hue_avx2 turn_hue
#endif

void cpx_warp(WARP_PARAMETERS) {
    if (HAS_AVX2) warp_avx2(WARP_ARGUMENTS);
    else warp(WARP_ARGUMENTS);
}

void cpx_pad(int32_t width, int32_t height, CPXPath path, const uint8_t padding[3], uint8_t *destination,
             int32_t columns, int32_t rows) {
    for (int32_t row = 0; row < rows; row++) {
        int64_t px = path.x + row * path.x_per_row + HALF_STEP, py = path.y + row * path.y_per_row + HALF_STEP;
        uint8_t *out = destination + 3 * (ptrdiff_t)row * columns;
        for (int32_t column = 0; column < columns; column++, out += 3, px += path.x_per_column, py += path.y_per_column)
            if (is_outside(px, py, width, height)) memcpy(out, padding, 3);
    }
}

void cpx_replace(uint8_t *bytes, ptrdiff_t count, const uint8_t table[256]) {
    for (ptrdiff_t i = 0; i < count; i++) bytes[i] = table[bytes[i]];
}

uint64_t cpx_grey_sum(const uint8_t *pixels, ptrdiff_t count, const uint8_t table[256]) {
    return HAS_AVX2 ? grey_sum_avx2(pixels, count, table) : grey_sum(pixels, count, table);
}

void cpx_saturate(uint8_t *pixels, ptrdiff_t count, float factor, float rest) {
    if (HAS_AVX2) saturate_avx2(pixels, count, factor, rest);
    else saturate(pixels, count, factor, rest);
}

void cpx_turn_hue(uint8_t *pixels, ptrdiff_t count, float turns) {
    if (HAS_AVX2) turn_hue_avx2(pixels, count, turns);
    else turn_hue(pixels, count, turns);
}

void cpx_add_noise(uint8_t *bytes, ptrdiff_t count, uint64_t seed, const int16_t table[4096], int32_t scale) {
    add_noise(bytes, count, seed, table, scale);
}
