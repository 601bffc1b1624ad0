#include "sandbox/syscalls.h"

#include "base/error.h"

#ifdef AXL_HAVE_SECCOMP

#include "os/pipe.h"

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>

// What an interpreter does with files that are there, its memory, its threads and its time. There
// is no way in this list to make a socket or a namespace, to mount, to look into or change another
// process, to watch files, or to keep memory in files without a name.
static const char *const allowed[] = {
    // files
    "read", "readv", "pread64", "write", "writev", "pwrite64", "open", "openat", "close",
    "close_range", "lseek", "stat", "fstat", "lstat", "newfstatat", "fstatat64", "statx", "access",
    "faccessat", "faccessat2", "readlink", "readlinkat", "getdents", "getdents64", "getcwd",
    "chdir", "fchdir", "umask", "dup", "dup2", "dup3", "pipe", "pipe2",
    // memory
    "brk", "mmap", "mremap", "munmap", "mprotect", "madvise",
    // time and waiting
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time",
    "times", "poll", "ppoll", "select", "pselect6", "epoll_create1", "epoll_ctl", "epoll_wait",
    "epoll_pwait", "eventfd2", "alarm", "getitimer", "setitimer", "pause",
    // threads and processes
    "fork", "vfork", "execve", "exit", "exit_group", "wait4", "waitid", "futex", "set_robust_list",
    "get_robust_list", "set_tid_address", "rseq", "arch_prctl", "sched_yield", "sched_getaffinity",
    "getpid", "gettid", "getppid", "getpgrp", "getpgid", "getsid", "setsid", "getuid", "geteuid",
    "getgid", "getegid", "getresuid", "getresgid", "getgroups", "getrlimit", "setrlimit",
    "getrusage", "uname", "getrandom",
    // signals
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigsuspend",
    "rt_sigtimedwait", "sigaltstack", "kill", "tgkill", "restart_syscall"};

// Makes namespaces (CLONE_NEW*, and CLONE_NEWTIME, which shares a bit with the exit signal and is
// therefore for other calls only).
#define NEW_NAMESPACES                                                                             \
    (0x00020000u | 0x02000000u | 0x04000000u | 0x08000000u | 0x10000000u | 0x20000000u |           \
     0x40000000u)
// What Python asks of every file that it opens: whether it is a terminal, and its size.
#define IOCTL_TCGETS 0x5401u
#define IOCTL_TIOCGWINSZ 0x5413u
#define IOCTL_FIOCLEX 0x5451u
#define IOCTL_FIONBIO 0x5421u
#define PRCTL_SET_NAME 15u
#define PRCTL_GET_NAME 16u
#define FCNTL_SETFL 4u // the last of the first five: duplicate, and read and set flags
#define FCNTL_DUPFD_CLOEXEC 1030u
// Of clone: the first argument on these machines.
#define CLONE_FLAGS 0

// A number below 0 is a call that this architecture does not have.
static int rule(scmp_filter_ctx to, const char *name, uint32_t action, unsigned count,
                const struct scmp_arg_cmp *conditions) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number < 0) return 0;
    return seccomp_rule_add_array(to, action, number, count, conditions);
}

static int allow_if(scmp_filter_ctx to, const char *name, struct scmp_arg_cmp condition) {
    return rule(to, name, SCMP_ACT_ALLOW, 1, &condition);
}

// Of an argument: compared with value; with SCMP_CMP_MASKED_EQ, its bits of value are all 0.
static struct scmp_arg_cmp argument(unsigned number, enum scmp_compare how, uint64_t value) {
    return (struct scmp_arg_cmp){.arg = number, .op = how, .datum_a = value};
}

// Calls of which only some uses are harmless.
static int add_conditions(scmp_filter_ctx to) {
    static const unsigned ioctls[] = {IOCTL_TCGETS, IOCTL_TIOCGWINSZ, IOCTL_FIOCLEX, IOCTL_FIONBIO};
    int failed = 0;
    for (size_t i = 0; i < sizeof ioctls / sizeof *ioctls && !failed; i++)
        failed = allow_if(to, "ioctl", argument(1, SCMP_CMP_EQ, ioctls[i]));
    if (!failed) failed = allow_if(to, "prctl", argument(0, SCMP_CMP_EQ, PRCTL_SET_NAME));
    if (!failed) failed = allow_if(to, "prctl", argument(0, SCMP_CMP_EQ, PRCTL_GET_NAME));
    if (!failed) failed = allow_if(to, "fcntl", argument(1, SCMP_CMP_LE, FCNTL_SETFL));
    if (!failed) failed = allow_if(to, "fcntl", argument(1, SCMP_CMP_EQ, FCNTL_DUPFD_CLOEXEC));
    if (!failed) failed = allow_if(to, "prlimit64", argument(0, SCMP_CMP_EQ, 0)); // its own
    if (!failed)
        failed = allow_if(to, "clone", argument(CLONE_FLAGS, SCMP_CMP_MASKED_EQ, NEW_NAMESPACES));
    // Its flags lie in memory, where a filter cannot look. The C library then takes clone.
    if (!failed) failed = rule(to, "clone3", SCMP_ACT_ERRNO(ENOSYS), 0, NULL);
    return failed;
}

static int add_rules(scmp_filter_ctx to) {
    int failed = 0;
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed && !failed; i++)
        failed = rule(to, allowed[i], SCMP_ACT_ALLOW, 0, NULL);
    return failed ? failed : add_conditions(to);
}

// The library writes to a descriptor only; a pipe takes all of a filter before anybody reads.
static axl_status export_to(buf *to, scmp_filter_ctx from, axl_error *err) {
    os_pipe p;
    FORWARD(os_pipe_open(&p, err));
    const int failed = seccomp_export_bpf(from, p.write);
    axl_status status = failed
                            ? error_set(err, AXL_UNSUPPORTED, "libseccomp: %s", strerror(-failed))
                            : os_pipe_drain(&p, to, err);
    os_pipe_close(&p);
    return status;
}

axl_status syscalls_filter(buf *to, axl_error *err) {
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!context) return error_no_memory(err, "a filter of system calls", 0);
    // Binary search instead of a list: every call of the program passes through it.
    int failed = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (!failed) failed = add_rules(context);
    const axl_status status =
        failed ? error_set(err, AXL_UNSUPPORTED, "libseccomp: %s", strerror(-failed))
               : export_to(to, context, err);
    seccomp_release(context);
    return status;
}

#else

axl_status syscalls_filter(buf *to, axl_error *err) {
    (void)to;
    return error_set(
        err, AXL_UNSUPPORTED,
        "no sandbox: built without libseccomp; install libseccomp-dev and build again");
}

#endif
