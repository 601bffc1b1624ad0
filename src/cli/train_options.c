#include "cli/train_options.h"

#include "cli/cli_output.h"

#include <stdio.h>

#define DASHBOARD_PORT 8881 // beside axl serve's 8880

// An option of its own as a setting, behind the ones that --set gives.
static void add(train_options *o, const char *name, const char *value) {
    char *text = o->text[o->texts++];
    snprintf(text, sizeof o->text[0], "%s=%.40s", name, value);
    o->set[o->options.set_count++] = text;
}

static void add_count(train_options *o, const char *name, size_t value) {
    char text[24];
    if (value == 0) return;
    snprintf(text, sizeof text, "%zu", value);
    add(o, name, text);
}

static void add_real(train_options *o, const char *name, double value) {
    char text[40];
    if (!(value > 0)) return;
    snprintf(text, sizeof text, "%.17g", value);
    add(o, name, text);
}

static void gather_settings(train_options *o, const arguments *args) {
    for (size_t i = 0; i < args->set.count; i++) o->set[o->options.set_count++] = args->set.item[i];
    add_real(o, "minutes", args->minutes);
    add_count(o, "steps", args->steps);
    add_count(o, "bytes", args->bytes);
    add_count(o, "seed", args->seed);
    if (args->optimizer) add(o, "optimizer", args->optimizer);
    if (args->dtype) add(o, "dtype", args->dtype);
}

// --data and the words behind it.
static bool gather_paths(train_options *o, const char *path, const arguments *args) {
    const text_list *list = &args->data_list;
    const size_t count = list->count + args->word_count;
    if (count > TRAIN_PATHS_MAX) {
        cli_complain("%s: %zu paths are too many: name folders or patterns", path, count);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        o->data[i] = i < list->count ? list->item[i] : args->words[i - list->count];
    o->options.data_count = count;
    return true;
}

// 0: no page.
static unsigned dashboard_port(const given_count *given) {
    if (!given->said) return 0;
    return given->value > 0 ? (unsigned)given->value : DASHBOARD_PORT;
}

bool train_options_gather(train_options *o, const setup *s, const arguments *args) {
    o->texts = 0;
    o->options = (axl_train_options){.out = args->out,
                                     .data = o->data,
                                     .val = args->val.item,
                                     .val_count = args->val.count,
                                     .preset = args->preset,
                                     .base = args->base,
                                     .config = args->config,
                                     .set = o->set,
                                     .resume = args->resume,
                                     .quick = args->quick,
                                     .prompt = args->prompt,
                                     .fields = args->field,
                                     .max_ram = args->max_ram,
                                     .level = s->level,
                                     .threads = args->threads,
                                     .dashboard = dashboard_port(&args->dashboard)};
    gather_settings(o, args);
    return gather_paths(o, s->path, args);
}
