#include "sandbox/sandbox_parts.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "os/clock.h"
#include "os/confinement.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SECOND ((uint64_t)1000000000)
#define START_NS (60 * SECOND) // for a sandbox to stand: a busy machine takes its time
#define READY "ready\n"
#define COMPLAINT_MAX ((size_t)1 << 20)
#define OPEN_FILES 64

// ---- the command ----

// In front of the paths. Numbers of descriptors are those of os/child.h.
static const char *const jail_begin[] = {
    "--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts",
    "--unshare-cgroup", "--disable-userns", "--uid", "65534", "--gid", "65534", "--hostname",
    "sandbox",
    // All ends with this process, and with the first of the processes inside, which is jail.py.
    "--die-with-parent", "--as-pid-1", "--new-session", "--cap-drop", "ALL", "--seccomp", "3",
    "--info-fd", "4"};
// Behind them: no file can be made.
static const char *const jail_end[] = {"--dev-bind", "/dev/null", "/dev/null", "--remount-ro",
                                       "/",          "--chdir",   "/"};
// jail.py: neither site's modules nor files of compiled ones.
static const char *const python_begin[] = {"-S", "-s", "-B", "-c"};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static size_t put_words(const char **to, const char *const *words, size_t count) {
    memcpy((void *)(uintptr_t)to, words, count * sizeof *words);
    return count;
}

axl_status jail_command(sandbox *s, axl_error *err) {
    const size_t room =
        1 + COUNT(jail_begin) + 3 * s->python.count + COUNT(jail_end) + 1 + COUNT(python_begin) + 1;
    const char **to = mem_zalloc_array(room, sizeof *to);
    if (!to) return error_no_memory(err, "a command", room * sizeof *to);
    s->command = to;
    *to++ = s->options.bubblewrap ? s->options.bubblewrap : SANDBOX_BUBBLEWRAP;
    to += put_words(to, jail_begin, COUNT(jail_begin));
    for (size_t i = 0; i < s->python.count; i++) {
        *to++ = "--ro-bind";
        *to++ = s->python.paths[i];
        *to++ = s->python.paths[i];
    }
    to += put_words(to, jail_end, COUNT(jail_end));
    *to++ = s->python.program;
    to += put_words(to, python_begin, COUNT(python_begin));
    *to = (const char *)jail_program;
    s->command_count = room;
    return AXL_OK;
}

// ---- the check ----

axl_status jail_check(const sandbox_limits *l, pid_t pid, axl_error *err) {
    os_confinement c;
    FORWARD(os_confinement_read(pid, &c, err));
    const struct {
        bool there;
        const char *name;
    } layers[] = {{c.user, "user namespace"},
                  {c.mount, "mount namespace"},
                  {c.pid, "process namespace"},
                  {c.net, "network namespace"},
                  {c.ipc, "IPC namespace"},
                  {c.uts, "host name namespace"},
                  {c.cgroup, "cgroup namespace"},
                  {c.filtered, "filter of system calls"},
                  {c.no_privileges, "ban on privileges"},
                  {c.not_root, "user without rights"},
                  {c.read_only, "read-only file system"},
                  {c.processes <= l->processes, "limit of processes"},
                  {c.memory <= l->memory, "limit of memory"},
                  {c.cpu_seconds <= l->cpu_seconds + 1, "limit of processor time"}};
    for (size_t i = 0; i < COUNT(layers); i++)
        RETURN_IF(!layers[i].there, err, AXL_UNSUPPORTED, "no sandbox: the %s is missing",
                  layers[i].name);
    return AXL_OK;
}

// ---- a run ----

typedef struct jail {
    const sandbox *s;
    const jail_job *job;
    sandbox_result *r;
    os_child child;
    os_child_talk talk;
    char processes[24];
} jail;

static axl_status start(jail *j, axl_error *err) {
    const sandbox *s = j->s;
    const sandbox_limits *l = j->job->limits;
    const char **argv = mem_zalloc_array(s->command_count + 2, sizeof *argv);
    if (!argv) return error_no_memory(err, "a command", 0);
    put_words(argv, s->command, s->command_count);
    snprintf(j->processes, sizeof j->processes, "%" PRIu64, l->processes);
    argv[s->command_count] = j->processes;
    // Sets and dictionaries have the same order every time.
    const char *const env[] = {"PYTHONHASHSEED=0", NULL};
    const os_child_spec spec = {.argv = argv,
                                .env = env,
                                .gift = s->filter.data,
                                .gift_size = s->filter.size,
                                .limits = {.cpu_seconds = l->cpu_seconds,
                                           .memory = l->memory,
                                           .file = 0,
                                           .open_files = OPEN_FILES}};
    const axl_status status = os_child_start(&j->child, &spec, err);
    mem_free((void *)(uintptr_t)argv);
    return status;
}

// Why there is no sandbox: the last line that bubblewrap or the interpreter wrote.
static axl_status not_ready(jail *j, os_child_state state, axl_error *err) {
    if (state == OS_CHILD_LATE)
        return error_set(err, AXL_UNSUPPORTED, "no sandbox: it does not begin within a minute");
    char *text = j->r->err.data;
    size_t size = j->r->err.size;
    while (size > 0 && text[size - 1] == '\n') text[--size] = '\0';
    const char *line = text ? strrchr(text, '\n') : NULL;
    line = line ? line + 1 : text ? text : "it ends without a word";
    if (strstr(line, "cannot be started"))
        return error_set(err, AXL_UNSUPPORTED,
                         "no sandbox: %s cannot be started: install bubblewrap", j->s->command[0]);
    return error_set(err, AXL_UNSUPPORTED, "no sandbox: %s", line);
}

// The process inside, as bubblewrap reports it.
static axl_status find_inner(jail *j, pid_t *pid, axl_error *err) {
    buf report = {0};
    axl_status status = os_child_report(&j->child, &report, err);
    long number = 0;
    const char *at = strstr(buf_string(&report), "\"child-pid\":");
    if (status == AXL_OK && (!at || sscanf(at + 12, "%ld", &number) != 1 || number <= 0))
        status = error_set(err, AXL_UNSUPPORTED, "no sandbox: bubblewrap names no process");
    buf_free(&report);
    *pid = (pid_t)number;
    if (status == AXL_OK && !os_child_follow(&j->child, *pid))
        status = error_set(err, AXL_UNSUPPORTED, "no sandbox: its process cannot be followed");
    return status;
}

static axl_status wait_ready(jail *j, axl_error *err) {
    os_child_state state;
    FORWARD(os_child_talk_run(&j->child, &j->talk, strlen(READY), &state, err));
    if (state == OS_CHILD_CLOSED) // what it says comes on another channel
        FORWARD(os_child_talk_run(&j->child, &j->talk, SIZE_MAX, &state, err));
    if (state == OS_CHILD_CLOSED || state == OS_CHILD_LATE) return not_ready(j, state, err);
    RETURN_IF(state != OS_CHILD_ENOUGH || memcmp(j->r->out.data, READY, strlen(READY)) != 0, err,
              AXL_UNSUPPORTED, "no sandbox: it begins with other words than agreed");
    buf_clear(&j->r->out);
    pid_t pid;
    FORWARD(find_inner(j, &pid, err));
    return jail_check(j->job->limits, pid, err);
}

static axl_status talk(jail *j, os_child_state *state, axl_error *err) {
    FORWARD(wait_ready(j, err));
    j->talk.out_max = j->talk.err_max = j->job->limits->output;
    j->talk.send = j->job->text;
    j->talk.send_size = j->job->size;
    j->talk.deadline = os_clock_ns() + j->job->limits->wall_seconds * SECOND;
    return os_child_talk_run(&j->child, &j->talk, SIZE_MAX, state, err);
}

axl_status jail_run(const sandbox *s, const jail_job *job, sandbox_result *r, axl_error *err) {
    *r = (sandbox_result){0};
    jail j = {.s = s, .job = job, .r = r};
    j.talk = (os_child_talk){.out = &r->out,
                             .err = &r->err,
                             .out_max = strlen(READY),
                             .err_max = COMPLAINT_MAX,
                             .deadline = os_clock_ns() + START_NS,
                             .stop = s->options.stop,
                             .stop_ctx = s->options.stop_ctx};
    FORWARD(start(&j, err));
    os_child_state state = OS_CHILD_LATE;
    const axl_status status = talk(&j, &state, err);
    const bool ended = status == AXL_OK && state == OS_CHILD_CLOSED;
    r->code = os_child_end(&j.child, !ended);
    r->end = ended ? SANDBOX_ENDED : state == OS_CHILD_FULL ? SANDBOX_FULL : SANDBOX_LATE;
    if (ended && r->code == 128 + 24) r->end = SANDBOX_LATE; // SIGXCPU
    if (status != AXL_OK) sandbox_result_free(r);
    return status;
}
