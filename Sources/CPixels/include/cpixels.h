/// cpixels.h — the inner loops of resizing, turning, warping and changing colours, and nothing else.
///
/// They are in C because Swift compiles a module for one instruction set: they are compiled twice on x86-64,
/// once for any such processor and once for AVX2, and the faster one that the processor can run is chosen when called.
/// (Measured: 1.1 ms against 3.0 ms for a photo of 1500 × 1000.) Turning takes a third of the time that it took in Swift.
#ifndef CPIXELS_H
#define CPIXELS_H

#include <stddef.h>
#include <stdint.h>

/// Bits behind the point of a weight, as in Pillow: 32 less 8 for the pixel less 2 for the sum.
#define CPX_PRECISION 22

/// The weighted pixels of the input that make one pixel of the output.
typedef struct {
    int32_t first;   ///< The first input pixel.
    int32_t count;   ///< How many there are, at least 1.
    int32_t weights; ///< Where their weights begin in the table of weights; the table has an extra 0 after each odd count.
} CPXTaps;

/// Resizes `rows` rows of interleaved RGB bytes along the row.
///
/// Row r begins at `source + r * source_stride` and may be read up to `source_end`. `taps` has one entry per pixel of the
/// output; row r of the output, 3 * width bytes, begins at `destination + r * destination_stride`.
void cpx_resize_rows(const uint8_t *source, ptrdiff_t source_stride, const uint8_t *source_end,
                     uint8_t *destination, ptrdiff_t destination_stride, int32_t rows,
                     const CPXTaps *taps, const int32_t *weights, int32_t width);

/// Makes one row of `bytes` bytes as the weighted sum of `count` rows, the first of which begins at `source`.
void cpx_sum_rows(const uint8_t *source, ptrdiff_t source_stride, int32_t count, const int32_t *weights,
                  uint8_t *destination, int32_t bytes);

/// Turns or mirrors RGB pixels: pixel (x, y) of the result is at `source + x * along_x + y * along_y`, in bytes.
///
/// The result has no gaps between its rows. No byte outside the source's pixels is read, as long as its corners are corners
/// of the result; nor any written outside the result.
void cpx_turn(const uint8_t *source, ptrdiff_t along_x, ptrdiff_t along_y,
              uint8_t *destination, int32_t width, int32_t height);

/// A place in a picture and how it moves with the output, in pixels · 2^32: (0, 0) is the centre of the first pixel.
typedef struct {
    int64_t x, y;                 ///< Where the centre of the output's first pixel lies.
    int64_t x_per_column, y_per_column;
    int64_t x_per_row, y_per_row;
} CPXPath;

/// Draws `columns` × `rows` pixels, each mixed from the four pixels of `source` around its place; what lies outside is
/// `padding`. The result has no gaps between its rows.
void cpx_warp(const uint8_t *source, ptrdiff_t source_stride, int32_t width, int32_t height, CPXPath path,
              const uint8_t padding[3], uint8_t *destination, int32_t columns, int32_t rows);

/// Draws the padding again where `cpx_warp` with the same numbers draws nothing else.
void cpx_pad(int32_t width, int32_t height, CPXPath path, const uint8_t padding[3], uint8_t *destination,
             int32_t columns, int32_t rows);

/// Replaces each byte by the table's.
void cpx_replace(uint8_t *bytes, ptrdiff_t count, const uint8_t table[256]);

/// The sum of the greys of `count` pixels, after their bytes have been looked up in the table.
uint64_t cpx_grey_sum(const uint8_t *pixels, ptrdiff_t count, const uint8_t table[256]);

/// Moves `count` pixels away from their grey (factors above 1), or towards it. torchvision's `adjust_saturation`; `rest` is
/// 1 − factor.
void cpx_saturate(uint8_t *pixels, ptrdiff_t count, float factor, float rest);

/// Turns the hue of `count` pixels by `turns` of the circle, -0.5…0.5. torchvision's `adjust_hue`.
void cpx_turn_hue(uint8_t *pixels, ptrdiff_t count, float turns);

/// Adds (table[i] · scale) / 2^20, rounded, to each byte, where i is the next 12 bits of the numbers that follow from `seed`.
void cpx_add_noise(uint8_t *bytes, ptrdiff_t count, uint64_t seed, const int16_t table[4096], int32_t scale);

#endif
