// The starter weights, a safetensors file inside the program, so that it works offline and from any folder.
#ifndef CSTARTER_H
#define CSTARTER_H
#include <stddef.h>

/// The file's bytes; they live as long as the program.
const void *ocelot_starter_bytes(void);
/// How many there are.
size_t ocelot_starter_count(void);
#endif
