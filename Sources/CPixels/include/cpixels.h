/// cpixels.h — the inner loops of resizing, turning, warping, changing colours, measuring and comparing; nothing else.
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

/// What is counted over the pixels of a picture.
typedef struct {
    uint64_t red, green, blue;                  ///< Sums of the channels.
    int64_t red_green, yellow_blue;             ///< Sums of r - g and of r + g - 2b.
    uint64_t red_green_squares, yellow_blue_squares;
    int64_t laplacian;                          ///< Sum of 4c - (left + right + above + below), without the border.
    uint64_t laplacian_squares;
    uint32_t levels[256];                       ///< How many pixels have each grey.
    uint32_t brightness[1024];                  ///< How many have each brightness, in steps of 1/1020.
} CPXCounts;

/// Turns `count` RGB pixels into greys, as Pillow's convert("L") does, and counts them.
///
/// The greys are (19595 r + 38470 g + 7471 b) / 2^16, rounded; the brightness is the root of 0.241 r² + 0.691 g² + 0.068 b².
void cpx_count(const uint8_t *pixels, ptrdiff_t count, uint8_t *greys, CPXCounts *counts);

/// Adds the Laplacian of every grey that has four neighbours.
void cpx_count_edges(const uint8_t *greys, int32_t width, int32_t height, CPXCounts *counts);

/// Resizes `rows` rows of greys along the row, clipped to 0…255; as `cpx_resize_rows`, but for weights below 0 too.
void cpx_resize_grey_rows(const uint8_t *source, ptrdiff_t source_stride, uint8_t *destination,
                          ptrdiff_t destination_stride, int32_t rows, const CPXTaps *taps, const int32_t *weights,
                          int32_t width);

/// Makes one row of `bytes` greys as the weighted sum of `count` rows, clipped to 0…255.
void cpx_sum_grey_rows(const uint8_t *source, ptrdiff_t source_stride, int32_t count, const int32_t *weights,
                       uint8_t *destination, int32_t bytes);

/// The indices from `first` up to `count` whose hash differs from `hash` in at most `limit` bits, in ascending order.
///
/// A hash has `words` words; word w of hash i is `table[w * stride + i]`, and the table may be read up to the next multiple
/// of 64 of `count`. Returns how many there are; at most `room` of them are written, with their distances.
int64_t cpx_hashes_within(const uint64_t *table, ptrdiff_t stride, int32_t words, const uint64_t *hash, int64_t first,
                          int64_t count, int32_t limit, int64_t room, int32_t *indices, int32_t *distances);

/// The sum of products of `count` numbers, each -127…127.
int32_t cpx_dot(const int8_t *a, const int8_t *b, int32_t count);

#endif
