/// cvips.h — libvips, as far as this project needs it: its calls take variable arguments, which Swift cannot pass.
///
/// A function that can fail returns 0 or NULL for success as each says, and leaves libvips's reason for `cvp_take_error()`.
/// libvips keeps one such text for all threads, so under several threads it may be a neighbour's.
#ifndef CVIPS_H
#define CVIPS_H

#include <stddef.h>
#include <stdint.h>

/// The loaders that may be used. libvips's own choice by content is never asked.
typedef enum { CVP_PNG, CVP_WEBP, CVP_GIF, CVP_TIFF, CVP_HEIF } CVPLoader;

/// What the samples of an image mean.
typedef enum { CVP_GREY, CVP_RGB, CVP_CMYK, CVP_OTHER } CVPColour;

/// An image whose header has been read. Its pixels are made as rows are asked for.
typedef struct CVPImage CVPImage;

typedef struct {
    int32_t width, height;
    int32_t bands;            ///< Samples per pixel, the alpha channel included.
    int32_t bytes_per_sample; ///< 1 or 2, unsigned; 0 where samples are something else, such as floats.
    CVPColour colour;
    int32_t has_alpha;        ///< Whether the last band is one.
} CVPInfo;

/// Starts libvips: one thread per image, no caches, no loader that libvips itself does not trust with foreign files, and
/// silent. 0, or -1. To be called once, before anything else.
int cvp_start(void);

/// Whether libvips was built with a loader: 1 or 0.
int cvp_has_loader(CVPLoader loader);

/// Reads the header of the first picture in `bytes`, which must stay where they are until `cvp_close`. NULL: failed.
CVPImage *cvp_open(CVPLoader loader, const void *bytes, size_t length, CVPInfo *info);

/// Copies `count` rows from row `top` to `out`, as samples in the machine's byte order. Ask from the top downwards. 0, or -1.
int cvp_rows(CVPImage *image, int32_t top, int32_t count, void *out);

/// Ends an image.
void cvp_close(CVPImage *image);

/// Writes RGB bytes as a PNG. 0 and memory to end with `cvp_free`, or -1.
int cvp_write_png(const uint8_t *rgb, int32_t width, int32_t height, void **out, size_t *length);

/// libvips's last reasons in its own words, to end with `cvp_free`, and forgets them.
char *cvp_take_error(void);

void cvp_free(void *memory);

#endif
