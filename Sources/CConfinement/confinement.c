#include "confinement.h"
#include <stddef.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#ifdef __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#else
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

// A call that is refused fails with EPERM, so a library that merely looks for a file goes on without it.
#define REFUSE(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

static int refuse_system_calls(void) {
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#ifdef __x86_64__
        // The numbers of the x32 interface begin at 2^30 and would pass by the list below.
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        REFUSE(SYS_open), REFUSE(SYS_creat), REFUSE(SYS_unlink), REFUSE(SYS_rename), REFUSE(SYS_mkdir), REFUSE(SYS_rmdir),
        REFUSE(SYS_link), REFUSE(SYS_symlink), REFUSE(SYS_chmod), REFUSE(SYS_chown), REFUSE(SYS_truncate), REFUSE(SYS_fork),
        REFUSE(SYS_vfork),
#endif
        REFUSE(SYS_openat), REFUSE(SYS_openat2), REFUSE(SYS_unlinkat), REFUSE(SYS_renameat), REFUSE(SYS_renameat2),
        REFUSE(SYS_mkdirat), REFUSE(SYS_linkat), REFUSE(SYS_symlinkat), REFUSE(SYS_fchmodat), REFUSE(SYS_fchownat),
        REFUSE(SYS_execve), REFUSE(SYS_execveat), REFUSE(SYS_socket), REFUSE(SYS_socketpair), REFUSE(SYS_connect),
        REFUSE(SYS_bind), REFUSE(SYS_listen), REFUSE(SYS_accept), REFUSE(SYS_accept4), REFUSE(SYS_ptrace),
        REFUSE(SYS_process_vm_readv), REFUSE(SYS_process_vm_writev), REFUSE(SYS_mount), REFUSE(SYS_umount2),
        REFUSE(SYS_pivot_root), REFUSE(SYS_chroot), REFUSE(SYS_unshare), REFUSE(SYS_setns), REFUSE(SYS_bpf),
        REFUSE(SYS_keyctl), REFUSE(SYS_add_key), REFUSE(SYS_request_key), REFUSE(SYS_init_module),
        REFUSE(SYS_finit_module), REFUSE(SYS_delete_module), REFUSE(SYS_kexec_load), REFUSE(SYS_reboot),
        REFUSE(SYS_io_uring_setup), REFUSE(SYS_userfaultfd), REFUSE(SYS_perf_event_open), REFUSE(SYS_kill),
        REFUSE(SYS_tkill), REFUSE(SYS_pidfd_open), REFUSE(SYS_pidfd_getfd), REFUSE(SYS_open_by_handle_at),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog list = {.len = sizeof program / sizeof *program, .filter = program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -1;
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &list, 0, 0);
}
#else
static int refuse_system_calls(void) { return -1; }
#endif

static uint64_t address_space(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file) return 0;
    if (fscanf(file, "%lu", &pages) != 1) pages = 0;
    fclose(file);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

int cc_confine(uint64_t memory) {
    int done = 0;
    uint64_t used = address_space();
    struct rlimit none = {0, 0};
    int failed = setrlimit(RLIMIT_CORE, &none) | setrlimit(RLIMIT_FSIZE, &none);
    if (used) {
        struct rlimit space = {used + memory, used + memory};
        failed |= setrlimit(RLIMIT_AS, &space);
    }
    if (!failed) done |= CC_LIMITS;
    if (refuse_system_calls() == 0) done |= CC_SYSTEM_CALLS;
    return done;
}
