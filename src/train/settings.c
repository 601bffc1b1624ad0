#include "train/settings.h"

#include "base/error.h"
#include "base/strings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(train_settings, field)
#define NUMBER SETTING_NUMBER
#define WHOLE SETTING_WHOLE
#define CHOICE SETTING_CHOICE
#define MANY 9007199254740992.0 // 2^53: up to here every whole number is a double

const setting train_setting_list[] = {
    {"steps", WHOLE, AT(steps), 0, MANY, 0, NULL, true, "steps of the run"},
    {"bytes", WHOLE, AT(bytes), 0, MANY, 0, NULL, true, "bytes of text that the run sees"},
    {"minutes", NUMBER, AT(minutes), 0, 1e7, 0, NULL, true, "minutes of the run, all included"},
    {"batch", WHOLE, AT(batch), 1, 65536, 4, NULL, true, "sequences of a step"},
    {"length", WHOLE, AT(length), 0, 1048576, 0, NULL, true,
     "bytes of a sequence; 0: the model's context"},
    {"grow", NUMBER, AT(grow), 0, 1, 0.8, NULL, true,
     "share of the run in which sequences grow, from a sixteenth of that at least; 0: none"},
    {"dtype", CHOICE, AT(dtype), 0, 2, 0, "f32|bf16", true, "type of the products"},
    {"recompute", WHOLE, AT(recompute), 0, 1, 0, NULL, false,
     "1: keep less memory and compute each block twice"},
    {"seed", WHOLE, AT(seed), 0, MANY, 1, NULL, true, "of everything that is random"},
    {"optimizer", CHOICE, AT(optimizer), 0, OPTIMIZER_RULES, OPTIMIZER_LION, "lion|sgd|adamw", true,
     "the rule of the update"},
    {"rate", NUMBER, AT(rate), 0, 100, 0, NULL, true,
     "largest learning rate; 0: what suits optimizer and width"},
    {"embed_rate", NUMBER, AT(embed_rate), 0.001, 1000, 3, NULL, true,
     "factor on it for the embedding, of which a step touches little"},
    {"beta1", NUMBER, AT(beta1), -1, 0.999999, -1, NULL, true,
     "momentum; below 0: what suits the optimizer"},
    {"beta2", NUMBER, AT(beta2), 0, 0.9999999, 0.99, NULL, true,
     "second average of lion and adamw"},
    {"decay", NUMBER, AT(decay), 0, 1000, 0.1, NULL, true, "decoupled weight decay of matrices"},
    {"clip", NUMBER, AT(clip), 0, 1e30, 1, NULL, true, "largest norm of the gradient; 0: any"},
    {"schedule", CHOICE, AT(schedule), 0, SCHEDULE_KINDS, SCHEDULE_LINEAR,
     "linear|cosine|trapezoid|constant", true, "how the rate falls"},
    {"warmup", NUMBER, AT(warmup), 0, 1, 0.15, NULL, true,
     "share of the run in which the rate rises"},
    {"cooldown", NUMBER, AT(cooldown), 0, 1, 0.5, NULL, true,
     "trapezoid: share of the run in which it falls"},
    {"rate_floor", NUMBER, AT(rate_floor), 0, 1, 0, NULL, true, "share of the rate at the end"},
    {"val_fraction", NUMBER, AT(val_fraction), 0, 0.9, 0.05, NULL, true,
     "share of the text held out where no --val is given"},
    {"fim_rate", NUMBER, AT(fim_rate), 0, 1, 0, NULL, true,
     "share of samples with a hole to fill; models of 264 symbols"},
    {"answers_only", WHOLE, AT(answers_only), 0, 1, 0, NULL, true,
     "1: of JSONL lines with prompt and completion only the completion is learnt"},
    {"log_every", WHOLE, AT(log_every), 1, MANY, 10, NULL, false, "steps between rows of the log"},
    {"eval_every", NUMBER, AT(eval_every), 0, 1e9, 30, NULL, false,
     "seconds between looks at held-out text; 0: at the end only"},
    {"eval_bytes", WHOLE, AT(eval_bytes), 0, MANY, 32768, NULL, false,
     "held-out bytes of such a look; 0: all"},
    {"sample_every", NUMBER, AT(sample_every), 0, 1e9, 0, NULL, false,
     "seconds between completions of the prompt; 0: at the end only"},
    {"checkpoint_every", NUMBER, AT(checkpoint_every), 0, 1e9, 60, NULL, false,
     "seconds between checkpoints; 0: at the end only"},
    {"keep_last", WHOLE, AT(keep_last), 1, 1000, 2, NULL, false, "checkpoints that are kept"},
    {"overfit_batch", WHOLE, AT(overfit_batch), 0, 1, 0, NULL, true,
     "1: the first batch again and again, to see that a model can learn"},
};
const size_t train_setting_count = sizeof train_setting_list / sizeof *train_setting_list;

const setting *train_setting_find(const char *name, const char **near) {
    const char *names[sizeof train_setting_list / sizeof *train_setting_list];
    for (size_t i = 0; i < train_setting_count; i++) {
        names[i] = train_setting_list[i].name;
        if (strcmp(names[i], name) == 0) return &train_setting_list[i];
    }
    const size_t best = string_nearest(name, names, train_setting_count);
    if (near) *near = best == SIZE_MAX ? NULL : names[best];
    return NULL;
}

static void store(train_settings *s, const setting *f, double value) {
    memcpy((char *)s + f->offset, &value, sizeof value);
}

double train_setting_get(const train_settings *s, const setting *f) {
    double value;
    memcpy(&value, (const char *)s + f->offset, sizeof value);
    return value;
}

train_settings train_settings_defaults(void) {
    train_settings s;
    memset(&s, 0, sizeof s);
    for (size_t i = 0; i < train_setting_count; i++)
        store(&s, &train_setting_list[i], train_setting_list[i].standard);
    return s;
}

// The word number `index` of "a|b|c"; its length, or 0.
static size_t word_of(const char *words, size_t index, const char **out) {
    for (; index > 0 && words; index--) {
        words = strchr(words, '|');
        if (words) words++;
    }
    if (!words) return 0;
    *out = words;
    return strcspn(words, "|");
}

static axl_status set_choice(train_settings *s, const setting *f, const char *text,
                             axl_error *err) {
    const char *word;
    for (size_t i = 0, length; (length = word_of(f->words, i, &word)) > 0; i++)
        if (strlen(text) == length && memcmp(text, word, length) == 0) {
            store(s, f, (double)i);
            return AXL_OK;
        }
    return error_set(err, AXL_BAD_ARGUMENT, "%s is '%s', must be one of %s", f->name, text,
                     f->words);
}

axl_status train_setting_set(train_settings *s, const setting *f, const char *text,
                             axl_error *err) {
    if (f->kind == SETTING_CHOICE) return set_choice(s, f, text, err);
    char *end;
    const double value = strtod(text, &end);
    const bool number = end != text && *end == '\0';
    const bool whole = f->kind != SETTING_WHOLE || value == floor(value);
    RETURN_IF(!number || !whole || !(value >= f->min && value <= f->max), err, AXL_BAD_ARGUMENT,
              "%s is '%s', must be %s from %.10g to %.10g", f->name, text,
              f->kind == SETTING_WHOLE ? "a whole number" : "a number", f->min, f->max);
    store(s, f, value);
    return AXL_OK;
}

const char *train_setting_text(const train_settings *s, const setting *f, char out[SETTING_TEXT]) {
    const double value = train_setting_get(s, f);
    const char *word = "";
    if (f->kind == SETTING_CHOICE) {
        const int length = (int)word_of(f->words, (size_t)value, &word);
        snprintf(out, SETTING_TEXT, "%.*s", length, word);
    } else {
        snprintf(out, SETTING_TEXT, "%.17g", value);
        char shorter[SETTING_TEXT]; // the shortest that reads back as the same number
        for (int digits = 1; digits < 17; digits++) {
            snprintf(shorter, sizeof shorter, "%.*g", digits, value);
            if (strtod(shorter, NULL) != value) continue;
            memcpy(out, shorter, sizeof shorter);
            break;
        }
    }
    return out;
}

axl_status train_settings_check(const train_settings *s, const model_config *c, axl_error *err) {
    RETURN_IF(!(s->steps > 0 || s->bytes > 0 || s->minutes > 0), err, AXL_BAD_ARGUMENT,
              "how long? give minutes, steps or bytes");
    RETURN_IF(s->fim_rate > 0 && c->vocab_size < 264, err, AXL_BAD_ARGUMENT,
              "fim_rate is %g, and the model has %zu symbols: set vocab_size to 264", s->fim_rate,
              c->vocab_size);
    const optimizer_config o = train_settings_optimizer(s);
    FORWARD(optimizer_check(&o, err));
    const schedule rate = train_settings_schedule(s);
    return schedule_check(&rate, err);
}

// Small steps of text want little momentum of AdamW, docs/training.md has the sweep; Lion's is the
// published one.
static double standard_beta1(const train_settings *s) {
    static const double standard[OPTIMIZER_RULES] = {
        [OPTIMIZER_LION] = 0.9, [OPTIMIZER_SGD] = 0, [OPTIMIZER_ADAMW] = 0.6};
    return standard[(optimizer_rule)s->optimizer];
}

optimizer_config train_settings_optimizer(const train_settings *s) {
    return (optimizer_config){.rule = (optimizer_rule)s->optimizer,
                              .beta1 = s->beta1 < 0 ? standard_beta1(s) : s->beta1,
                              .beta2 = s->beta2,
                              .eps = 1e-8,
                              .decay = s->decay,
                              .clip = s->clip};
}

schedule train_settings_schedule(const train_settings *s) {
    return (schedule){.kind = (schedule_kind)s->schedule,
                      .warmup = s->warmup,
                      .cool = s->cooldown,
                      .floor = s->rate_floor};
}

size_t train_settings_length(const train_settings *s, const model_config *c) {
    return s->length > 0 ? (size_t)s->length : c->max_seq_len;
}
