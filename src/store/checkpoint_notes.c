#include "store/checkpoint_notes.h"

#include "base/alloc.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/strings.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define SUM_NAME "axl_notes_crc32c"
#define SETTING_PREFIX "setting."

typedef enum field_type {
    FIELD_WHOLE, // decimal
    FIELD_CRC,   // eight hexadecimal digits
    FIELD_RULE,  // the name of an optimizer
    FIELD_REAL,  // not negative, hexadecimal: "0x3p-1"
} field_type;

typedef struct field {
    const char *name;
    field_type type;
    size_t offset; // in checkpoint_record, of a double for reals and a uint64_t otherwise
} field;

#define AT(member) offsetof(checkpoint_record, member)
static const field fields[CHECKPOINT_FIELDS] = {
    {"axl_checkpoint", FIELD_WHOLE, AT(format)},
    {"axl_serial", FIELD_WHOLE, AT(serial)},
    {"axl_optimizer", FIELD_RULE, AT(rule)},
    {"axl_moments", FIELD_WHOLE, AT(moments)},
    {"axl_config_crc32c", FIELD_CRC, AT(config_crc)},
    {"axl_model_crc32c", FIELD_CRC, AT(model_crc)},
    {"axl_best", FIELD_WHOLE, AT(best)},
    {"axl_step", FIELD_WHOLE, AT(progress.step)},
    {"axl_updates", FIELD_WHOLE, AT(progress.updates)},
    {"axl_bytes", FIELD_WHOLE, AT(progress.bytes)},
    {"axl_cursor", FIELD_WHOLE, AT(progress.cursor)},
    {"axl_seed", FIELD_WHOLE, AT(progress.seed)},
    {"axl_skipped", FIELD_WHOLE, AT(progress.skipped)},
    {"axl_bad", FIELD_WHOLE, AT(progress.bad)},
    {"axl_back", FIELD_WHOLE, AT(progress.back)},
    {"axl_pending", FIELD_WHOLE, AT(progress.pending)},
    {"axl_seconds", FIELD_REAL, AT(progress.seconds)},
    {"axl_rate_scale", FIELD_REAL, AT(progress.rate_scale)},
    {"axl_best_bpb", FIELD_REAL, AT(progress.best_bpb)},
    {"axl_bits", FIELD_REAL, AT(progress.bits)},
    {"axl_exit_bits", FIELD_REAL, AT(progress.exit_bits)},
};

// A whole number of hexadecimal digits and a power of two: exact, and without the point that a
// locale may change.
static void print_real(char out[CHECKPOINT_TEXT], double x) {
    if (isinf(x)) {
        string_copy(out, CHECKPOINT_TEXT, "inf");
        return;
    }
    int power = 0;
    uint64_t whole = (uint64_t)ldexp(frexp(x, &power), 53);
    power = whole == 0 ? 0 : power - 53;
    for (; whole != 0 && (whole & 15) == 0; whole >>= 4) power += 4;
    string_format(out, CHECKPOINT_TEXT, NULL, "0x%" PRIx64 "p%+d", whole, power);
}

static void print_field(char out[CHECKPOINT_TEXT], const field *f, const checkpoint_record *r) {
    const char *at = (const char *)r + f->offset;
    if (f->type == FIELD_REAL) {
        double x;
        memcpy(&x, at, sizeof x);
        print_real(out, x);
        return;
    }
    uint64_t whole;
    memcpy(&whole, at, sizeof whole);
    if (f->type == FIELD_RULE) {
        string_copy(out, CHECKPOINT_TEXT, optimizer_name((optimizer_rule)whole));
    } else {
        string_format(out, CHECKPOINT_TEXT, NULL, f->type == FIELD_CRC ? "%08" PRIx64 : "%" PRIu64,
                      whole);
    }
}

// Reads any text that could be meant; whether it is exactly ours shows when it is printed again.
static void parse_field(checkpoint_record *out, const field *f, const char *text) {
    char *at = (char *)out + f->offset;
    if (f->type == FIELD_REAL) {
        double x = strtod(text, NULL);
        if (!(x >= 0)) x = 0;
        memcpy(at, &x, sizeof x);
        return;
    }
    uint64_t whole = 0;
    if (f->type == FIELD_RULE) {
        const optimizer_rule rule = optimizer_by_name(text);
        whole = rule == OPTIMIZER_RULES ? 0 : rule;
    } else {
        whole = strtoull(text, NULL, f->type == FIELD_CRC ? 16 : 10);
        if (f->type == FIELD_CRC) whole &= UINT32_MAX;
    }
    memcpy(at, &whole, sizeof whole);
}

static int compare_notes(const void *a, const void *b) {
    const safetensors_note *x = a, *y = b;
    return strcmp(x->name, y->name);
}

// The checksum of the notes, sorted by name, but for its own and those that the writer of the
// format adds: names and texts with their terminators.
static void sum_notes(char out[CHECKPOINT_TEXT], const safetensors_note *list, size_t count) {
    uint32_t crc = 0;
    for (size_t i = 0; i < count; i++) {
        const safetensors_note *n = &list[i];
        if (strcmp(n->name, SUM_NAME) == 0 || strcmp(n->name, SAFETENSORS_HASH) == 0 ||
            strcmp(n->name, "format") == 0)
            continue;
        crc = crc32c(crc, n->name, strlen(n->name) + 1);
        crc = crc32c(crc, n->text, strlen(n->text) + 1);
    }
    string_format(out, CHECKPOINT_TEXT, NULL, "%08" PRIx32, crc);
}

static axl_status check_progress(const checkpoint_progress *p, axl_error *err) {
    const struct {
        const char *name;
        double value;
        bool finite;
    } reals[] = {{"seconds", p->seconds, true},
                 {"rate_scale", p->rate_scale, true},
                 {"best_bpb", p->best_bpb, false},
                 {"bits", p->bits, true},
                 {"exit_bits", p->exit_bits, true}};
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        const double x = reals[i].value;
        RETURN_IF(!(x >= 0) || signbit(x) || (reals[i].finite && isinf(x)), err, AXL_BAD_ARGUMENT,
                  "%s of a checkpoint is %g", reals[i].name, x);
    }
    return AXL_OK;
}

// The names of the settings, one behind the other with their terminators.
static axl_status make_names(checkpoint_notes *out, const checkpoint_record *r, axl_error *err) {
    for (size_t i = 0; i < r->settings; i++) {
        buf_text(&out->names, SETTING_PREFIX);
        buf_text(&out->names, r->setting[i].name);
        buf_byte(&out->names, 0);
    }
    return buf_ok(&out->names) ? AXL_OK : error_no_memory(err, "the settings", out->names.size);
}

axl_status checkpoint_notes_make(checkpoint_notes *out, const checkpoint_record *r,
                                 axl_error *err) {
    *out = (checkpoint_notes){0};
    FORWARD(check_progress(&r->progress, err));
    FORWARD(make_names(out, r, err));
    const size_t count = CHECKPOINT_FIELDS + 1 + r->settings;
    out->list = mem_alloc_array(count, sizeof *out->list);
    if (!out->list) return error_no_memory(err, "the settings", count * sizeof *out->list);
    for (size_t i = 0; i < CHECKPOINT_FIELDS; i++) {
        print_field(out->text[i], &fields[i], r);
        out->list[out->count++] = (safetensors_note){fields[i].name, out->text[i]};
    }
    const char *name = out->names.data;
    for (size_t i = 0; i < r->settings; i++) {
        out->list[out->count++] = (safetensors_note){name, r->setting[i].text};
        name += strlen(name) + 1;
    }
    out->list[out->count++] = (safetensors_note){SUM_NAME, out->sum};
    qsort(out->list, out->count, sizeof *out->list, compare_notes);
    sum_notes(out->sum, out->list, out->count);
    return AXL_OK;
}

void checkpoint_notes_free(checkpoint_notes *n) {
    mem_free(n->list);
    buf_free(&n->names);
    *n = (checkpoint_notes){0};
}

static axl_status read_fields(checkpoint_record *out, const safetensors *s, const char *what,
                              axl_error *err) {
    for (size_t i = 0; i < CHECKPOINT_FIELDS; i++) {
        const char *text = safetensors_note_text(s, fields[i].name);
        RETURN_IF(!text, err, AXL_BAD_FILE, "%s: %s is missing: no checkpoint of this program",
                  what, fields[i].name);
        char again[CHECKPOINT_TEXT];
        parse_field(out, &fields[i], text);
        print_field(again, &fields[i], out);
        RETURN_IF(strcmp(again, text) != 0, err, AXL_BAD_FILE, "%s: %s is %.40s", what,
                  fields[i].name, text);
        // Later versions may change anything behind the first field.
        RETURN_IF(out->format != CHECKPOINT_FORMAT, err, AXL_BAD_FILE,
                  "%s: a checkpoint of format %s, this program reads %d", what, text,
                  CHECKPOINT_FORMAT);
    }
    RETURN_IF(out->moments > CHECKPOINT_MOMENTS, err, AXL_BAD_FILE, "%s: %" PRIu64 " moments", what,
              out->moments);
    RETURN_IF(out->best > 1, err, AXL_BAD_FILE, "%s: axl_best is %" PRIu64, what, out->best);
    if (check_progress(&out->progress, err) == AXL_OK) return AXL_OK;
    return error_context(err, AXL_BAD_FILE, "%s", what);
}

static axl_status check_sum(const safetensors *s, const char *what, axl_error *err) {
    char sum[CHECKPOINT_TEXT];
    const char *stated = safetensors_note_text(s, SUM_NAME);
    RETURN_IF(!stated, err, AXL_BAD_FILE, "%s: " SUM_NAME " is missing", what);
    sum_notes(sum, s->note, s->notes);
    RETURN_IF(strcmp(sum, stated) != 0, err, AXL_BAD_FILE,
              "%s: the notes were damaged (checksum %s, expected %.20s)", what, sum, stated);
    return AXL_OK;
}

axl_status checkpoint_notes_read(checkpoint_record *out, checkpoint_setting **setting,
                                 const safetensors *s, const char *what, axl_error *err) {
    *out = (checkpoint_record){0};
    *setting = NULL;
    FORWARD(read_fields(out, s, what, err));
    FORWARD(check_sum(s, what, err));
    *setting = mem_alloc_array(s->notes, sizeof **setting);
    if (!*setting) return error_no_memory(err, "the settings", s->notes * sizeof **setting);
    for (size_t i = 0; i < s->notes; i++) {
        if (!string_starts(s->note[i].name, SETTING_PREFIX)) continue;
        (*setting)[out->settings++] =
            (checkpoint_setting){s->note[i].name + strlen(SETTING_PREFIX), s->note[i].text};
    }
    out->setting = *setting;
    return AXL_OK;
}

axl_status checkpoint_data_crc(uint64_t *out, const safetensors *s, const char *what,
                               axl_error *err) {
    const char *text = safetensors_note_text(s, SAFETENSORS_HASH);
    RETURN_IF(!text || strlen(text) != 8 || strspn(text, "0123456789abcdef") != 8, err,
              AXL_BAD_FILE, "%s has no checksum " SAFETENSORS_HASH, what);
    *out = strtoull(text, NULL, 16);
    return AXL_OK;
}
