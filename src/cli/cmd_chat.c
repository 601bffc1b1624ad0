// axl chat: questions and answers, in the form that the model was trained for.
#include "cli/cli_amount.h"
#include "cli/cli_generation.h"
#include "cli/cli_interrupt.h"
#include "cli/cli_line_read.h"
#include "cli/cli_output.h"
#include "cli/cli_terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURNS ((size_t)256) // that are remembered at most

// The conversation as the model reads it: the system text, then turns.
typedef struct transcript {
    char *text;
    size_t size, capacity;
    size_t start[TURNS]; // of each turn
    size_t turns;
} transcript;

typedef struct chat {
    const arguments *args;
    setup s;
    axl_engine *engine;
    axl_session *session;
    axl_engine_info info;
    axl_chat_form form;
    axl_generate_options options;
    axl_stop stops[CLI_LIST_MAX + 1];
    char stop[2048]; // the beginning of a next question
    transcript said;
    text_view view;
    bool interactive;
} chat;

// ---- the transcript ----

static bool add(transcript *t, const char *bytes, size_t size) {
    if (t->size + size > t->capacity) {
        const size_t capacity = 2 * (t->size + size);
        char *grown = realloc(t->text, capacity);
        if (!grown) return false;
        t->text = grown;
        t->capacity = capacity;
    }
    if (size > 0) memcpy(t->text + t->size, bytes, size);
    t->size += size;
    return true;
}

static void forget_turn(transcript *t) {
    const size_t from = t->start[0], to = t->start[1], gone = to - from;
    memmove(t->text + from, t->text + to, t->size - to);
    t->size -= gone;
    t->turns--;
    for (size_t i = 0; i < t->turns; i++) t->start[i] = t->start[i + 1] - gone;
}

static bool begin(chat *c) {
    c->said.size = c->said.turns = 0;
    const char *system = c->args->generate.system;
    const char *gap = system ? "\n\n" : ""; // as in the published form
    if (!system) system = c->form.system;
    return add(&c->said, system, strlen(system)) && add(&c->said, gap, strlen(gap));
}

// Appends a question, and makes room for it and its answer: a whole turn is forgotten rather than
// that the window slides over the system text.
static bool ask(chat *c, const char *question, size_t size) {
    transcript *t = &c->said;
    if (t->turns == TURNS) forget_turn(t);
    t->start[t->turns++] = t->size;
    const bool ok = add(t, c->form.user, strlen(c->form.user)) && add(t, question, size) &&
                    add(t, c->form.assistant, strlen(c->form.assistant));
    const size_t half = c->info.context / 2;
    const size_t answer = c->options.max_bytes < half ? (size_t)c->options.max_bytes : half;
    while (t->turns > 1 && 1 + t->size + answer > c->info.context) forget_turn(t);
    return ok;
}

static bool answered(chat *c, const axl_generate_result *r) {
    return add(&c->said, r->text, r->bytes) && add(&c->said, c->form.end, strlen(c->form.end));
}

// ---- an answer ----

static int on_text(void *ctx, const void *bytes, size_t size) {
    chat *c = ctx;
    return cli_text_show(&c->view, bytes, size) ? 0 : 1;
}

static int on_step(void *ctx, uint64_t unread) {
    (void)ctx;
    (void)unread;
    return cli_interrupted();
}

static axl_status answer(chat *c, axl_error *err) {
    const axl_generate_events events = {on_text, on_step, c};
    axl_generate_result r;
    axl_status status = axl_session_replace(c->session, c->said.text, c->said.size, err);
    if (status != AXL_OK) return status;
    c->view.last = 0;
    status = axl_generate(c->session, &c->options, &events, &r, err);
    if (status != AXL_OK && status != AXL_INTERRUPTED) return status;
    cli_write(c->view.last == '\n' ? "" : "\n", c->view.last == '\n' ? 0 : 1);
    if (c->args->generate.stats) cli_generation_stats(c->s.path, &r);
    const bool ok = answered(c, &r);
    axl_generate_result_free(&r);
    return ok ? status : AXL_NO_MEMORY;
}

// One line of the user: a command or a question. The exit code, or -1 to go on.
static int turn(chat *c, const char *line, size_t size) {
    if (size == 0) return -1;
    if (strcmp(line, "/exit") == 0 || strcmp(line, "/quit") == 0) return 0;
    if (strcmp(line, "/clear") == 0) return begin(c) ? -1 : 1;
    if (line[0] == '/' && c->interactive) {
        cli_complain("%s: /clear begins anew, /exit leaves", c->s.path);
        return -1;
    }
    axl_error err = {0};
    const axl_status status = ask(c, line, size) ? answer(c, &err) : AXL_NO_MEMORY;
    if (status == AXL_OK) return -1;
    if (status != AXL_INTERRUPTED) return cli_failed(c->s.path, status, &err);
    if (!cli_interrupted()) return 0; // nobody reads: see cli_output_end
    if (!c->interactive) return cli_failed(c->s.path, status, &err);
    cli_interrupt_again();
    return -1;
}

// ---- lines ----

static int talk(chat *c) {
    line_edit *e = calloc(1, sizeof *e);
    if (!e) return 1;
    const bool colour = cli_terminal_colour();
    const line_prompt prompt = {colour ? "\033[1m> \033[0m" : "> ", 2};
    char amount[CLI_AMOUNT_MAX];
    cli_print("%s: %s parameters, context %zu bytes. Ctrl-C stops an answer, Ctrl-D leaves.\n",
              c->args->words[0], cli_amount_count(amount, (double)c->info.params), c->info.context);
    int code = -1;
    while (code < 0) {
        const line_event event = cli_line_edit(e, &prompt);
        if (event == LINE_END) code = cli_interrupted() ? axl_status_exit_code(AXL_INTERRUPTED) : 0;
        if (event == LINE_DONE) {
            e->line.bytes[e->line.size] = '\0';
            code = turn(c, e->line.bytes, e->line.size);
        }
        line_edit_begin(e, event == LINE_DONE);
    }
    line_edit_free(e);
    free(e);
    return code;
}

static int listen(chat *c) {
    line_source source = {.size = 0};
    int code = -1;
    while (code < 0 && cli_line_next(&source)) code = turn(c, source.line, source.length);
    free(source.line);
    if (code >= 0) return code;
    return cli_interrupted() ? axl_status_exit_code(AXL_INTERRUPTED) : 0;
}

// The next question begins where this answer ends; blanks at the end of the form do not count, as
// the model may leave them out.
static void stop_at_user(chat *c) {
    const int length = snprintf(c->stop, sizeof c->stop, "%s%s", c->form.end, c->form.user);
    size_t size = (size_t)length < sizeof c->stop ? (size_t)length : sizeof c->stop - 1;
    while (size > 0 && c->stop[size - 1] == ' ') size--;
    if (c->form.user[0] == '\0' || size == 0) return;
    c->stops[c->options.stop_count++] = (axl_stop){c->stop, size};
}

int cmd_chat(const arguments *args) {
    chat c = {.args = args};
    c.view.terminal = cli_terminal_stdout();
    c.view.trim = true;
    c.interactive = c.view.terminal && cli_terminal_stdin();
    int code = cli_generation_open(&c.s, args, &c.engine);
    if (code == 0) {
        axl_engine_describe(c.engine, &c.info);
        axl_engine_chat_form(c.engine, &c.form);
        cli_generation_options(&c.options, c.stops, c.engine, args);
        stop_at_user(&c);
        axl_error err;
        const axl_status status = axl_session_create(&c.session, c.engine, &err);
        if (status != AXL_OK) code = cli_failed(c.s.path, status, &err);
        if (code == 0) code = !begin(&c) ? 1 : c.interactive ? talk(&c) : listen(&c);
    }
    axl_session_free(c.session);
    axl_engine_close(c.engine);
    free(c.said.text);
    return code;
}
