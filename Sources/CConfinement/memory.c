#include "confinement.h"
#ifdef __linux__
#include <malloc.h>
#endif

void cc_limit_arenas(int32_t count) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, count);
#endif
}

void cc_give_back_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
