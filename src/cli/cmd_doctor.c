// axl doctor: what each client would find at a server.
#include "cli/cli_json.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"
#include "cli/serve_keys.h"

#include <axl/serve.h>

#include <string.h>

#define STANDARD_URL "http://127.0.0.1:8880"

static void print_json(const axl_doctor_result *r) {
    json j = {0};
    json_open(&j, NULL);
    json_text(&j, "url", r->url);
    json_text(&j, "model", r->model);
    json_size(&j, "failed", r->failed);
    json_open_list(&j, "checks");
    for (size_t i = 0; i < r->check_count; i++) {
        const axl_doctor_check *c = &r->checks[i];
        json_flat_object(&j, NULL);
        json_text(&j, "client", c->client);
        json_text(&j, "what", c->what);
        json_text(&j, "path", c->path);
        json_bool(&j, "ok", c->ok);
        json_bool(&j, "needless", c->needless);
        json_size(&j, "status", (uint64_t)c->status);
        json_number(&j, "seconds", c->seconds);
        json_text(&j, "found", c->found);
        json_text(&j, "advice", c->advice);
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
}

// What a server says is shown as cli_complain does: nothing in it can command a terminal.
static void print_clean(const char *text) {
    for (; *text; text++)
        cli_print("%c", (unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text);
}

static void print_check(const axl_doctor_check *c) {
    cli_print("  %-4s  %s", c->ok ? "ok" : c->needless ? "--" : "FAIL", c->what);
    if (c->ok) {
        cli_print(" (%.0f ms)\n", 1e3 * c->seconds);
        return;
    }
    cli_print(": ");
    print_clean(c->found);
    cli_print("\n        %s%s\n", c->needless ? "it can do without: " : "", c->advice);
}

// A client is named by the first of its checks, and again where others stood between.
static void print_checks(const axl_doctor_result *r) {
    const char *client = "";
    for (size_t i = 0; i < r->check_count; i++) {
        const axl_doctor_check *c = &r->checks[i];
        if (strcmp(client, c->client) != 0) cli_print_bold("%s\n", c->client);
        client = c->client;
        print_check(c);
    }
}

static void print_table(const axl_doctor_result *r) {
    cli_print("%s, model ", r->url);
    print_clean(r->model);
    cli_print("\n\n");
    print_checks(r);
    if (r->failed == 0)
        cli_print_bold("\nEverything that these clients need works.\n");
    else
        cli_print_bold("\n%zu of %zu requests fail.\n", r->failed, r->check_count);
}

static int examine(setup *s, const arguments *args, const char *key) {
    const axl_doctor_options options = {.key = key,
                                        .model = args->serve.model,
                                        .seconds = (double)args->seconds,
                                        .progress = cli_progress_step,
                                        .progress_ctx = &s->progress};
    axl_error err;
    axl_doctor_result *result;
    const char *url = args->word_count ? args->words[0] : STANDARD_URL;
    const axl_status status = axl_doctor(&result, url, &options, &err);
    int code = cli_setup_end(s, status, &err);
    if (code == 0) {
        (args->json ? print_json : print_table)(result);
        if (result->failed > 0) code = 1;
    }
    axl_doctor_free(result);
    return code;
}

int cmd_doctor(const arguments *args) {
    setup s;
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    if (args->word_count > 1) {
        cli_complain("%s: one URL, and nothing else; try 'axl help doctor'", s.path);
        return 2;
    }
    static serve_keys keys;
    code = serve_keys_read(&keys, s.path, args);
    return code ? code : examine(&s, args, keys.count > 0 ? keys.list[0] : NULL);
}
