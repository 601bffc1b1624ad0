// axl generate: the prompt, the text as it comes, and the document of --json.
#include "cli/cli_generation.h"
#include "cli/cli_interrupt.h"
#include "cli/cli_json.h"
#include "cli/cli_output.h"
#include "cli/cli_terminal.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READING_SHOWN ((size_t)4096) // a prompt of so many unread bytes takes long enough to say so

typedef struct job {
    const arguments *args;
    setup s;
    axl_engine *engine;
    char *prompt; // [prompt_size]; owned
    size_t prompt_size;
    axl_session *read;           // has read the prompt
    axl_generate_result *result; // [n]
    size_t n, made;
    axl_generate_options options;
    axl_stop stops[CLI_LIST_MAX + 1];
    text_view view;
    bool reading;  // the progress is on the screen
    size_t unread; // bytes at the start
} job;

// ---- the prompt ----

static int wrong(const job *j, const char *what) {
    cli_complain("%s: %s; try 'axl help generate'", j->s.path, what);
    return 2;
}

// Reads all of a stream into j->prompt.
static int read_all(job *j, FILE *from, const char *name) {
    size_t capacity = 1 << 16;
    for (;;) {
        char *grown = realloc(j->prompt, capacity);
        if (!grown) {
            cli_complain("%s: %s: not enough memory for a prompt of %zu bytes", j->s.path, name,
                         capacity);
            return 1;
        }
        j->prompt = grown;
        j->prompt_size += fread(grown + j->prompt_size, 1, capacity - j->prompt_size, from);
        if (j->prompt_size < capacity) break;
        capacity *= 2;
    }
    if (!ferror(from)) return 0;
    cli_complain("%s: cannot read %s: %s", j->s.path, name, strerror(errno));
    return axl_status_exit_code(AXL_IO);
}

static int read_file(job *j, const char *name) {
    if (strcmp(name, "-") == 0) return read_all(j, stdin, "standard input");
    FILE *f = fopen(name, "rb");
    if (!f) {
        cli_complain("%s: cannot open %s: %s", j->s.path, name, strerror(errno));
        return 2;
    }
    const int code = read_all(j, f, name);
    fclose(f);
    return code;
}

static int take_prompt(job *j) {
    const char *text = j->args->prompt, *file = j->args->generate.file;
    if (text && file) return wrong(j, "--prompt or --file, not both");
    if (file) return read_file(j, file);
    if (!text) return cli_terminal_stdin() ? 0 : read_all(j, stdin, "standard input");
    j->prompt_size = strlen(text);
    j->prompt = malloc(j->prompt_size + 1);
    if (j->prompt) memcpy(j->prompt, text, j->prompt_size + 1);
    return j->prompt ? 0 : 1;
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

static axl_status prepare(job *j, axl_error *err) {
    const axl_status status = axl_session_create(&j->read, j->engine, err);
    if (status != AXL_OK) return status;
    const char *suffix = j->args->generate.suffix;
    if (!suffix) return axl_session_append(j->read, j->prompt, j->prompt_size, err);
    const size_t most = (size_t)-1;
    const axl_infill infill = {.prefix = j->prompt,
                               .prefix_size = j->prompt_size,
                               .suffix = suffix,
                               .suffix_size = strlen(suffix),
                               .room = j->options.max_bytes < most ? (size_t)j->options.max_bytes
                                                                   : most};
    return axl_session_infill(j->read, &infill, err);
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
    json_array(out, "logprobs");
    for (size_t i = 0; i < r->bytes; i++) {
        const axl_probability *p = &r->probabilities[i];
        json_flat_object(out, NULL);
        json_size(out, "byte", (unsigned char)r->text[i]);
        json_number(out, "logprob", p->logprob);
        json_array(out, "top");
        for (size_t k = 0; k < p->top_count; k++) {
            json_object(out, NULL);
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
    json_object(&out, NULL);
    json_text(&out, "model", j->args->words[0]);
    json_size(&out, "prompt_bytes", j->result[0].prompt_bytes);
    json_number(&out, "prompt_seconds", j->result[0].read_seconds);
    json_size(&out, "seed", j->result[0].seed);
    json_text(&out, "level", info.level);
    json_size(&out, "threads", info.threads);
    json_result(&out, &j->result[0]);
    if (j->n > 1) {
        json_array(&out, "choices");
        for (size_t i = 0; i < j->n; i++) {
            json_object(&out, NULL);
            json_result(&out, &j->result[i]);
            json_end(&out);
        }
        json_end(&out);
    }
    json_end(&out);
}

static int run(job *j) {
    axl_error err;
    axl_status status = prepare(j, &err);
    const axl_generate_events reading = {NULL, on_step, j};
    if (status == AXL_OK && j->n > 1) status = axl_session_read(j->read, &reading, &err);
    for (size_t i = 0; i < j->n && status == AXL_OK; i++) {
        j->view.last = 0;
        if (i > 0 && !j->args->json) cli_print("\n---\n");
        if (j->args->generate.echo && !j->args->json)
            cli_text_show(&j->view, j->prompt, j->prompt_size);
        status = make(j, i, &err);
        if (status == AXL_OK || status == AXL_INTERRUPTED) j->made++;
    }
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

int cmd_generate(const arguments *args) {
    job j = {.args = args, .n = args->generate.n ? args->generate.n : 1};
    j.view.terminal = cli_terminal_stdout();
    int code = cli_generation_open(&j.s, args, &j.engine);
    if (code == 0 && args->generate.logprobs.said && !args->json)
        code = wrong(&j, "--logprobs needs --json");
    if (code == 0) code = take_prompt(&j);
    if (code == 0) {
        cli_generation_options(&j.options, j.stops, j.engine, args);
        j.options.probabilities = args->generate.logprobs.said;
        j.options.top = (size_t)args->generate.logprobs.value;
        j.result = calloc(j.n, sizeof *j.result);
        code = j.result ? run(&j) : 1;
    }
    for (size_t i = 0; j.result && i < j.n; i++) axl_generate_result_free(&j.result[i]);
    axl_session_free(j.read);
    axl_engine_close(j.engine);
    free(j.result);
    free(j.prompt);
    return code;
}
