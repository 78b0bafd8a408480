/// cpixels.h — the inner loops of resizing and turning, and nothing else.
///
/// Those of the resize are in C because Swift compiles a module for one instruction set: they are compiled twice on x86-64,
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

#endif
