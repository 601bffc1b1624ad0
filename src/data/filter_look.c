#include "data/filter_look.h"

#include "base/strings.h"
#include "base/utf8.h"
#include "data/notices.h"
#include "data/quality.h"

#include <string.h>

// A bound of 0 is none.
static bool is_over(uint64_t value, uint64_t bound) {
    return bound > 0 && value > bound;
}

static drop_reason judge_form(const record *r, const filter_rules *rules) {
    if (r->bytes == 0) return DROP_EMPTY;
    const quality q = quality_of(r->text, r->bytes);
    if (q.zero) return DROP_BINARY;
    if (!utf8_valid(r->text, r->bytes)) return DROP_UTF8;
    if (q.lines == q.empty_lines) return DROP_EMPTY;
    if (q.lines < rules->min_lines) return DROP_FEW_LINES;
    if (is_over(q.lines, rules->max_lines)) return DROP_MANY_LINES;
    if (is_over(q.longest, rules->max_line)) return DROP_LONG_LINES;
    // Ends of lines count as bytes of them.
    if (is_over(r->bytes, rules->mean_line * q.lines)) return DROP_MEAN_LINE;
    if ((double)q.letters < rules->min_alnum * (double)r->bytes) return DROP_ALNUM;
    return DROP_REASONS;
}

// Takes the licence header out, text and all; what is before it stays in front.
static void strip(look *l, size_t begin, size_t end) {
    // The text lies in the batch, which nobody else looks at here.
    char *text = (char *)(uintptr_t)l->record.text;
    memmove(text + end - begin, text, begin);
    l->record.text = text + end - begin;
    l->record.bytes -= end - begin;
    l->stripped = end - begin;
}

static drop_reason judge_head(look *l, const filter_rules *rules) {
    size_t begin, end;
    const record *r = &l->record;
    if (rules->generated && notice_generated(r->text, r->bytes)) return DROP_GENERATED;
    l->licence = notice_licence(r->path, r->text, r->bytes, &begin, &end);
    if (!l->licence || rules->licence == FILTER_LICENCE_KEEP) return DROP_REASONS;
    if (rules->licence == FILTER_LICENCE_DROP) return DROP_LICENCE;
    strip(l, begin, end);
    return l->record.bytes > 0 ? DROP_REASONS : DROP_EMPTY;
}

bool may_be_python(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    if (!dot) return true;
    return strcmp(dot, ".py") == 0 || strcmp(dot, ".pyi") == 0 || strcmp(dot, ".pyw") == 0 ||
           string_ends(name, ".py.gz") || string_ends(name, ".jsonl") ||
           string_ends(name, ".jsonl.gz");
}

// What is beyond the parser's limits is no Python that anybody wrote.
static bool is_python(look *l, python_parser *python) {
    bool valid = false;
    const axl_status status = python_valid(python, l->record.text, l->record.bytes, &valid, NULL);
    if (status != AXL_OK && status != AXL_TOO_LARGE) l->failure = status;
    return valid;
}

static void mask(look *l) {
    record *r = &l->record;
    buf_clear(&l->masked);
    if (!secrets_mask(r->text, r->bytes, &l->secrets, &l->masked)) l->failure = AXL_NO_MEMORY;
    if (l->secrets.all == 0 || l->failure != AXL_OK) return;
    r->text = l->masked.data;
    r->bytes = l->masked.size;
}

void look_at(look *l, const filter_rules *rules, const look_tools *tools) {
    record *r = &l->record;
    l->reason = judge_form(r, rules);
    if (l->reason == DROP_REASONS) l->reason = judge_head(l, rules);
    if (l->reason != DROP_REASONS) return;
    if (tools->asker && overlap_found(tools->asker, r->text, r->bytes)) {
        l->reason = DROP_BENCHMARK;
        return;
    }
    if (tools->python && may_be_python(r->path) && !is_python(l, tools->python)) {
        l->reason = DROP_SYNTAX;
        return;
    }
    if (rules->secrets) mask(l);
    l->hash = digest_of(r->text, r->bytes);
    l->sketched = rules->near > 0 && sketch_of(&l->sketch, r->text, r->bytes);
}
