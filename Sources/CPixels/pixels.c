// The inner loops of resizing and turning. The resize's arithmetic is Pillow's, to the bit: 22-bit weights, 32-bit sums that begin at one
// half, a shift. Weights of the triangle filter are never negative and add up to 1, so sums need no clipping but at 255.
#include "cpixels.h"
#include <string.h>

#define INLINED static inline __attribute__((always_inline))
#define HALF (1 << (CPX_PRECISION - 1))

typedef uint8_t U8x8 __attribute__((ext_vector_type(8)));
typedef int32_t I32x8 __attribute__((ext_vector_type(8)));
typedef int32_t I32x2 __attribute__((ext_vector_type(2)));

INLINED uint8_t to_byte(int32_t sum) {
    sum >>= CPX_PRECISION;
    return sum > 255 ? 255 : (uint8_t)sum;
}

// One output pixel of one row, read byte by byte: for the end of the buffer, where eight bytes may not be read at once.
INLINED void one_pixel_scalar(const uint8_t *p, int32_t count, const int32_t *w, uint8_t *out) {
    int32_t r = HALF, g = HALF, b = HALF;
    for (int32_t t = 0; t < count; t++) {
        r += p[3 * t] * w[t];
        g += p[3 * t + 1] * w[t];
        b += p[3 * t + 2] * w[t];
    }
    out[0] = to_byte(r);
    out[1] = to_byte(g);
    out[2] = to_byte(b);
}

// `n` rows at once, so that the weights are spread over a vector once for all of them.
INLINED void resize_rows(const uint8_t *source, ptrdiff_t source_stride, const uint8_t *source_end,
                         uint8_t *destination, ptrdiff_t destination_stride, int n,
                         const CPXTaps *taps, const int32_t *weights, int32_t width) {
    for (int32_t x = 0; x < width; x++) {
        const uint8_t *p = source + 3 * (ptrdiff_t)taps[x].first;
        const int32_t *w = weights + taps[x].weights;
        int32_t count = taps[x].count;
        if (p + (n - 1) * source_stride + 3 * (ptrdiff_t)count + 8 > source_end) {
            for (int r = 0; r < n; r++)
                one_pixel_scalar(p + r * source_stride, count, w, destination + r * destination_stride + 3 * x);
            continue;
        }
        I32x8 sums[4] = {0};
        for (int32_t t = 0; t < count; t += 2) {
            I32x2 pair;
            memcpy(&pair, w + t, 8);
            I32x8 spread = __builtin_shufflevector(pair, pair, 0, 0, 0, 0, 1, 1, 1, 1);
            for (int r = 0; r < n; r++) {
                U8x8 bytes; // Two neighbouring pixels, and then each as r g b and a byte that is not used.
                memcpy(&bytes, p + r * source_stride + 3 * t, 8);
                sums[r] += __builtin_convertvector(__builtin_shufflevector(bytes, bytes, 0, 1, 2, 2, 3, 4, 5, 5), I32x8) * spread;
            }
        }
        for (int r = 0; r < n; r++) {
            uint8_t *out = destination + r * destination_stride + 3 * x;
            for (int c = 0; c < 3; c++) out[c] = to_byte(HALF + sums[r][c] + sums[r][c + 4]);
        }
    }
}

INLINED void resize_all_rows(const uint8_t *source, ptrdiff_t source_stride, const uint8_t *source_end,
                             uint8_t *destination, ptrdiff_t destination_stride, int32_t rows,
                             const CPXTaps *taps, const int32_t *weights, int32_t width) {
    int32_t row = 0;
    for (; row + 4 <= rows; row += 4)
        resize_rows(source + row * source_stride, source_stride, source_end, destination + row * destination_stride,
                    destination_stride, 4, taps, weights, width);
    for (; row < rows; row++)
        resize_rows(source + row * source_stride, source_stride, source_end, destination + row * destination_stride,
                    destination_stride, 1, taps, weights, width);
}

INLINED void sum_rows(const uint8_t *source, ptrdiff_t source_stride, int32_t count, const int32_t *weights,
                      uint8_t *destination, int32_t bytes) {
    int32_t x = 0;
    for (; x + 32 <= bytes; x += 32) {
        int32_t sums[32];
        for (int i = 0; i < 32; i++) sums[i] = HALF;
        for (int32_t t = 0; t < count; t++) {
            const uint8_t *p = source + t * source_stride + x;
            int32_t w = weights[t];
            for (int i = 0; i < 32; i++) sums[i] += p[i] * w;
        }
        for (int i = 0; i < 32; i++) destination[x + i] = to_byte(sums[i]);
    }
    for (; x < bytes; x++) {
        int32_t sum = HALF;
        for (int32_t t = 0; t < count; t++) sum += source[t * source_stride + x] * weights[t];
        destination[x] = to_byte(sum);
    }
}

#define RESIZE_PARAMETERS \
    const uint8_t *source, ptrdiff_t source_stride, const uint8_t *source_end, uint8_t *destination, \
    ptrdiff_t destination_stride, int32_t rows, const CPXTaps *taps, const int32_t *weights, int32_t width
#define RESIZE_ARGUMENTS \
    source, source_stride, source_end, destination, destination_stride, rows, taps, weights, width
#define SUM_PARAMETERS \
    const uint8_t *source, ptrdiff_t source_stride, int32_t count, const int32_t *weights, uint8_t *destination, \
    int32_t bytes
#define SUM_ARGUMENTS source, source_stride, count, weights, destination, bytes

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void resize_all_rows_avx2(RESIZE_PARAMETERS) { resize_all_rows(RESIZE_ARGUMENTS); }
__attribute__((target("avx2"))) static void sum_rows_avx2(SUM_PARAMETERS) { sum_rows(SUM_ARGUMENTS); }
#define HAS_AVX2 __builtin_cpu_supports("avx2")
#else
#define HAS_AVX2 0
#define resize_all_rows_avx2 resize_all_rows
#define sum_rows_avx2 sum_rows
#endif

void cpx_resize_rows(RESIZE_PARAMETERS) {
    if (HAS_AVX2) resize_all_rows_avx2(RESIZE_ARGUMENTS);
    else resize_all_rows(RESIZE_ARGUMENTS);
}

void cpx_sum_rows(SUM_PARAMETERS) {
    if (HAS_AVX2) sum_rows_avx2(SUM_ARGUMENTS);
    else sum_rows(SUM_ARGUMENTS);
}

void cpx_turn(const uint8_t *source, ptrdiff_t along_x, ptrdiff_t along_y,
              uint8_t *destination, int32_t width, int32_t height) {
    // Tiles, so that where columns become rows both sides stay in the cache.
    const int32_t tile = 64;
    for (int32_t top = 0; top < height; top += tile) {
        for (int32_t left = 0; left < width; left += tile) {
            int32_t bottom = height - top < tile ? height : top + tile;
            int32_t right = width - left < tile ? width : left + tile;
            for (int32_t y = top; y < bottom; y++) {
                const uint8_t *p = source + y * along_y + left * along_x;
                uint8_t *q = destination + 3 * ((ptrdiff_t)y * width + left);
                for (int32_t x = left; x < right; x++, p += along_x, q += 3) {
                    // Four bytes at once, the last of which the next pixel writes again; but three in the first and the
                    // last column, where the corners are, behind which there may be nothing.
                    if (x == 0 || x == width - 1) {
                        memcpy(q, p, 3);
                    } else {
                        memcpy(q, p, 4);
                    }
                }
            }
        }
    }
}
