// The inner loops of measuring pictures and of comparing their hashes.
//
// Floats are used where every platform rounds them alike: no fused multiply and add, and a root, which IEEE 754 defines to
// the bit.
#include "cpixels.h"
#include <string.h>

#pragma STDC FP_CONTRACT OFF

#define INLINED static inline __attribute__((always_inline))
#define HALF (1 << (CPX_PRECISION - 1))
// Pixels after which sums of 32 bits go into sums of 64: (2 · 510)² · 1024 fits.
#define CHUNK 1024
// A picture of one colour would write to one counter again and again, each time waiting for the last: so there are four.
#define TABLES 4

typedef float F32x8 __attribute__((ext_vector_type(8)));
typedef int32_t I32x8 __attribute__((ext_vector_type(8)));
typedef int16_t I16x8 __attribute__((ext_vector_type(8)));
typedef uint16_t U16x8 __attribute__((ext_vector_type(8)));

typedef struct {
    uint32_t levels[TABLES][256];
    uint32_t brightness[TABLES][1024];
} Tables;

INLINED void count_chunk(const uint8_t *pixels, int n, uint8_t *greys, CPXCounts *counts, Tables *tables) {
    // Channels apart, so that everything that follows is done for many pixels at once.
    int16_t red[CHUNK], green[CHUNK], blue[CHUNK];
    uint16_t brightness[CHUNK];
    for (int i = n; i < n + 8 && i < CHUNK; i++) red[i] = green[i] = blue[i] = 0;
    for (int i = 0; i < n; i++) {
        red[i] = pixels[3 * i];
        green[i] = pixels[3 * i + 1];
        blue[i] = pixels[3 * i + 2];
    }
    int32_t r_sum = 0, g_sum = 0, b_sum = 0, rg_sum = 0, yb_sum = 0, rg_squares = 0, yb_squares = 0;
    for (int i = 0; i < n; i++) {
        int32_t r = red[i], g = green[i], b = blue[i];
        greys[i] = (uint8_t)((r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16);
        r_sum += r;
        g_sum += g;
        b_sum += b;
        int32_t rg = r - g, yb = r + g - 2 * b;
        rg_sum += rg;
        yb_sum += yb;
        rg_squares += rg * rg;
        yb_squares += yb * yb;
    }
    for (int i = 0; i < n; i += 8) {
        I16x8 channels[3];
        memcpy(channels, red + i, 16);
        memcpy(channels + 1, green + i, 16);
        memcpy(channels + 2, blue + i, 16);
        F32x8 r = __builtin_convertvector(channels[0], F32x8), g = __builtin_convertvector(channels[1], F32x8);
        F32x8 b = __builtin_convertvector(channels[2], F32x8);
        F32x8 power = r * r * 0.241f + g * g * 0.691f + b * b * 0.068f;
        U16x8 steps = __builtin_convertvector(
            __builtin_convertvector(__builtin_elementwise_sqrt(power) * 4 + 0.5f, I32x8), U16x8);
        memcpy(brightness + i, &steps, sizeof steps);
    }
    counts->red += (uint64_t)r_sum;
    counts->green += (uint64_t)g_sum;
    counts->blue += (uint64_t)b_sum;
    counts->red_green += rg_sum;
    counts->yellow_blue += yb_sum;
    counts->red_green_squares += (uint64_t)rg_squares;
    counts->yellow_blue_squares += (uint64_t)yb_squares;
    for (int i = 0; i < n; i++) {
        tables->levels[i % TABLES][greys[i]]++;
        tables->brightness[i % TABLES][brightness[i]]++;
    }
}

INLINED void count(const uint8_t *pixels, ptrdiff_t total, uint8_t *greys, CPXCounts *counts) {
    Tables tables;
    memset(&tables, 0, sizeof tables);
    for (ptrdiff_t start = 0; start < total; start += CHUNK) {
        int n = total - start < CHUNK ? (int)(total - start) : CHUNK;
        count_chunk(pixels + 3 * start, n, greys + start, counts, &tables);
    }
    for (int t = 0; t < TABLES; t++) {
        for (int i = 0; i < 256; i++) counts->levels[i] += tables.levels[t][i];
        for (int i = 0; i < 1024; i++) counts->brightness[i] += tables.brightness[t][i];
    }
}

INLINED void count_edges(const uint8_t *greys, int32_t width, int32_t height, CPXCounts *counts) {
    for (int32_t y = 1; y + 1 < height; y++) {
        const uint8_t *row = greys + (ptrdiff_t)y * width, *above = row - width, *below = row + width;
        for (int32_t start = 1; start < width - 1; start += CHUNK) {
            int32_t end = width - 1 - start < CHUNK ? width - 1 : start + CHUNK;
            int32_t sum = 0, squares = 0;
            for (int32_t x = start; x < end; x++) {
                int32_t edge = 4 * row[x] - row[x - 1] - row[x + 1] - above[x] - below[x];
                sum += edge;
                squares += edge * edge;
            }
            counts->laplacian += sum;
            counts->laplacian_squares += (uint64_t)squares;
        }
    }
}

INLINED uint8_t clipped(int32_t sum) {
    sum >>= CPX_PRECISION;
    return sum < 0 ? 0 : sum > 255 ? 255 : (uint8_t)sum;
}

INLINED void resize_grey_rows(const uint8_t *source, ptrdiff_t source_stride, uint8_t *destination,
                              ptrdiff_t destination_stride, int32_t rows, const CPXTaps *taps, const int32_t *weights,
                              int32_t width) {
    for (int32_t y = 0; y < rows; y++) {
        for (int32_t x = 0; x < width; x++) {
            const uint8_t *p = source + y * source_stride + taps[x].first;
            const int32_t *w = weights + taps[x].weights;
            int32_t sum = HALF;
            for (int32_t t = 0; t < taps[x].count; t++) sum += p[t] * w[t];
            destination[y * destination_stride + x] = clipped(sum);
        }
    }
}

INLINED void sum_grey_rows(const uint8_t *source, ptrdiff_t source_stride, int32_t count, const int32_t *weights,
                           uint8_t *destination, int32_t bytes) {
    int32_t sums[32];
    for (int32_t x = 0; x < bytes; x += 32) {
        int n = bytes - x < 32 ? bytes - x : 32;
        for (int i = 0; i < 32; i++) sums[i] = HALF;
        for (int32_t t = 0; t < count; t++) {
            const uint8_t *p = source + t * source_stride + x;
            int32_t w = weights[t];
            if (n == 32) {
                for (int i = 0; i < 32; i++) sums[i] += p[i] * w;
            } else {
                for (int i = 0; i < n; i++) sums[i] += p[i] * w;
            }
        }
        for (int i = 0; i < n; i++) destination[x + i] = clipped(sums[i]);
    }
}

INLINED int64_t hashes_within(const uint64_t *table, ptrdiff_t stride, int32_t words, const uint64_t *hash, int64_t first,
                              int64_t count, int32_t limit, int64_t room, int32_t *indices, int32_t *distances) {
    int64_t found = 0;
    for (int64_t start = first / 64 * 64; start < count; start += 64) {
        uint64_t bits[64] = {0};
        for (int32_t w = 0; w < words; w++) {
            const uint64_t *column = table + w * stride + start;
            uint64_t word = hash[w];
            for (int i = 0; i < 64; i++) bits[i] += (uint64_t)__builtin_popcountll(column[i] ^ word);
        }
        uint64_t near = 0;
        for (int i = 0; i < 64; i++) near |= (bits[i] - (uint64_t)limit - 1) >> 63;
        if (!near) continue;
        for (int i = 0; i < 64; i++) {
            int64_t index = start + i;
            if (index < first || index >= count || bits[i] > (uint64_t)limit) continue;
            if (found < room) {
                indices[found] = (int32_t)index;
                distances[found] = (int32_t)bits[i];
            }
            found++;
        }
    }
    return found;
}

INLINED int32_t dot(const int8_t *a, const int8_t *b, int32_t count) {
    int32_t sum = 0;
    for (int32_t i = 0; i < count; i++) sum += (int16_t)a[i] * (int16_t)b[i];
    return sum;
}

#define COUNT_PARAMETERS const uint8_t *pixels, ptrdiff_t total, uint8_t *greys, CPXCounts *counts
#define COUNT_ARGUMENTS pixels, total, greys, counts
#define EDGE_PARAMETERS const uint8_t *greys, int32_t width, int32_t height, CPXCounts *counts
#define EDGE_ARGUMENTS greys, width, height, counts
#define ROW_PARAMETERS \
    const uint8_t *source, ptrdiff_t source_stride, uint8_t *destination, ptrdiff_t destination_stride, int32_t rows, \
    const CPXTaps *taps, const int32_t *weights, int32_t width
#define ROW_ARGUMENTS source, source_stride, destination, destination_stride, rows, taps, weights, width
#define SUM_PARAMETERS \
    const uint8_t *source, ptrdiff_t source_stride, int32_t count, const int32_t *weights, uint8_t *destination, \
    int32_t bytes
#define SUM_ARGUMENTS source, source_stride, count, weights, destination, bytes
#define HASH_PARAMETERS \
    const uint64_t *table, ptrdiff_t stride, int32_t words, const uint64_t *hash, int64_t first, int64_t count, \
    int32_t limit, int64_t room, int32_t *indices, int32_t *distances
#define HASH_ARGUMENTS table, stride, words, hash, first, count, limit, room, indices, distances

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2,popcnt"))) static
AVX2 void count_avx2(COUNT_PARAMETERS) { count(COUNT_ARGUMENTS); }
AVX2 void count_edges_avx2(EDGE_PARAMETERS) { count_edges(EDGE_ARGUMENTS); }
AVX2 void resize_grey_rows_avx2(ROW_PARAMETERS) { resize_grey_rows(ROW_ARGUMENTS); }
AVX2 void sum_grey_rows_avx2(SUM_PARAMETERS) { sum_grey_rows(SUM_ARGUMENTS); }
AVX2 int64_t hashes_within_avx2(HASH_PARAMETERS) { return hashes_within(HASH_ARGUMENTS); }
// Counts the bits of eight words at once.
__attribute__((target("avx512f,avx512vl,avx512vpopcntdq"))) static int64_t hashes_within_avx512(HASH_PARAMETERS) {
    return hashes_within(HASH_ARGUMENTS);
}
AVX2 int32_t dot_avx2(const int8_t *a, const int8_t *b, int32_t count) { return dot(a, b, count); }
#define HAS_AVX2 __builtin_cpu_supports("avx2")
#define HAS_AVX512_POPCOUNT (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vpopcntdq"))
#else
#define HAS_AVX2 0
#define HAS_AVX512_POPCOUNT 0
#define count_avx2 count
#define count_edges_avx2 count_edges
#define resize_grey_rows_avx2 resize_grey_rows
#define sum_grey_rows_avx2 sum_grey_rows
#define hashes_within_avx2 hashes_within
#define dot_avx2 dot
#define hashes_within_avx512 hashes_within
#endif

void cpx_count(COUNT_PARAMETERS) {
    if (HAS_AVX2) count_avx2(COUNT_ARGUMENTS);
    else count(COUNT_ARGUMENTS);
}

void cpx_count_edges(EDGE_PARAMETERS) {
    if (HAS_AVX2) count_edges_avx2(EDGE_ARGUMENTS);
    else count_edges(EDGE_ARGUMENTS);
}

void cpx_resize_grey_rows(ROW_PARAMETERS) {
    if (HAS_AVX2) resize_grey_rows_avx2(ROW_ARGUMENTS);
    else resize_grey_rows(ROW_ARGUMENTS);
}

void cpx_sum_grey_rows(SUM_PARAMETERS) {
    if (HAS_AVX2) sum_grey_rows_avx2(SUM_ARGUMENTS);
    else sum_grey_rows(SUM_ARGUMENTS);
}

int64_t cpx_hashes_within(HASH_PARAMETERS) {
    if (HAS_AVX512_POPCOUNT) return hashes_within_avx512(HASH_ARGUMENTS);
    if (HAS_AVX2) return hashes_within_avx2(HASH_ARGUMENTS);
    return hashes_within(HASH_ARGUMENTS);
}

int32_t cpx_dot(const int8_t *a, const int8_t *b, int32_t count) {
    return HAS_AVX2 ? dot_avx2(a, b, count) : dot(a, b, count);
}
