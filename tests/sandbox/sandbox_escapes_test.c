// Programs that try to get out of the sandbox: none may, and nothing of them may be left. Those
// that can be let loose without danger also run without it, to see that they would succeed.
#define _GNU_SOURCE
#include "sandbox/sandbox_case.h"

#include "os/file.h"
#include "os/process.h"
#include "os/scratch.h"
#include "sandbox/escape_calls.h"

#include <base/alloc.h>
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define CANARY "what no program may read\n"
#define MARK "mark-of-the-host-48151623"
#define SECTION "\n### "

// What the attacks aim at.
typedef struct host {
    scratch s;
    int tcp, udp, local;
    unsigned port;
    char name[64]; // of the abstract socket
    pid_t victim;  // a process that waits
    buf before;    // lines in front of each program
    size_t processes;
} host;

// ---- the host ----

// In namespaces of its own the network is down.
static void raise_loopback(void) {
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq r = {.ifr_name = "lo"};
    r.ifr_flags = IFF_UP | IFF_RUNNING;
    (void)ioctl(fd, SIOCSIFFLAGS, &r);
    close(fd);
}

static void open_sockets(host *h) {
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof in;
    h->tcp = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(h->tcp, (struct sockaddr *)&in, size), 0);
    assert_int_equal(listen(h->tcp, 16), 0);
    assert_int_equal(getsockname(h->tcp, (struct sockaddr *)&in, &size), 0);
    h->port = ntohs(in.sin_port);
    h->udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(h->udp, (struct sockaddr *)&in, size), 0);
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    snprintf(h->name, sizeof h->name, "axl-escape-%ld", (long)getpid());
    memcpy(un.sun_path + 1, h->name, strlen(h->name));
    size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(h->name));
    h->local = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(h->local, (struct sockaddr *)&un, size), 0);
    assert_int_equal(listen(h->local, 16), 0);
}

// With a number that is not a small one, as those in a sandbox of its own are.
static pid_t start_victim(void) {
    for (;;) {
        const pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            while (getpid() > 1000) pause();
            _exit(0);
        }
        if (pid > 1000) return pid;
        (void)waitpid(pid, NULL, 0);
    }
}

// Processes that this one can see; in namespaces of its own there is nobody else's.
static size_t count_processes(void) {
    size_t count = 0;
    DIR *folder = opendir("/proc");
    assert_non_null(folder);
    for (struct dirent *e = readdir(folder); e; e = readdir(folder))
        count += e->d_name[0] >= '1' && e->d_name[0] <= '9';
    closedir(folder);
    return count;
}

static void put_calls(buf *to, const char *name, const escape_call *list, size_t count) {
    buf_format(to, "%s = {", name);
    for (size_t i = 0; i < count; i++) buf_format(to, "'%s': %ld, ", list[i].name, list[i].number);
    buf_text(to, "}\n");
}

static void put_lines(host *h) {
    struct utsname u;
    assert_int_equal(uname(&u), 0);
    buf *to = &h->before;
    buf_text(to,
             "import ctypes, sys\nlibc = ctypes.CDLL(None, use_errno=True)\n"
             "def escaped(*what):\n    print('escaped', *what, flush=True)\n");
    put_calls(to, "NR", escape_calls, COUNT_OF(escape_calls));
    put_calls(to, "FORBIDDEN", escape_forbidden, COUNT_OF(escape_forbidden));
    buf_format(to, "NR.update(FORBIDDEN)\nFOLDER = '%s'\nCANARY = FOLDER + '/canary'\n",
               h->s.folder);
    buf_format(to, "PORT = %u\nSOCKET = '%s'\nPID = %ld\nHOST = '%s'\nMARK = '%s'\n", h->port,
               h->name, (long)h->victim, u.nodename, MARK);
    assert_true(buf_ok(to));
}

static void make_canary(const host *h) {
    scratch_text(scratch_path(&h->s, "canary"), CANARY);
}

static void host_begin(host *h) {
    *h = (host){0};
    scratch_make(&h->s);
    make_canary(h);
    setenv("AXL_ESCAPE_MARK", MARK, 1);
    if (getenv("AXL_APART")) raise_loopback();
    open_sockets(h);
    h->victim = start_victim();
    put_lines(h);
    h->processes = count_processes();
}

static void host_end(host *h) {
    (void)kill(h->victim, SIGKILL);
    (void)waitpid(h->victim, NULL, 0);
    close(h->tcp);
    close(h->udp);
    close(h->local);
    buf_free(&h->before);
    scratch_remove(&h->s);
}

// Whether nothing has happened here; says what did.
static bool untouched(const host *h, const char *name) {
    char byte;
    const char *what = NULL;
    if (!scratch_holds(scratch_path(&h->s, "canary"), CANARY, strlen(CANARY)))
        what = "the canary is not what it was";
    else if (scratch_count(&h->s, "") != 1)
        what = "there are new files";
    else if (accept(h->tcp, NULL, NULL) >= 0 || accept(h->local, NULL, NULL) >= 0)
        what = "somebody called";
    else if (recv(h->udp, &byte, 1, 0) >= 0)
        what = "somebody sent something";
    else if (waitpid(h->victim, NULL, WNOHANG) != 0)
        what = "a process was killed";
    else if (getenv("AXL_APART") && count_processes() != h->processes)
        what = "there are new processes";
    if (what) print_error("%s: %s\n", name, what);
    return !what;
}

// ---- the attacks ----

typedef struct attack {
    char name[64];
    bool bites, late, full;
    char *program; // owned
} attack;

static char *join(const buf *before, const char *text, size_t size) {
    buf whole = {0};
    buf_append(&whole, before->data, before->size);
    buf_append(&whole, text, size);
    assert_true(buf_ok(&whole));
    return buf_take(&whole, NULL);
}

// Cuts the next section off; NULL behind the last.
static const char *next_attack(const char *at, const buf *before, attack *out) {
    at = strstr(at, SECTION);
    if (!at) return NULL;
    at += strlen(SECTION);
    const char *line = strchr(at, '\n'), *end = strstr(at, SECTION);
    char words[128] = "";
    memcpy(words, at, (size_t)(line - at));
    *out = (attack){.bites = strstr(words, " bites") != NULL,
                    .late = strstr(words, " late") != NULL,
                    .full = strstr(words, " full") != NULL};
    memcpy(out->name, words, strcspn(words, " "));
    out->program = join(before, line, end ? (size_t)(end - line) + 1 : strlen(line));
    return line;
}

static bool held(const host *h, const attack *a) {
    sandbox_limits l = sandbox_case_limits;
    l.cpu_seconds = 2;
    l.wall_seconds = a->full ? 120 : 6; // what is to end by its output must come to that
    sandbox_result r = sandbox_case_run(a->program, &l);
    const bool out = strstr(buf_string(&r.out), "escaped") != NULL;
    const bool wrong_end = (a->late && r.end != SANDBOX_LATE) || (a->full && r.end != SANDBOX_FULL);
    if (out) print_error("%s: %s", a->name, strstr(buf_string(&r.out), "escaped"));
    if (wrong_end) print_error("%s: ended as %d, %s\n", a->name, r.end, buf_string(&r.err));
    sandbox_result_free(&r);
    return untouched(h, a->name) && !out && !wrong_end;
}

// Whether it gets through where there is no sandbox.
static bool bites(const host *h, const attack *a) {
    const char *const argv[] = {SANDBOX_PYTHON, "-I", "-S", "-B", "-c", a->program, NULL};
    const os_process p = {.argv = argv, .output_max = 1 << 20};
    buf out = {0};
    int code;
    axl_error err;
    const axl_status status = os_process_run(&p, &out, &code, &err);
    const bool escaped = strstr(buf_string(&out), "escaped") != NULL;
    if (status != AXL_OK || !escaped) print_error("%s: does not bite\n", a->name);
    buf_free(&out);
    while (accept(h->tcp, NULL, NULL) >= 0 || accept(h->local, NULL, NULL) >= 0) {
    }
    char byte;
    while (recv(h->udp, &byte, 1, 0) >= 0) {
    }
    return escaped;
}

// What it did is undone before the next one. In namespaces of its own this is the first process, to
// which all others belong in the end.
static void clean_up(const host *h) {
    assert_int_equal(getpid(), 1);
    DIR *folder = opendir("/proc");
    assert_non_null(folder);
    for (struct dirent *e = readdir(folder); e; e = readdir(folder)) {
        const pid_t pid = (pid_t)atol(e->d_name);
        if (pid > 1 && pid != h->victim && kill(pid, SIGKILL) == 0) (void)waitpid(pid, NULL, 0);
    }
    closedir(folder);
    char command[SCRATCH_PATH_MAX + 32];
    snprintf(command, sizeof command, "rm -rf '%s'/*", h->s.folder);
    assert_int_equal(system(command), 0);
    make_canary(h);
}

static void test_escapes(void **state) {
    (void)state;
    (void)sandbox_case();
    void *text;
    size_t size;
    axl_error err;
    assert_int_equal(os_file_read(SANDBOX_ESCAPES, 1 << 20, &text, &size, &err), AXL_OK);
    host h;
    host_begin(&h);
    const bool control = getenv("AXL_APART") && geteuid() == 0;
    size_t attacks = 0, escapes = 0, dull = 0;
    attack a;
    for (const char *at = text; (at = next_attack(at, &h.before, &a)) != NULL; attacks++) {
        escapes += !held(&h, &a);
        if (a.bites && control) {
            dull += !bites(&h, &a);
            clean_up(&h);
        }
        mem_free(a.program);
    }
    print_message("%zu attacks, %zu got out%s\n", attacks, escapes,
                  control ? "" : "; not tried without the sandbox");
    host_end(&h);
    mem_free(text);
    assert_true(attacks >= 33);
    assert_int_equal(escapes, 0);
    assert_int_equal(dull, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_escapes)};
    return cmocka_run_group_tests(tests, sandbox_case_begin, sandbox_case_end);
}
