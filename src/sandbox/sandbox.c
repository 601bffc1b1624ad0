#include "sandbox/sandbox.h"

#include "base/alloc.h"
#include "base/error.h"
#include "sandbox/sandbox_parts.h"
#include "sandbox/syscalls.h"

#include <string.h>

const sandbox_limits sandbox_usual = {.cpu_seconds = 5,
                                      .wall_seconds = 20,
                                      .memory = (uint64_t)256 << 20,
                                      .processes = 16,
                                      .output = (size_t)1 << 20};

static axl_status open_parts(sandbox *s, axl_error *err) {
    FORWARD(syscalls_filter(&s->filter, err));
    FORWARD(interpreter_find(&s->python, &s->options, err));
    FORWARD(jail_command(s, err));
    sandbox_limits l = sandbox_usual;
    l.wall_seconds = 120; // a busy machine is no missing layer
    sandbox_result r;
    FORWARD(sandbox_run(s, "print(6 * 7)\n", &l, &r, err));
    const bool works = r.end == SANDBOX_ENDED && r.code == 0 && r.out.size == 3 &&
                       memcmp(r.out.data, "42\n", 3) == 0;
    sandbox_result_free(&r);
    RETURN_IF(!works, err, AXL_UNSUPPORTED, "no sandbox: a program in it does not work");
    return AXL_OK;
}

axl_status sandbox_open(sandbox **out, const sandbox_options *o, axl_error *err) {
    *out = NULL;
    sandbox *s = mem_zalloc(sizeof *s);
    if (!s) return error_no_memory(err, "a sandbox", sizeof *s);
    if (o) s->options = *o;
    const axl_status status = open_parts(s, err);
    if (status == AXL_OK)
        *out = s;
    else
        sandbox_close(s);
    return status;
}

void sandbox_close(sandbox *s) {
    if (!s) return;
    buf_free(&s->filter);
    interpreter_free(&s->python);
    mem_free((void *)(uintptr_t)s->command);
    mem_free(s);
}

axl_status sandbox_run(const sandbox *s, const char *program, const sandbox_limits *l,
                       sandbox_result *r, axl_error *err) {
    *r = (sandbox_result){0};
    buf text = {0};
    buf_format(&text, "run %zu\n", strlen(program));
    buf_text(&text, program);
    axl_status status = AXL_OK;
    if (!buf_ok(&text)) {
        status = error_no_memory(err, "a program", strlen(program));
    } else {
        const jail_job job = {.text = text.data, .size = text.size, .limits = l};
        status = jail_run(s, &job, r, err);
    }
    buf_free(&text);
    return status;
}

void sandbox_result_free(sandbox_result *r) {
    buf_free(&r->out);
    buf_free(&r->err);
    *r = (sandbox_result){0};
}
