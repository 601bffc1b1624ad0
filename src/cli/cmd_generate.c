// axl generate: the prompt, the text as it comes, and the document of --json.
#include "cli/cli_generation.h"
#include "cli/cli_interrupt.h"
#include "cli/cli_json.h"
#include "cli/cli_output.h"
#include "cli/cli_terminal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define READING_SHOWN ((size_t)4096) // a prompt of so many unread bytes takes long enough to say so

#define MOST_TEXTS 64

typedef struct job {
    const arguments *args;
    setup s;
    axl_engine *engine;
    axl_session *read; // has read the prompt
    axl_generate_result result[MOST_TEXTS];
    size_t n, made;
    axl_generate_options options;
    axl_stop stops[CLI_LIST_MAX];
    text_view view;
    bool reading;  // the progress is on the screen
    size_t unread; // bytes at the start
} job;

// ---- the prompt ----

static int wrong(const job *j, const char *what) {
    cli_complain("%s: %s; try 'axl help generate'", j->s.path, what);
    return 2;
}

static int append(job *j, const char *bytes, size_t size) {
    axl_error err;
    const axl_status status = axl_session_append(j->read, bytes, size, &err);
    return status == AXL_OK ? 0 : cli_failed(j->s.path, status, &err);
}

static int append_all(job *j, FILE *from, const char *name) {
    char bytes[16384];
    int code = 0;
    size_t size;
    errno = 0;
    while (code == 0 && !cli_interrupted() && (size = fread(bytes, 1, sizeof bytes, from)) > 0)
        code = append(j, bytes, size);
    if (code != 0 || !ferror(from)) return code;
    cli_complain("%s: cannot read %s: %s", j->s.path, name, strerror(errno));
    return axl_status_exit_code(AXL_IO);
}

static int append_file(job *j, const char *name) {
    if (strcmp(name, "-") == 0) return append_all(j, stdin, "standard input");
    FILE *f = fopen(name, "rb");
    if (!f) {
        cli_complain("%s: cannot open %s: %s", j->s.path, name, strerror(errno));
        return axl_status_exit_code(AXL_NOT_FOUND);
    }
    const int code = append_all(j, f, name);
    fclose(f);
    return code;
}

static int take_prompt(job *j) {
    const char *text = j->args->prompt, *file = j->args->generate.file;
    const char *suffix = j->args->generate.suffix;
    if (text && file) return wrong(j, "--prompt or --file, not both");
    int code = 0;
    if (file)
        code = append_file(j, file);
    else if (text)
        code = append(j, text, strlen(text));
    else if (!cli_terminal_stdin())
        code = append_all(j, stdin, "standard input");
    if (code != 0 || !suffix) return code;
    const uint64_t most = j->options.max_bytes;
    axl_error err;
    const axl_status status = axl_session_infill(j->read, suffix, strlen(suffix),
                                                 most < SIZE_MAX ? (size_t)most : SIZE_MAX, &err);
    return status == AXL_OK ? 0 : cli_failed(j->s.path, status, &err);
}

static void echo(job *j) {
    char bytes[4096];
    size_t from = 0, size;
    while ((size = axl_session_copy(j->read, from, bytes, sizeof bytes)) > 0) {
        cli_text_show(&j->view, bytes, size);
        from += size;
    }
}

// ---- while it runs ----

static void end_reading(job *j) {
    if (j->reading) cli_progress_end(&j->s.progress);
    j->reading = false;
}

static int on_text(void *ctx, const void *bytes, size_t size) {
    job *j = ctx;
    if (j->args->json) return 0;
    end_reading(j);
    return cli_text_show(&j->view, bytes, size) ? 0 : 1;
}

static int on_step(void *ctx, uint64_t unread) {
    job *j = ctx;
    if (unread > j->unread) j->unread = (size_t)unread;
    if (unread > 1 && j->unread >= READING_SHOWN) {
        j->reading = true;
        cli_progress_step(&j->s.progress, "bytes of the prompt", j->unread - (size_t)unread,
                          j->unread);
    }
    return cli_interrupted();
}

// Text number i: from a copy of the session where it is not the only one, so that the prompt is
// read once.
static axl_status make(job *j, size_t i, axl_error *err) {
    const axl_generate_events events = {on_text, on_step, j};
    j->options.variant = i;
    if (i > 0) j->options.seed = j->result[0].seed;
    axl_session *session = j->read;
    if (j->n > 1) {
        const axl_status status = axl_session_fork(&session, j->read, err);
        if (status != AXL_OK) return status;
    }
    const axl_status status = axl_generate(session, &j->options, &events, &j->result[i], err);
    if (session != j->read) axl_session_free(session);
    end_reading(j);
    return status;
}

// ---- results ----

static void json_probabilities(json *out, const axl_generate_result *r) {
    if (!r->probabilities) return;
    json_open_list(out, "logprobs");
    for (size_t i = 0; i < r->bytes; i++) {
        const axl_probability *p = &r->probabilities[i];
        json_flat_object(out, NULL);
        json_size(out, "byte", (unsigned char)r->text[i]);
        json_number(out, "logprob", p->logprob);
        json_open_list(out, "top");
        for (size_t k = 0; k < p->top_count; k++) {
            json_open(out, NULL);
            json_size(out, "symbol", p->top[k].symbol);
            json_number(out, "logprob", p->top[k].logprob);
            json_end(out);
        }
        json_end(out);
        json_end(out);
    }
    json_end(out);
}

static void json_result(json *out, const axl_generate_result *r) {
    json_bytes(out, "text", r->text, r->bytes);
    json_size(out, "bytes", r->bytes);
    json_text(out, "end", axl_generate_end_name(r->end));
    json_number(out, "seconds", r->seconds);
    json_positive(out, "bytes_per_s", r->bytes_per_s);
    json_size(out, "passes", r->passes);
    json_size(out, "drafted", r->drafted);
    json_size(out, "drafts_right", r->used);
    json_probabilities(out, r);
}

static void print_json(const job *j) {
    json out = {0};
    axl_engine_info info;
    axl_engine_describe(j->engine, &info);
    json_open(&out, NULL);
    json_text(&out, "model", j->args->words[0]);
    json_size(&out, "prompt_bytes", j->result[0].prompt_bytes);
    json_number(&out, "prompt_seconds", j->result[0].read_seconds);
    json_size(&out, "seed", j->result[0].seed);
    json_text(&out, "level", info.level);
    json_size(&out, "threads", info.threads);
    json_result(&out, &j->result[0]);
    if (j->n > 1) {
        json_open_list(&out, "choices");
        for (size_t i = 0; i < j->n; i++) {
            json_open(&out, NULL);
            json_result(&out, &j->result[i]);
            json_end(&out);
        }
        json_end(&out);
    }
    json_end(&out);
}

static axl_status make_all(job *j, axl_error *err) {
    const axl_generate_events reading = {NULL, on_step, j};
    axl_status status = AXL_OK;
    if (j->n > 1) status = axl_session_read(j->read, &reading, err);
    end_reading(j);
    for (size_t i = 0; i < j->n && status == AXL_OK; i++) {
        j->view.last = 0;
        if (i > 0 && !j->args->json) cli_print("\n---\n");
        if (j->args->generate.echo && !j->args->json) echo(j);
        status = make(j, i, err);
        if (status == AXL_OK || status == AXL_INTERRUPTED) j->made++;
    }
    return status;
}

static int run(job *j) {
    axl_error err;
    const axl_status status = make_all(j, &err);
    // A terminal gets its prompt on a line of its own; a pipe the text and nothing else.
    if (j->view.terminal && j->view.last && j->view.last != '\n') cli_print("\n");
    for (size_t i = 0; i < j->made && j->args->generate.stats; i++)
        cli_generation_stats(j->s.path, &j->result[i]);
    if (status == AXL_INTERRUPTED && !cli_interrupted())
        return 0; // nobody reads: see cli_output_end
    const int code = cli_setup_end(&j->s, status, &err);
    if (code == 0 && j->args->json) print_json(j);
    return code;
}

static int start(job *j) {
    axl_error err;
    const axl_status status = axl_session_create(&j->read, j->engine, &err);
    if (status != AXL_OK) return cli_failed(j->s.path, status, &err);
    cli_generation_options(&j->options, j->stops, j->engine, j->args);
    j->options.probabilities = j->args->generate.logprobs.said;
    j->options.top = (size_t)j->args->generate.logprobs.value;
    if (j->options.probabilities && !j->args->json) return wrong(j, "--logprobs needs --json");
    return take_prompt(j);
}

int cmd_generate(const arguments *args) {
    job j = {.args = args, .n = args->generate.n ? args->generate.n : 1};
    j.view.terminal = cli_terminal_stdout();
    int code = cli_generation_open(&j.s, args, &j.engine);
    if (code == 0) code = start(&j);
    if (code == 0) code = run(&j);
    for (size_t i = 0; i < j.made; i++) axl_generate_result_free(&j.result[i]);
    axl_session_free(j.read);
    axl_engine_close(j.engine);
    return code;
}
