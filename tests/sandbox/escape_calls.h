// Numbers of system calls that the attacks use, and those that nobody in the sandbox may make.
#ifndef ESCAPE_CALLS_H
#define ESCAPE_CALLS_H

#include <sys/syscall.h>

typedef struct escape_call {
    const char *name;
    long number;
} escape_call;

#define CALL(name)                                                                                 \
    { #name, SYS_##name }

// Beside the forbidden ones.
static const escape_call escape_calls[] = {CALL(clone), CALL(clone3), CALL(close_range),
                                           CALL(faccessat2)};

// No two machines have the same, so this is what x86-64 and arm64 share.
static const escape_call escape_forbidden[] = {
    CALL(accept4),
    CALL(acct),
    CALL(add_key),
    CALL(adjtimex),
    CALL(bind),
    CALL(bpf),
    CALL(capset),
    CALL(chroot),
    CALL(clock_adjtime),
    CALL(clock_settime),
    CALL(connect),
    CALL(copy_file_range),
    CALL(delete_module),
    CALL(execveat),
    CALL(fanotify_init),
    CALL(fchmodat),
    CALL(fchownat),
    CALL(finit_module),
    CALL(fsconfig),
    CALL(fsmount),
    CALL(fsopen),
    CALL(fspick),
    CALL(init_module),
    CALL(inotify_init1),
    CALL(io_setup),
    CALL(io_uring_enter),
    CALL(io_uring_register),
    CALL(io_uring_setup),
    CALL(kcmp),
    CALL(kexec_load),
    CALL(keyctl),
    CALL(landlock_create_ruleset),
    CALL(linkat),
    CALL(listen),
    CALL(lookup_dcookie),
    CALL(mbind),
    CALL(memfd_create),
    CALL(migrate_pages),
    CALL(mkdirat),
    CALL(mknodat),
    CALL(mlock),
    CALL(mlockall),
    CALL(mount),
    CALL(move_mount),
    CALL(move_pages),
    CALL(mq_open),
    CALL(msgget),
    CALL(name_to_handle_at),
    CALL(nfsservctl),
    CALL(open_by_handle_at),
    CALL(open_tree),
    CALL(perf_event_open),
    CALL(personality),
    CALL(pidfd_getfd),
    CALL(pidfd_open),
    CALL(pidfd_send_signal),
    CALL(pivot_root),
    CALL(process_madvise),
    CALL(process_vm_readv),
    CALL(process_vm_writev),
    CALL(ptrace),
    CALL(quotactl),
    CALL(reboot),
    CALL(recvmsg),
    CALL(renameat2),
    CALL(request_key),
    CALL(sched_setattr),
    CALL(sched_setscheduler),
    CALL(seccomp),
    CALL(semget),
    CALL(sendfile),
    CALL(sendmsg),
    CALL(sendto),
    CALL(setdomainname),
    CALL(setgroups),
    CALL(sethostname),
    CALL(setns),
    CALL(setpriority),
    CALL(settimeofday),
    CALL(setuid),
    CALL(setxattr),
    CALL(shmget),
    CALL(signalfd4),
    CALL(socket),
    CALL(socketpair),
    CALL(splice),
    CALL(swapon),
    CALL(symlinkat),
    CALL(syslog),
    CALL(tee),
    CALL(timer_create),
    CALL(timerfd_create),
    CALL(umount2),
    CALL(unlinkat),
    CALL(unshare),
    CALL(userfaultfd),
    CALL(utimensat),
    CALL(vhangup),
    CALL(vmsplice),
};

#undef CALL

#endif
