/// confinement.h — takes from a process what reading pictures does not need.
#ifndef OCELOT_CONFINEMENT_H
#define OCELOT_CONFINEMENT_H

#include <stdint.h>
#include <sys/types.h>

/// What `cc_confine` could take away.
enum {
    /// Memory, core files, and the writing of files.
    CC_LIMITS = 1,
    /// Opening files, starting programs and using the network (Linux, x86-64 and ARM64).
    CC_SYSTEM_CALLS = 2,
};

/// Lets the process take `memory` more bytes of address space than it has, and no more files, programs or network.
///
/// What is open stays open. Returns which of the above it did.
int cc_confine(uint64_t memory);

/// Starts a program whose standard input and output are one socket, the other end of which is left in `socket`.
///
/// Its standard error goes nowhere, and it inherits nothing else that is open. Both lists end with NULL; the program is
/// `arguments[0]`. Returns its process, or -1.
pid_t cc_start(char *const arguments[], char *const environment[], int *socket);

/// How many descriptors the process may have, after raising the limit as far as it may itself.
int64_t cc_descriptors(void);

/// Lets threads share `count` areas of memory, where each would keep what it freed in one of its own otherwise (glibc).
///
/// To be called before the threads are started.
void cc_limit_arenas(int32_t count);

/// Gives memory that was freed back to the system, where the C library keeps it otherwise (glibc).
void cc_give_back_memory(void);

/// Flags of `send` and `recv` that do not wait, and raise no signal.
extern const int32_t CC_SEND_NOW, CC_RECEIVE_NOW, CC_PEEK_NOW;

#endif
