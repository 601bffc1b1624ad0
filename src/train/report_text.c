#include "train/report_text.h"

#include "base/decimal.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define NOT_MEASURED "not measured"

static void put_html(buf *out, unsigned char c) {
    switch (c) {
    case '<':
        buf_text(out, "&lt;");
        break;
    case '>':
        buf_text(out, "&gt;");
        break;
    case '&':
        buf_text(out, "&amp;");
        break;
    case '"':
        buf_text(out, "&#34;");
        break;
    case '\'':
        buf_text(out, "&#39;");
        break;
    case 0x7f:
        buf_text(out, "\xe2\x90\xa1");
        break; // U+2421
    default:
        if (c < 0x20 && c != '\n' && c != '\t') {
            const char picture[] = {'\xe2', '\x90', (char)(0x80 + c), '\0'}; // U+2400 + c
            buf_text(out, picture);
        } else {
            buf_byte(out, c);
        }
    }
}

void report_html(buf *out, train_text text, size_t max) {
    const bool cut = text.size > max;
    const unsigned char *at = (const unsigned char *)text.data;
    size_t left = cut ? utf8_cut(text.data, text.size, max) : text.size;
    while (left > 0) {
        const size_t valid = utf8_valid_prefix(at, left);
        for (size_t i = 0; i < valid; i++) put_html(out, at[i]);
        at += valid;
        left -= valid;
        if (left == 0) break;
        buf_text(out, "\xef\xbf\xbd"); // U+FFFD
        at++;
        left--;
    }
    if (cut) buf_text(out, "\xe2\x80\xa6"); // an ellipsis
}

void report_html_name(buf *out, const char *name) {
    if (name == NULL) name = "not known";
    report_html(out, (train_text){name, strlen(name)}, REPORT_NAME_MAX);
}

static bool is_plain(const char *name) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        "._-+/@=,: ()";
    return *name != '\0' && *name != ' ' && strspn(name, plain) == strlen(name);
}

// A code span cannot hold everything: a table would be cut at a bar. Other names become HTML, with
// every character that Markdown could take for its own as an entity.
void report_markdown_name(buf *out, const char *name) {
    if (name == NULL) name = "not known";
    if (is_plain(name)) {
        buf_format(out, "`%.*s`", REPORT_NAME_MAX, name);
        return;
    }
    buf html = {0};
    report_html_name(&html, name);
    buf_text(out, "<code>");
    for (const char *c = buf_string(&html); *c != '\0'; c++) {
        if (strchr("|`*_[]\\~!:@\n\t", *c) != NULL) {
            buf_format(out, "&#%d;", *c);
        } else {
            buf_byte(out, (uint8_t)*c);
        }
    }
    buf_text(out, "</code>");
    if (!buf_ok(&html)) out->failed = true;
    buf_free(&html);
}

void report_count(buf *out, uint64_t value) {
    char digits[24];
    size_t length = 0;
    do {
        digits[length++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (length-- > 0) {
        buf_byte(out, (uint8_t)digits[length]);
        if (length > 0 && length % 3 == 0) buf_byte(out, ',');
    }
}

void report_places(buf *out, double value, int places) {
    if (isfinite(value)) {
        decimal_put_places(out, value, places);
    } else {
        buf_text(out, NOT_MEASURED);
    }
}

// Three digits or so, with the prefix of a power of 1000.
static void put_scaled(buf *out, double value, const char *unit) {
    static const char *const prefixes[] = {"", "k", "M", "G", "T", "P"};
    size_t prefix = 0;
    // 999.5 of one unit would be shown as 1000.
    for (; value >= 999.5 && prefix < 5; prefix++) value /= 1000;
    const int places = value < 99.95 && (prefix > 0 || value != floor(value)) ? 1 : 0;
    decimal_put_places(out, value, places);
    buf_format(out, " %s%s", prefixes[prefix], unit);
}

void report_amount(buf *out, double bytes) {
    put_scaled(out, bytes, "B");
}

void report_energy(buf *out, double joules) {
    if (isfinite(joules)) {
        put_scaled(out, joules, "J");
    } else {
        buf_text(out, NOT_MEASURED);
    }
}

void report_duration(buf *out, double seconds) {
    if (!isfinite(seconds) || seconds < 0 || seconds > 1e12) {
        buf_text(out, NOT_MEASURED);
        return;
    }
    const uint64_t whole = (uint64_t)(seconds + 0.5);
    if (whole < 60) {
        decimal_put_places(out, seconds, seconds < 9.95 ? 1 : 0);
        buf_text(out, " s");
    } else if (whole < 3600) {
        buf_format(out, "%" PRIu64 " min %" PRIu64 " s", whole / 60, whole % 60);
    } else {
        buf_format(out, "%" PRIu64 " h %" PRIu64 " min", whole / 3600, whole / 60 % 60);
    }
}

void report_bits(buf *out, double bpb) {
    report_places(out, bpb, 3);
}

void report_perplexity(buf *out, double bpb) {
    report_places(out, exp2(bpb), 3);
}

void report_percent(buf *out, double share) {
    report_places(out, share * 100, 1);
    if (isfinite(share)) buf_text(out, " %");
}

// Days since 1970 to a date of the Gregorian calendar, by eras of 400 years that begin in March.
void report_date(buf *out, double time) {
    if (!(time > 0 && time < 1e11)) {
        buf_text(out, "an unknown time");
        return;
    }
    const uint64_t seconds = (uint64_t)time, days = seconds / 86400 + 719468;
    const uint64_t era = days / 146097, day_of_era = days % 146097;
    const uint64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const uint64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const uint64_t from_march = (5 * day_of_year + 2) / 153;
    const uint64_t day = day_of_year - (153 * from_march + 2) / 5 + 1;
    const uint64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    const uint64_t year = year_of_era + era * 400 + (month <= 2);
    buf_format(out, "%04u-%02u-%02u %02u:%02u UTC", (unsigned)year, (unsigned)month, (unsigned)day,
               (unsigned)(seconds / 3600 % 24), (unsigned)(seconds / 60 % 60));
}

void report_read(buf *out, const train_file *f) {
    if (f->read < f->bytes) {
        report_count(out, f->read);
        buf_text(out, " of ");
    }
    report_count(out, f->bytes);
}

void report_fact(buf *out, const train_fact *fact) {
    if (fact->text != NULL) {
        buf_text(out, fact->text);
    } else if (isfinite(fact->number)) {
        decimal_put(out, fact->number);
    } else {
        buf_text(out, "not set");
    }
}

// The lowest figure that a model trained on one machine can be believed to reach on text that it
// has not seen: the best large models need 0.5 to 0.6 bits for a byte of public code.
#define BELIEVABLE_BPB 0.68

// From this share on, text that stands in both sets is said to matter.
#define OVERLAP_TOLD 0.01

static void compare(buf *out, const train_figures *f) {
    const bool has_xz = isfinite(f->xz_bpb);
    const double other = has_xz ? f->xz_bpb : f->gzip_bpb;
    const char *name = has_xz ? "xz -9e" : "gzip -9";
    if (!isfinite(other) || other <= 0) {
        buf_text(out, " No compressor was run beside it.");
        return;
    }
    if (f->eval_bpb < other) {
        buf_text(out, " That is ");
        report_percent(out, 1 - f->eval_bpb / other);
        buf_format(out, " less than %s needs for the same files joined (", name);
        report_bits(out, other);
        buf_text(out, ").");
    } else {
        buf_format(out, " That is worse than %s, which needs ", name);
        report_bits(out, other);
        buf_text(out,
                 " for the same files joined: a general compressor, without any training,"
                 " predicts this text better than the model.");
    }
}

static void put_doubts(buf *out, const train_summary *s) {
    const train_figures *f = &s->figures;
    const uint64_t all = s->data.held_answers > 0 ? s->data.held_answers : s->data.held_bytes;
    // An answer may well repeat its prompt.
    if (f->eval_bpb < BELIEVABLE_BPB && s->data.held_answers == 0) {
        buf_text(out,
                 " So low a figure is not to be believed: look for copies of the held-out"
                 " files in the training data.");
    }
    if (s->data.overlap >= OVERLAP_TOLD) {
        buf_text(out, " Of the held-out text ");
        report_percent(out, s->data.overlap);
        buf_text(out, " also stands in the training data, which flatters the figure.");
    }
    if (f->best_step > 0) {
        buf_text(out, " The model is that of step ");
        report_count(out, f->best_step);
        buf_text(out, ", the best one on this text, which flatters the figure a little.");
    }
    if (f->eval_bytes > 0 && f->eval_bytes < all) {
        buf_text(out, " Only ");
        report_count(out, f->eval_bytes);
        buf_format(out, " of the %s bytes were evaluated.",
                   s->data.held_answers > 0 ? "answers'" : "held-out");
    }
}

void report_verdict(buf *out, const train_summary *s) {
    const train_figures *f = &s->figures;
    if (!isfinite(f->eval_bpb)) {
        buf_text(out,
                 "Nothing was evaluated on held-out text, so nobody knows how well this model"
                 " predicts text that it has not seen.");
    } else {
        const bool answers = s->data.held_answers > 0;
        buf_text(out, answers ? "Answers only: on held-out answers, each behind its prompt, the"
                                " model needs "
                              : "On held-out text the model needs ");
        report_bits(out, f->eval_bpb);
        buf_text(out, " bits per byte, a perplexity of ");
        report_perplexity(out, f->eval_bpb);
        buf_text(out, " per byte: at each byte it is as unsure as between ");
        report_places(out, exp2(f->eval_bpb), 1);
        buf_text(out, " equally likely ones.");
        if (!answers) compare(out, f);
        put_doubts(out, s);
    }
    if (!s->finished) buf_text(out, " The run was interrupted before its end.");
}
