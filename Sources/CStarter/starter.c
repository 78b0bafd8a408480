#include "CStarter.h"

static const unsigned char starter[] __attribute__((aligned(64))) = {
#embed "starter.safetensors"
};

const void *ocelot_starter_bytes(void) { return starter; }
size_t ocelot_starter_count(void) { return sizeof starter; }
