#include "cvips.h"
#include <string.h>
#include <vips/vips.h>

struct CVPImage {
    VipsImage *image;
    VipsRegion *region;
};

static void drop_message(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data) {
    (void)domain, (void)level, (void)message, (void)data;
}

int cvp_start(void) {
    if (VIPS_INIT("ocelot")) return -1;
    vips_block_untrusted_set(TRUE);
    vips_operation_block_set("VipsForeignLoadMatrix", TRUE); // Reads text; trusted by libvips, needless here.
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    // Warnings about odd files would go to standard error, which belongs to the commands.
    g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING | G_LOG_LEVEL_INFO | G_LOG_LEVEL_MESSAGE, drop_message, NULL);
    return 0;
}

static VipsImage *load(CVPLoader loader, void *bytes, size_t length) {
    VipsImage *image = NULL;
#define LOAD(function) \
    function(bytes, length, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL)
    switch (loader) {
    case CVP_PNG: LOAD(vips_pngload_buffer); break;
    case CVP_WEBP: LOAD(vips_webpload_buffer); break;
    case CVP_GIF: LOAD(vips_gifload_buffer); break;
    case CVP_TIFF: LOAD(vips_tiffload_buffer); break;
    case CVP_HEIF: LOAD(vips_heifload_buffer); break;
    }
#undef LOAD
    return image;
}

int cvp_has_loader(CVPLoader loader) {
    static const char *const names[] = {
        [CVP_PNG] = "pngload_buffer", [CVP_WEBP] = "webpload_buffer", [CVP_GIF] = "gifload_buffer",
        [CVP_TIFF] = "tiffload_buffer", [CVP_HEIF] = "heifload_buffer",
    };
    return vips_type_find("VipsOperation", names[loader]) != 0;
}

static CVPColour colour(const VipsImage *image, int bands) {
    switch (vips_image_guess_interpretation(image)) {
    case VIPS_INTERPRETATION_B_W:
    case VIPS_INTERPRETATION_GREY16: return bands <= 2 ? CVP_GREY : CVP_OTHER;
    case VIPS_INTERPRETATION_sRGB:
    case VIPS_INTERPRETATION_RGB:
    case VIPS_INTERPRETATION_RGB16: return bands <= 2 ? CVP_GREY : bands <= 4 ? CVP_RGB : CVP_OTHER;
    case VIPS_INTERPRETATION_CMYK: return bands == 4 || bands == 5 ? CVP_CMYK : CVP_OTHER;
    default: return CVP_OTHER;
    }
}

CVPImage *cvp_open(CVPLoader loader, const void *bytes, size_t length, CVPInfo *info) {
    vips_error_clear(); // Loaders leave complaints even about files that they read.
    VipsImage *image = load(loader, (void *)bytes, length);
    if (!image) return NULL;
    int bands = vips_image_get_bands(image);
    VipsBandFormat format = vips_image_get_format(image);
    *info = (CVPInfo){
        .width = vips_image_get_width(image),
        .height = vips_image_get_height(image),
        .bands = bands,
        .bytes_per_sample = format == VIPS_FORMAT_UCHAR ? 1 : format == VIPS_FORMAT_USHORT ? 2 : 0,
        .colour = colour(image, bands),
        .has_alpha = vips_image_hasalpha(image),
    };
    CVPImage *result = g_new0(CVPImage, 1);
    result->image = image;
    result->region = vips_region_new(image);
    return result;
}

int cvp_rows(CVPImage *image, int32_t top, int32_t count, void *out) {
    VipsRect rows = {.left = 0, .top = top, .width = vips_image_get_width(image->image), .height = count};
    if (vips_region_prepare(image->region, &rows)) return -1;
    size_t length = VIPS_REGION_SIZEOF_LINE(image->region);
    for (int y = 0; y < count; y++)
        memcpy((char *)out + y * length, VIPS_REGION_ADDR(image->region, 0, top + y), length);
    return 0;
}

void cvp_close(CVPImage *image) {
    if (!image) return;
    g_object_unref(image->region);
    g_object_unref(image->image);
    g_free(image);
    // Our threads come and go, and libvips cleans up only after those of its own.
    vips_thread_shutdown();
}

int cvp_write_png(const uint8_t *rgb, int32_t width, int32_t height, void **out, size_t *length) {
    VipsImage *image =
        vips_image_new_from_memory(rgb, (size_t)3 * width * height, width, height, 3, VIPS_FORMAT_UCHAR);
    if (!image) return -1;
    int status = vips_pngsave_buffer(image, out, length, "strip", TRUE, NULL);
    g_object_unref(image);
    return status;
}

char *cvp_take_error(void) { return vips_error_buffer_copy(); } // Copies and clears.

void cvp_free(void *memory) { g_free(memory); }
