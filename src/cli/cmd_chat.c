// axl chat: questions and answers, in the form that the model was trained for.
#include "cli/cli_amount.h"
#include "cli/cli_generation.h"
#include "cli/cli_interrupt.h"
#include "cli/cli_line_read.h"
#include "cli/cli_output.h"
#include "cli/cli_terminal.h"

#include <string.h>

typedef struct talk {
    const arguments *args;
    setup s;
    axl_engine *engine;
    axl_chat *chat;
    axl_generate_options options;
    axl_stop stops[CLI_LIST_MAX];
    text_view view;
    bool interactive;
} talk;

#define GO_ON (-1) // beside exit codes

// ---- an answer ----

static int on_text(void *ctx, const void *bytes, size_t size) {
    talk *t = ctx;
    return cli_text_show(&t->view, bytes, size) ? 0 : 1;
}

static int on_step(void *ctx, uint64_t unread) {
    (void)ctx;
    (void)unread;
    return cli_interrupted();
}

static int ask(talk *t, const char *line, size_t size) {
    const axl_generate_events events = {on_text, on_step, t};
    const axl_question question = {line, size, &t->options, &events};
    axl_generate_result result;
    axl_error err;
    t->view.last = 0;
    const axl_status status = axl_chat_ask(t->chat, &question, &result, &err);
    if (status != AXL_OK && status != AXL_INTERRUPTED) return cli_failed(t->s.path, status, &err);
    const bool read = t->view.last == '\n' || cli_write("\n", 1);
    if (t->args->generate.stats) cli_generation_stats(t->s.path, &result);
    axl_generate_result_free(&result);
    if (status == AXL_OK && read) return GO_ON;
    if (!cli_interrupted()) return 0; // nobody reads: see cli_output_end
    if (!t->interactive) return cli_failed(t->s.path, status, &err);
    cli_interrupt_again();
    return GO_ON;
}

// One line of the user, terminated: a command or a question.
static int turn(talk *t, const char *line, size_t size) {
    if (size == 0) return GO_ON;
    if (strcmp(line, "/exit") == 0 || strcmp(line, "/quit") == 0) return 0;
    if (strcmp(line, "/clear") == 0) {
        axl_error err;
        const axl_status status = axl_chat_clear(t->chat, &err);
        return status == AXL_OK ? GO_ON : cli_failed(t->s.path, status, &err);
    }
    if (line[0] != '/' || !t->interactive) return ask(t, line, size);
    cli_complain("%s: /clear begins anew, /exit leaves", t->s.path);
    return GO_ON;
}

// ---- lines ----

// Where no more lines come: by Ctrl-D or the end of the input, or by a signal.
static int end(void) {
    return cli_interrupted() ? axl_status_exit_code(AXL_INTERRUPTED) : 0;
}

static int talk_on_terminal(talk *t) {
    static line_edit edit;
    const line_prompt prompt = {cli_terminal_colour() ? "\033[1m> \033[0m" : "> ", 2};
    char amount[CLI_AMOUNT_MAX];
    axl_engine_info info;
    axl_engine_describe(t->engine, &info);
    cli_print("%s: %s parameters, context %zu bytes. Ctrl-C stops an answer, Ctrl-D leaves.\n",
              t->args->words[0], cli_amount_count(amount, (double)info.params), info.context);
    int code = GO_ON;
    while (code == GO_ON) {
        const line_event event = cli_line_edit(&edit, &prompt);
        if (event == LINE_END) code = end();
        if (event == LINE_DONE) {
            edit.line.bytes[edit.line.size] = '\0';
            code = turn(t, edit.line.bytes, edit.line.size);
        }
        line_edit_begin(&edit, event == LINE_DONE);
    }
    return code;
}

static int talk_in_pipe(talk *t) {
    static line_source source;
    int code = GO_ON;
    while (code == GO_ON && cli_line_next(&source)) {
        if (!source.cut) {
            code = turn(t, source.line, source.length);
            continue;
        }
        cli_complain("%s: a line of more than %zu bytes", t->s.path, LINE_SOURCE_MAX);
        code = 2;
    }
    return code == GO_ON ? end() : code;
}

int cmd_chat(const arguments *args) {
    talk t = {.args = args};
    t.view.terminal = cli_terminal_stdout();
    t.view.trim = true;
    t.interactive = t.view.terminal && cli_terminal_stdin();
    int code = cli_generation_open(&t.s, args, &t.engine);
    if (code == 0) {
        axl_error err;
        cli_generation_options(&t.options, t.stops, t.engine, args);
        const axl_status status = axl_chat_create(&t.chat, t.engine, args->generate.system, &err);
        if (status != AXL_OK)
            code = cli_failed(t.s.path, status, &err);
        else
            code = t.interactive ? talk_on_terminal(&t) : talk_in_pipe(&t);
    }
    axl_chat_free(t.chat);
    axl_engine_close(t.engine);
    return code;
}
