#include "os/process.h"

#include "base/error.h"
#include "os/system_error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 200 // between two questions whether to stop

extern char **environ;

// Ends of the two pipes; -1: closed.
typedef struct pipes {
    int in[2], out[2];
} pipes;

static void close_end(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

static void close_all(pipes *p) {
    for (int i = 0; i < 2; i++) {
        close_end(&p->in[i]);
        close_end(&p->out[i]);
    }
}

static bool open_pipe(int ends[2]) {
    if (pipe(ends) != 0) {
        ends[0] = ends[1] = -1;
        return false;
    }
    for (int i = 0; i < 2; i++)
        if (fcntl(ends[i], F_SETFD, FD_CLOEXEC) != 0) return false;
    return true;
}

// The child's own process group, so that all it starts can be ended with it.
static int start(const os_process *p, const pipes *ends, pid_t *child) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    int code = posix_spawn_file_actions_init(&files);
    if (code) return code;
    code = posix_spawnattr_init(&how);
    if (code) {
        posix_spawn_file_actions_destroy(&files);
        return code;
    }
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    sigaddset(&usual, SIGINT);
    const short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if (!code) code = posix_spawn_file_actions_adddup2(&files, ends->in[0], STDIN_FILENO);
    if (!code) code = posix_spawn_file_actions_adddup2(&files, ends->out[1], STDOUT_FILENO);
    if (!code)
        code = posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (!code) code = posix_spawnattr_setpgroup(&how, 0);
    if (!code) code = posix_spawnattr_setsigmask(&how, &none);
    if (!code) code = posix_spawnattr_setsigdefault(&how, &usual);
    if (!code) code = posix_spawnattr_setflags(&how, flags);
    if (!code)
        code = posix_spawnp(child, p->argv[0], &files, &how, (char *const *)(uintptr_t)p->argv,
                            environ);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    return code;
}

// What the program has not read yet.
typedef struct feeding {
    const char *text; // p->input from here on; NULL: read gives it
    char piece[16384];
    size_t at, size; // of piece: what is not written yet
    bool ended;      // nothing is left, or nobody reads it
} feeding;

static axl_status next_piece(const os_process *p, feeding *f, axl_error *err) {
    f->at = f->size = 0;
    if (f->text) {
        f->size = strnlen(f->text, sizeof f->piece);
        memcpy(f->piece, f->text, f->size);
        f->text += f->size;
    } else if (p->read) {
        FORWARD(p->read(p->read_ctx, f->piece, sizeof f->piece, &f->size, err));
    }
    f->ended = f->size == 0;
    return AXL_OK;
}

// Writes as far as the pipe takes it.
static axl_status feed(const os_process *p, feeding *f, int fd, axl_error *err) {
    if (f->at == f->size) FORWARD(next_piece(p, f, err));
    if (f->ended) return AXL_OK;
    const ssize_t written = write(fd, f->piece + f->at, f->size - f->at);
    if (written >= 0) {
        f->at += (size_t)written;
        return f->at == f->size ? next_piece(p, f, err) : AXL_OK;
    }
    f->ended = errno != EAGAIN && errno != EINTR;
    return AXL_OK;
}

static axl_status keep(const os_process *p, buf *output, const char *piece, size_t size,
                       axl_error *err) {
    if (p->count_only) {
        *p->count_only += size;
        return AXL_OK;
    }
    RETURN_IF(output->size + size > p->output_max, err, AXL_TOO_LARGE,
              "%s writes more than %zu bytes", p->argv[0], p->output_max);
    return buf_append(output, piece, size) ? AXL_OK
                                           : error_no_memory(err, "a program's output", size);
}

// Reads what is there; *open is false at the end of the output.
static axl_status drain(const os_process *p, buf *output, int fd, bool *open, axl_error *err) {
    char piece[4096];
    const ssize_t got = read(fd, piece, sizeof piece);
    *open = got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
    return got > 0 ? keep(p, output, piece, (size_t)got, err) : AXL_OK;
}

static axl_status talk(const os_process *p, pipes *ends, buf *output, axl_error *err) {
    feeding f = {.text = p->input};
    FORWARD(next_piece(p, &f, err));
    bool open = true;
    while (open) {
        if (f.ended) close_end(&ends->in[1]);
        struct pollfd fds[2] = {{.fd = ends->out[0], .events = POLLIN},
                                {.fd = ends->in[1], .events = POLLOUT}};
        const int ready = poll(fds, 2, LOOK_MS);
        if (p->stop && p->stop(p->stop_ctx)) return error_set(err, AXL_INTERRUPTED, "interrupted");
        if (ready < 0 && errno != EINTR) return os_error(err, errno, "cannot wait for", p->argv[0]);
        if (ready <= 0) continue;
        if (fds[1].revents && ends->in[1] >= 0) FORWARD(feed(p, &f, ends->in[1], err));
        if (fds[0].revents) FORWARD(drain(p, output, ends->out[0], &open, err));
    }
    close_end(&ends->out[0]);
    close_end(&ends->in[1]); // who still reads must not wait for more
    return AXL_OK;
}

static int wait_for(pid_t child) {
    int state = 0;
    while (waitpid(child, &state, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
}

// A child that stops reading must not end this process. The library installs no handlers, so this
// thread blocks the signal and takes away the one that its writing may have caused.
typedef struct quiet {
    sigset_t pipe, before;
    bool pending; // already before
} quiet;

static void quiet_begin(quiet *q) {
    sigset_t pending;
    sigemptyset(&q->pipe);
    sigaddset(&q->pipe, SIGPIPE);
    sigpending(&pending);
    q->pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &q->pipe, &q->before);
}

static void quiet_end(const quiet *q) {
    const struct timespec now = {0, 0};
    if (!q->pending)
        while (sigtimedwait(&q->pipe, NULL, &now) < 0 && errno == EINTR) {
        }
    pthread_sigmask(SIG_SETMASK, &q->before, NULL);
}

axl_status os_process_run(const os_process *p, buf *output, int *code, axl_error *err) {
    pipes ends = {{-1, -1}, {-1, -1}};
    *code = 0;
    if (!open_pipe(ends.in) || !open_pipe(ends.out) ||
        fcntl(ends.in[1], F_SETFL, O_NONBLOCK) != 0) {
        const int number = errno;
        close_all(&ends);
        return os_error(err, number, "cannot start", p->argv[0]);
    }
    quiet q;
    quiet_begin(&q);
    pid_t child = -1;
    const int failed = start(p, &ends, &child);
    close_end(&ends.in[0]);
    close_end(&ends.out[1]);
    axl_status status = AXL_OK;
    if (failed) {
        status = os_error(err, failed, "cannot start", p->argv[0]);
    } else {
        status = talk(p, &ends, output, err);
        if (status != AXL_OK) kill(-child, SIGKILL);
        *code = wait_for(child);
        kill(-child, SIGKILL); // what it may have left behind
    }
    quiet_end(&q);
    close_all(&ends);
    return status;
}
