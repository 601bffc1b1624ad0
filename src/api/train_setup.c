#include "api/train_setup.h"

#include "api/train_auto.h"
#include "api/train_base.h"
#include "api/train_guard.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "data/path_weights.h"
#include "formats/yaml_map.h"
#include "model/presets.h"
#include "os/file.h"

#include <stdio.h>
#include <string.h>

// ---- lists of texts ----

static axl_status keep(char **out, const char *text, axl_error *err) {
    const size_t bytes = strlen(text) + 1;
    mem_free(*out);
    *out = mem_alloc(bytes);
    if (!*out) return error_no_memory(err, "settings", bytes);
    memcpy(*out, text, bytes);
    return AXL_OK;
}

static axl_status add_text(text_store *t, const char *text, axl_error *err) {
    if (t->count == t->room) {
        const size_t room = t->room ? 2 * t->room : 8;
        char **more = mem_resize_array(t->text, room, sizeof *more);
        if (!more) return error_no_memory(err, "settings", room * sizeof *more);
        t->text = more;
        t->room = room;
    }
    t->text[t->count] = NULL;
    FORWARD(keep(&t->text[t->count], text, err));
    t->count++;
    return AXL_OK;
}

static void free_texts(text_store *t) {
    for (size_t i = 0; i < t->count; i++) mem_free(t->text[i]);
    mem_free(t->text);
    *t = (text_store){0};
}

// ---- settings by name ----

static axl_status unknown(const char *name, axl_error *err) {
    const char *names[CONFIG_FIELDS + 64];
    size_t count = 0;
    for (; count < CONFIG_FIELDS; count++) names[count] = config_fields[count].name;
    for (size_t i = 0; i < train_setting_count && count < sizeof names / sizeof *names; i++)
        names[count++] = train_setting_list[i].name;
    const size_t near = string_nearest(name, names, count);
    RETURN_IF(near != SIZE_MAX, err, AXL_BAD_ARGUMENT, "no setting '%s'; did you mean '%s'?", name,
              names[near]);
    return error_set(err, AXL_BAD_ARGUMENT, "no setting '%s'", name);
}

// A field of the model or a setting of the run.
static axl_status set(train_setup *s, const char *name, const char *text, axl_error *err) {
    const config_field *field = config_field_find(name);
    if (field) return config_set_text(&s->config, field, text, err);
    const setting *f = train_setting_find(name, NULL);
    return f ? train_setting_set(&s->settings, f, text, err) : unknown(name, err);
}

static axl_status set_pair(train_setup *s, const char *pair, axl_error *err) {
    char name[64];
    const char *value = string_pair(pair, name, sizeof name);
    RETURN_IF(!value, err, AXL_BAD_ARGUMENT, "'%s' is no NAME=VALUE", pair);
    return set(s, name, value, err);
}

// ---- preset ----

// Text beside pairs is so much of what is learnt, unless weights are given.
#define MIXED_SHARE 0.3

// The weight of text beside pairs of weight 1: all of its bytes are learnt, of the pairs the
// answers.
static double text_weight(const train_recipe *r) {
    return MIXED_SHARE / (1 - MIXED_SHARE) * r->learnt;
}

// The data with the file of pairs in place of the folder number `at`.
static axl_status mix(train_setup *s, const path_weights *given, size_t at, axl_error *err) {
    buf text = {0};
    axl_status status = AXL_OK;
    for (size_t i = 0; i < given->count && status == AXL_OK; i++) {
        double share = given->weight[i];
        if (!given->weighted && i != at)
            share = text_weight(&s->recipe) / (double)(given->count - 1);
        buf_clear(&text);
        buf_text(&text, i == at ? s->recipe.train : given->path[i]);
        if (given->count > 1) buf_format(&text, ":%g", share);
        status = buf_ok(&text) ? add_text(&s->mixed, buf_string(&text), err)
                               : error_no_memory(err, "a path", text.size);
    }
    buf_free(&text);
    return status;
}

// One of the data may be a folder with the pairs of the preset's task; the others are text to mix
// in. What is said of its settings later goes before what the recipe says.
static axl_status use_recipe(train_setup *s, const model_preset *p, axl_error *err) {
    path_weights given;
    size_t at = 0;
    if (s->options->data_count == 0) return AXL_OK;
    axl_status status = path_weights_parse(&given, s->options->data, s->options->data_count, err);
    for (; status == AXL_OK && at < given.count; at++) {
        status = train_recipe_find(&s->recipe, p, given.path[at], err);
        if (s->recipe.train) break;
    }
    if (status == AXL_OK && s->recipe.train) status = mix(s, &given, at, err);
    path_weights_free(&given);
    FORWARD(status);
    if (!s->recipe.train) return AXL_OK;
    s->config.max_seq_len = s->recipe.context;
    s->settings.answers_only = 1;
    s->settings.grow = 0; // short sequences hold few pairs whole
    return AXL_OK;
}

static axl_status use_preset(train_setup *s, const char *name, axl_error *err) {
    const char *near;
    train_recipe_free(&s->recipe);
    free_texts(&s->mixed);
    s->automatic = strcmp(name, "auto") == 0;
    if (s->automatic) {
        snprintf(s->preset, sizeof s->preset, "%s", name);
        s->config = config_defaults();
        s->config.rope_theta = SIZING_ROPE_THETA;
        s->config.max_seq_len = SIZING_CONTEXT;
        s->settings.batch = SIZING_BATCH;
        s->settings.grow = 0; // what copies must see the whole context from the beginning
        s->settings.optimizer = (double)optimizer_by_name(SIZING_OPTIMIZER);
        return AXL_OK;
    }
    const model_preset *p = presets_find(name, &near);
    RETURN_IF(!p && near, err, AXL_NOT_FOUND, "no preset '%s'; did you mean '%s'?", name, near);
    RETURN_IF(!p, err, AXL_NOT_FOUND, "no preset '%s'; see axl models", name);
    snprintf(s->preset, sizeof s->preset, "%s", p->name);
    s->config = presets_config(p);
    s->settings.optimizer = (double)optimizer_by_name(p->optimizer);
    FORWARD(use_recipe(s, p, err));
    return s->base_path ? train_base_use(s, err) : AXL_OK;
}

// That of the options goes before that of the file.
static axl_status use_base(train_setup *s, const char *path, axl_error *err) {
    if (s->base_path) return AXL_OK;
    FORWARD(keep(&s->base_path, path, err));
    return train_base_use(s, err);
}

// ---- the file ----

// Names: preset, base, data, val, prompt; fields below model:, settings below train:, or either
// alone.
static axl_status take(void *ctx, const yaml_value *v, axl_error *err) {
    train_setup *s = ctx;
    const char *name = v->name;
    if (strcmp(name, "preset") == 0) {
        s->named = true;
        return s->options->preset ? AXL_OK : use_preset(s, v->text, err);
    }
    if (strcmp(name, "base") == 0) return use_base(s, v->text, err);
    if (strcmp(name, "data") == 0) return add_text(&s->data, v->text, err);
    if (strcmp(name, "val") == 0) return add_text(&s->val, v->text, err);
    if (strcmp(name, "prompt") == 0) return keep(&s->prompt, v->text, err);
    if (strncmp(name, "model.", 6) == 0)
        name += 6;
    else if (strncmp(name, "train.", 6) == 0)
        name += 6;
    return set(s, name, v->text, err);
}

static axl_status read_file(train_setup *s, axl_error *err) {
    void *text;
    size_t bytes;
    const char *path = s->options->config;
    FORWARD(os_file_read(path, YAML_MAP_BYTES, &text, &bytes, err));
    const axl_status status = yaml_map_read(&(yaml_source){path, text, bytes}, take, s, err);
    mem_free(text);
    return status;
}

// ---- data ----

static void left_out(void *ctx, const char *path, uint64_t line, corpus_reason reason) {
    train_setup *s = ctx;
    const axl_train_events *e = &s->options->events;
    if (reason == CORPUS_HELD_OUT && line == 0 && s->copies++ == 0) {
        const size_t bytes = strlen(path), most = sizeof s->copy - 1;
        string_copy(s->copy, sizeof s->copy, bytes > most ? path + bytes - most : path);
    }
    if (e->left_out) e->left_out(e->ctx, path, line, corpus_reason_text(reason));
}

// The folder that path lies in, into out, which is as long as path and 2.
static void folder_of(char *out, const char *path) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    while (length > 0 && path[length - 1] != '/') length--;
    memcpy(out, path, length);
    out[length] = '\0';
    if (length == 0) memcpy(out, ".", 2);
}

const char *const *train_setup_data(const train_setup *s, size_t *count) {
    const axl_train_options *o = s->options;
    if (s->recipe.train) {
        *count = s->mixed.count;
        return (const char *const *)s->mixed.text;
    }
    *count = o->data_count > 0 ? o->data_count : s->data.count;
    return o->data_count > 0 ? o->data : (const char *const *)s->data.text;
}

// Asked while the text is read.
static bool asked_to_stop(void *ctx) {
    const axl_train_events *e = &((const train_setup *)ctx)->options->events;
    return e->stop && e->stop(e->ctx) != 0;
}

static axl_status build_corpus(train_setup *s, axl_error *err) {
    const axl_train_options *o = s->options;
    corpus_spec spec = {.held = o->val,
                        .held_paths = o->val_count,
                        .held_fraction = s->settings.val_fraction,
                        .seed = (uint64_t)s->settings.seed,
                        .audit_most = TRAIN_AUDIT_MOST,
                        .fields = o->fields,
                        .answers_only = s->settings.answers_only > 0,
                        .listener = left_out,
                        .listener_ctx = s,
                        .stop = asked_to_stop,
                        .stop_ctx = s};
    spec.path = train_setup_data(s, &spec.paths);
    if (spec.held_paths == 0 && s->recipe.held) {
        spec.held = (const char *const *)&s->recipe.held;
        spec.held_paths = 1;
    }
    if (spec.held_paths == 0 && s->val.count > 0) {
        spec.held = (const char *const *)s->val.text;
        spec.held_paths = s->val.count;
    }
    RETURN_IF(spec.paths == 0, err, AXL_BAD_ARGUMENT, "no data: name files or folders of text");
    char *folder = mem_alloc(strlen(o->out) + 2);
    if (!folder) return error_no_memory(err, "a path", strlen(o->out) + 2);
    folder_of(folder, o->out);
    spec.folder = folder;
    const axl_status status = corpus_build(&s->corpus, &spec, err);
    mem_free(folder);
    return status;
}

axl_status train_setup_open(train_setup *s, const axl_train_options *options, axl_error *err) {
    return train_setup_open_trial(s, options, 0, err);
}

axl_status train_setup_open_trial(train_setup *s, const axl_train_options *options, size_t steps,
                                  axl_error *err) {
    memset(s, 0, sizeof *s);
    s->options = options;
    s->settings = train_settings_defaults();
    RETURN_IF(!options->out, err, AXL_BAD_ARGUMENT, "no folder to write to is given");
    if (options->base) FORWARD(keep(&s->base_path, options->base, err));
    FORWARD(use_preset(s, options->preset ? options->preset : "micro-lion", err));
    s->named = options->preset != NULL;
    if (options->config) FORWARD(read_file(s, err));
    RETURN_IF(s->automatic && s->base_path, err, AXL_BAD_ARGUMENT,
              "preset auto chooses a shape, and the base %s has one", s->base_path);
    if (s->base_path && !s->named) string_copy(s->preset, sizeof s->preset, "base");
    for (size_t i = 0; i < options->set_count; i++) FORWARD(set_pair(s, options->set[i], err));
    train_settings *t = &s->settings;
    if (t->steps == 0 && t->bytes == 0 && t->minutes == 0 && !s->automatic)
        t->steps = (double)steps;
    if (t->steps == 0 && t->bytes == 0 && t->minutes == 0) t->minutes = s->recipe.minutes;
    FORWARD(s->automatic ? train_auto_check(s, err) : config_check(&s->config, err));
    if (s->base_path) FORWARD(train_base_settle(s, err));
    FORWARD(train_settings_check(&s->settings, &s->config, err));
    FORWARD(machine_open(&s->machine, options->level, options->threads, err));
    FORWARD(build_corpus(s, err));
    FORWARD(train_guard_overlap(s, err));
    return s->automatic ? train_auto_choose(s, err) : AXL_OK;
}

void train_setup_close(train_setup *s) {
    corpus_free(s->corpus);
    machine_close(&s->machine);
    free_texts(&s->data);
    free_texts(&s->val);
    free_texts(&s->mixed);
    mem_free(s->prompt);
    mem_free(s->base_path);
    train_recipe_free(&s->recipe);
}

void train_setup_name(char *out, size_t room, const char *folder) {
    size_t end = strlen(folder);
    while (end > 0 && folder[end - 1] == '/') end--;
    size_t start = end;
    while (start > 0 && folder[start - 1] != '/') start--;
    string_format(out, room, NULL, "%.*s", (int)(end - start), folder + start);
    if (out[0] == '\0' || strcmp(out, ".") == 0 || strcmp(out, "..") == 0)
        string_copy(out, room, "model");
}
