#include "cli/cli_generation.h"

#include "cli/cli_output.h"
#include "cli/cli_utf8.h"

#include <string.h>

int cli_generation_open(setup *s, const arguments *args, axl_engine **out) {
    *out = NULL;
    const int code = cli_setup_begin(s, args);
    if (code) return code;
    if (args->word_count != 1) {
        cli_complain("%s: %s; try 'axl help %s'", s->path,
                     args->word_count ? "one model directory, and nothing else"
                                      : "a model directory is needed",
                     args->command->name);
        return 2;
    }
    axl_error err;
    const axl_engine_options options = {.level = s->level, .threads = args->threads};
    const axl_status status = axl_engine_open(out, args->words[0], &options, &err);
    return status == AXL_OK ? 0 : cli_failed(s->path, status, &err);
}

static void take(double *to, const given_real *from) {
    if (from->said) *to = from->value;
}

void cli_generation_options(axl_generate_options *o, axl_stop *stops, const axl_engine *e,
                            const arguments *args) {
    const generate_arguments *g = &args->generate;
    axl_generate_defaults(e, o);
    take(&o->temperature, &g->temperature);
    take(&o->top_p, &g->top_p);
    take(&o->min_p, &g->min_p);
    take(&o->repeat_penalty, &g->repeat_penalty);
    take(&o->presence_penalty, &g->presence_penalty);
    take(&o->frequency_penalty, &g->frequency_penalty);
    if (g->top_k.said) o->top_k = (size_t)g->top_k.value;
    if (g->repeat_last.said) o->repeat_last = (size_t)g->repeat_last.value;
    if (g->max_bytes.said) o->max_bytes = g->max_bytes.value;
    if (g->seed.said) o->seed = g->seed.value;
    o->max_seconds = g->max_seconds;
    o->no_draft = g->no_draft;
    o->ignore_end = g->ignore_end;
    for (size_t i = 0; i < g->stop.count; i++)
        stops[i] = (axl_stop){g->stop.item[i], strlen(g->stop.item[i])};
    o->stop = stops;
    o->stop_count = g->stop.count;
}

bool cli_text_show(text_view *v, const void *bytes, size_t size) {
    const char *s = bytes;
    if (v->trim && v->last == 0)
        for (; size > 0 && (*s == ' ' || *s == '\n'); s++) size--;
    if (size == 0) return true;
    v->last = s[size - 1];
    if (!v->terminal) return cli_write(s, size);
    for (size_t at = 0, used; at < size; at += used) {
        char safe[4];
        const size_t length = cli_utf8_safe(s + at, size - at, safe, &used);
        cli_print("%.*s", (int)length, safe);
    }
    return cli_write("", 0);
}

void cli_generation_stats(const char *path, const axl_generate_result *r) {
    cli_complain("%s: prompt %llu bytes, %llu read in %.3f s (%.0f bytes/s)", path,
                 (unsigned long long)r->prompt_bytes, (unsigned long long)r->read_bytes,
                 r->read_seconds,
                 r->read_seconds > 0 ? (double)r->read_bytes / r->read_seconds : 0);
    cli_complain("%s: %zu bytes in %.3f s (%.0f bytes/s), %llu passes, %llu of %llu guesses right",
                 path, r->bytes, r->seconds, r->bytes_per_s, (unsigned long long)r->passes,
                 (unsigned long long)r->used, (unsigned long long)r->drafted);
    cli_complain("%s: seed %llu, ended by %s", path, (unsigned long long)r->seed,
                 r->end ? axl_generate_end_name(r->end) : "an interruption");
}
