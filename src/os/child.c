#include "os/system.h"

#include "os/child.h"

#include "base/error.h"
#include "os/clock.h"
#include "os/descriptor.h"
#include "os/system_error.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MS 100     // between two questions whether to stop
#define NOBODY 65534    // the user that owns nothing
#define PIECE 65536     // bytes taken at a time
#define NOT_STARTED 127 // the exit code of a child that could not become the program

// Ends of the channels: [0] is the program's, [1] ours.
typedef struct channels {
    int in[2], out[2], err[2], gift[2], report[2];
} channels;

static void close_pair(int pair[2]) {
    os_fd_close(pair[0]);
    os_fd_close(pair[1]);
    pair[0] = pair[1] = -1;
}

static void close_channels(channels *c) {
    close_pair(c->in);
    close_pair(c->out);
    close_pair(c->err);
    close_pair(c->gift);
    close_pair(c->report);
}

// A pipe in which the program writes, or reads.
static bool open_pipe(int pair[2], bool program_reads) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    pair[0] = ends[program_reads ? 0 : 1];
    pair[1] = ends[program_reads ? 1 : 0];
    return true;
}

// Ours must not block. The input is a socket, since writing to one that nobody reads can be told
// to raise no signal.
static bool open_channels(channels *c) {
    *c = (channels){{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, c->in) != 0) return false;
    if (!open_pipe(c->out, false) || !open_pipe(c->err, false) || !open_pipe(c->report, false) ||
        !open_pipe(c->gift, true))
        return false;
    const int ours[] = {c->in[1], c->out[1], c->err[1], c->report[1], c->gift[1]};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (fcntl(ours[i], F_SETFL, O_NONBLOCK) != 0) return false;
    return true;
}

static bool put_limit(__rlimit_resource_t what, uint64_t soft, uint64_t hard) {
    const struct rlimit limit = {(rlim_t)soft, (rlim_t)hard};
    return setrlimit(what, &limit) == 0;
}

static bool put_limits(const os_child_limits *l) {
    return put_limit(RLIMIT_CPU, l->cpu_seconds, l->cpu_seconds + 1) &&
           put_limit(RLIMIT_AS, l->memory, l->memory) &&
           put_limit(RLIMIT_FSIZE, l->file, l->file) &&
           put_limit(RLIMIT_NOFILE, l->open_files, l->open_files) && put_limit(RLIMIT_CORE, 0, 0) &&
           put_limit(RLIMIT_MEMLOCK, 0, 0) && put_limit(RLIMIT_MSGQUEUE, 0, 0) &&
           put_limit(RLIMIT_RTPRIO, 0, 0);
}

// In a child of a program with threads only plain system calls are safe; those of the C library
// would tell the threads, which are not there, of the new user.
static bool become_nobody(void) {
    if (geteuid() != 0) return true;
    return syscall(SYS_setgroups, 0, NULL) == 0 &&
           syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY) == 0 &&
           syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY) == 0;
}

// Puts the program's ends at 0 .. 4 and closes all others. They are first moved out of the way:
// where one of those numbers was free, an end may already lie there.
static bool arrange(const channels *c) {
    const int wanted[] = {c->in[0], c->out[0], c->err[0], c->gift[0], c->report[0]};
    int moved[5];
    for (int i = 0; i < 5; i++) {
        moved[i] = fcntl(wanted[i], F_DUPFD_CLOEXEC, 16);
        if (moved[i] < 0) return false;
    }
    for (int i = 0; i < 5; i++)
        if (dup2(moved[i], i) < 0) return false;
    return syscall(SYS_close_range, 5u, ~0u, 0u) == 0;
}

static void become(const os_child_spec *spec, const channels *c) {
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++) (void)signal(number, SIG_DFL);
    if (setsid() >= 0 && chdir("/") == 0 && arrange(c) && become_nobody() &&
        put_limits(&spec->limits) && sigprocmask(SIG_SETMASK, &none, NULL) == 0)
        execve(spec->argv[0], (char *const *)(uintptr_t)spec->argv,
               (char *const *)(uintptr_t)spec->env);
    static const char text[] = "cannot be started\n";
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(NOT_STARTED);
}

axl_status os_child_start(os_child *c, const os_child_spec *spec, axl_error *err) {
    *c = (os_child){-1, -1, -1, -1, -1, -1};
    RETURN_IF(spec->gift_size > OS_CHILD_GIFT_MAX, err, AXL_INTERNAL, "a gift of %zu bytes",
              spec->gift_size);
    channels all;
    // A pipe takes that much before anybody reads.
    const bool made = open_channels(&all) &&
                      write(all.gift[1], spec->gift, spec->gift_size) == (ssize_t)spec->gift_size;
    const pid_t pid = made ? fork() : -1;
    if (pid < 0) {
        const int number = errno;
        close_channels(&all);
        return os_error(err, number, "cannot start", spec->argv[0]);
    }
    if (pid == 0) become(spec, &all);
    *c = (os_child){pid, all.in[1], all.out[1], all.err[1], all.report[1], -1};
    all.in[1] = all.out[1] = all.err[1] = all.report[1] = -1;
    close_channels(&all);
    return AXL_OK;
}

static void close_end(int *fd) {
    os_fd_close(*fd);
    *fd = -1;
}

static void send_some(os_child *c, os_child_talk *t) {
    const ssize_t sent = send(c->in, t->send, t->send_size, MSG_NOSIGNAL);
    if (sent >= 0) {
        t->send += sent;
        t->send_size -= (size_t)sent;
    } else if (errno != EAGAIN && errno != EINTR) {
        t->send_size = 0; // nobody reads it
    }
    if (t->send_size == 0) close_end(&c->in);
}

// Takes what is there; closes the end where nobody can write any more. *full: more than most.
static axl_status take_some(int *fd, buf *to, size_t most, bool *full, axl_error *err) {
    char piece[PIECE];
    const ssize_t got = read(*fd, piece, sizeof piece);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return AXL_OK;
    if (got <= 0) {
        close_end(fd);
        return AXL_OK;
    }
    const size_t room = most - to->size;
    const size_t kept = (size_t)got < room ? (size_t)got : room;
    *full = (size_t)got > room;
    return buf_append(to, piece, kept) ? AXL_OK : error_no_memory(err, "a program's output", kept);
}

// Milliseconds to wait for, at most LOOK_MS; 0: the deadline is over.
static int patience(uint64_t deadline) {
    const uint64_t now = os_clock_ns();
    if (now >= deadline) return 0;
    const uint64_t left = (deadline - now) / 1000000 + 1;
    return left < LOOK_MS ? (int)left : LOOK_MS;
}

static axl_status take_both(os_child *c, os_child_talk *t, const struct pollfd fds[2], bool *full,
                            axl_error *err) {
    bool first = false, second = false;
    if (fds[0].revents) FORWARD(take_some(&c->out, t->out, t->out_max, &first, err));
    if (fds[1].revents) FORWARD(take_some(&c->err, t->err, t->err_max, &second, err));
    *full = first || second;
    return AXL_OK;
}

axl_status os_child_talk_run(os_child *c, os_child_talk *t, size_t enough, os_child_state *state,
                             axl_error *err) {
    bool full = false;
    for (;;) {
        *state = full                                               ? OS_CHILD_FULL
                 : t->out->size >= enough                           ? OS_CHILD_ENOUGH
                 : c->out < 0 && (c->err < 0 || enough != SIZE_MAX) ? OS_CHILD_CLOSED
                                                                    : OS_CHILD_LATE;
        if (*state != OS_CHILD_LATE) return AXL_OK;
        const int wait = patience(t->deadline);
        if (wait == 0) return AXL_OK;
        if (t->stop && t->stop(t->stop_ctx)) return error_set(err, AXL_INTERRUPTED, "interrupted");
        const bool sends = t->send_size > 0 && c->in >= 0;
        struct pollfd fds[3] = {{.fd = c->out, .events = POLLIN},
                                {.fd = c->err, .events = POLLIN},
                                {.fd = sends ? c->in : -1, .events = POLLOUT}};
        const int ready = poll(fds, 3, wait);
        if (ready < 0 && errno != EINTR)
            return os_error(err, errno, "cannot wait for", "a program");
        if (ready <= 0) continue;
        if (fds[2].revents) send_some(c, t);
        FORWARD(take_both(c, t, fds, &full, err));
    }
}

axl_status os_child_report(os_child *c, buf *to, axl_error *err) {
    bool full = false;
    return c->report < 0 ? AXL_OK : take_some(&c->report, to, 4096, &full, err);
}

bool os_child_follow(os_child *c, pid_t inner) {
    c->inner = (int)syscall(SYS_pidfd_open, inner, 0);
    return c->inner >= 0;
}

int os_child_end(os_child *c, bool kill_it) {
    // Without an inner process it is the program itself, which promises that its own end ends all.
    if (kill_it && c->inner >= 0)
        (void)syscall(SYS_pidfd_send_signal, c->inner, SIGKILL, NULL, 0);
    else if (kill_it)
        (void)kill(c->pid, SIGKILL);
    close_end(&c->in);
    close_end(&c->out);
    close_end(&c->err);
    close_end(&c->report);
    close_end(&c->inner);
    int state = 0;
    while (waitpid(c->pid, &state, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
}
