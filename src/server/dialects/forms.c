#include "server/dialects/forms.h"

#include "server/dialects/symbols.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

const char *finish_reason(generation_end end) {
    return end == GENERATION_STOP || end == GENERATION_EOS ? "stop" : "length";
}

void put_event(const answer *a, size_t c, json_write *write, buf *out) {
    json_out j = {.to = out};
    buf_text(out, "data: ");
    json_out_flat_object(&j, NULL);
    write(&j, a, c);
    json_out_end(&j);
    buf_byte(out, '\n');
}

void put_notes(json_out *j, const request *r) {
    if (r->notes.size == 0) return;
    json_out_array(j, "notes");
    for (const char *line = buf_string(&r->notes); *line;) {
        const size_t size = strcspn(line, "\n");
        json_out_bytes(j, NULL, line, size);
        line += size + 1;
    }
    json_out_end(j);
}

void put_usage(json_out *j, const answer_counts *counts) {
    json_out_object(j, "usage");
    json_out_count(j, "prompt_tokens", counts->prompt);
    json_out_count(j, "completion_tokens", counts->written);
    json_out_count(j, "total_tokens", counts->prompt + counts->written);
    json_out_object(j, "prompt_tokens_details");
    json_out_count(j, "cached_tokens", counts->cached);
    json_out_end(j);
    json_out_end(j);
}

// To the microsecond, as no clock of ours is better.
static double milliseconds(uint64_t ns) {
    return round((double)ns / 1e3) / 1e3;
}

static double ratio(double a, double b) {
    return b > 0 ? round(1e3 * a / b) / 1e3 : 0;
}

void put_timings(json_out *j, const answer_counts *counts) {
    const uint64_t read = counts->prompt - counts->cached;
    const double read_ms = milliseconds(counts->read_ns), write_ms = milliseconds(counts->write_ns);
    json_out_object(j, "timings");
    json_out_count(j, "cache_n", counts->cached);
    json_out_count(j, "prompt_n", read);
    json_out_number(j, "prompt_ms", read_ms);
    json_out_number(j, "prompt_per_token_ms", ratio(read_ms, (double)read));
    json_out_number(j, "prompt_per_second", ratio(1e3 * (double)read, read_ms));
    json_out_count(j, "predicted_n", counts->written);
    json_out_number(j, "predicted_ms", write_ms);
    json_out_number(j, "predicted_per_token_ms", ratio(write_ms, (double)counts->written));
    json_out_number(j, "predicted_per_second", ratio(1e3 * (double)counts->written, write_ms));
    json_out_end(j);
}

// ---- probabilities ----

// JSON has no infinity; -9999 is what OpenAI writes for it.
static void put_logprob(json_out *j, const char *name, double logprob) {
    json_out_number(j, name, isinf(logprob) ? -9999.0 : logprob);
}

static void put_token(json_out *j, const char *name, unsigned symbol) {
    char token[SYMBOL_TOKEN_MAX];
    const size_t size = symbol_token(symbol, token);
    json_out_bytes(j, name, token, size);
}

// Symbols that are no bytes have none.
static void put_token_bytes(json_out *j, unsigned symbol) {
    if (symbol >= 256) {
        json_out_text(j, "bytes", NULL);
        return;
    }
    json_out_array(j, "bytes");
    json_out_count(j, NULL, symbol);
    json_out_end(j);
}

// The most probable ones, and the one that was chosen where it is not among them. An object cannot
// have a name twice, and a client compares the chosen one's number with the largest.
static void put_legacy_top(json_out *j, const chooser_choice *t) {
    if (isnan(t->logprob)) {
        json_out_text(j, NULL, NULL);
        return;
    }
    char token[SYMBOL_TOKEN_MAX];
    bool chosen = false;
    json_out_object(j, NULL);
    for (size_t i = 0; i < t->top_count; i++) {
        symbol_token(t->top[i].symbol, token);
        put_logprob(j, token, t->top[i].logprob);
        chosen = chosen || t->top[i].symbol == t->symbol;
    }
    symbol_token(t->symbol, token);
    if (!chosen) put_logprob(j, token, t->logprob);
    json_out_end(j);
}

void put_legacy_logprobs(json_out *j, const answer *a, size_t c) {
    const answer_choice *choice = &a->choices[c];
    if (!a->r->probabilities || (a->r->stream && choice->token_count == 0)) {
        json_out_text(j, "logprobs", NULL);
        return;
    }
    json_out_object(j, "logprobs");
    json_out_array(j, "tokens");
    for (size_t i = 0; i < choice->token_count; i++) put_token(j, NULL, choice->tokens[i].symbol);
    json_out_end(j);
    json_out_array(j, "token_logprobs");
    for (size_t i = 0; i < choice->token_count; i++)
        put_logprob(j, NULL, choice->tokens[i].logprob);
    json_out_end(j);
    json_out_array(j, "top_logprobs");
    for (size_t i = 0; i < choice->token_count; i++) put_legacy_top(j, &choice->tokens[i]);
    json_out_end(j);
    json_out_array(j, "text_offset");
    for (size_t i = 0; i < choice->token_count; i++) json_out_count(j, NULL, choice->offsets[i]);
    json_out_end(j);
    json_out_end(j);
}

static void put_one(json_out *j, unsigned symbol, double logprob) {
    put_token(j, "token", symbol);
    put_logprob(j, "logprob", logprob);
    put_token_bytes(j, symbol);
}

void put_token_list(json_out *j, const char *name, const answer *a, size_t c) {
    const answer_choice *choice = &a->choices[c];
    const bool ids = route_dialect(a->r->route) == DIALECT_LLAMA;
    json_out_array(j, name);
    for (size_t i = 0; i < choice->token_count; i++) {
        const chooser_choice *t = &choice->tokens[i];
        json_out_object(j, NULL);
        if (ids) json_out_count(j, "id", t->symbol);
        put_one(j, t->symbol, t->logprob);
        json_out_array(j, "top_logprobs");
        for (size_t k = 0; k < t->top_count; k++) {
            json_out_object(j, NULL);
            if (ids) json_out_count(j, "id", t->top[k].symbol);
            put_one(j, t->top[k].symbol, t->top[k].logprob);
            json_out_end(j);
        }
        json_out_end(j);
        json_out_end(j);
    }
    json_out_end(j);
}

void put_chat_logprobs(json_out *j, const answer *a, size_t c) {
    if (!a->r->probabilities) {
        json_out_text(j, "logprobs", NULL);
        return;
    }
    json_out_object(j, "logprobs");
    put_token_list(j, "content", a, c);
    json_out_text(j, "refusal", NULL);
    json_out_end(j);
}

// Six digits are more than a picture of them can show.
static double gate_digits(float weight) {
    return round((double)weight * 1e6) / 1e6;
}

void put_axl(json_out *j, const answer *a, size_t c) {
    const answer_choice *choice = &a->choices[c];
    if (!a->r->gates || (a->r->stream && choice->token_count == 0)) return;
    json_out_object(j, "axl");
    json_out_array(j, "gates");
    for (size_t i = 0; i < choice->token_count; i++) {
        const float *gate = choice->gates[i];
        if (isnan(gate[0])) {
            json_out_text(j, NULL, NULL);
            continue;
        }
        json_out_array(j, NULL);
        for (size_t k = 0; k < 3; k++) json_out_number(j, NULL, gate_digits(gate[k]));
        json_out_end(j);
    }
    json_out_end(j);
    json_out_end(j);
}

// ---- texts ----

// The Gregorian calendar, counted from the first of March of the year 0, so that the leap day is a
// year's last.
void put_time(json_out *j, const char *name, uint64_t seconds, uint32_t nanoseconds) {
    const uint64_t latest = 253402300799; // 9999-12-31T23:59:59
    if (seconds > latest) seconds = latest;
    const uint64_t days = seconds / 86400 + 719468, second = seconds % 86400;
    const uint64_t era = days / 146097, day_of_era = days % 146097; // 400 years
    const uint64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const uint64_t day = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const uint64_t month = (5 * day + 2) / 153; // 0: March
    const uint64_t year = 400 * era + year_of_era + (month >= 10);
    buf text = {0};
    buf_format(&text,
               "%04" PRIu64 "-%02" PRIu64 "-%02" PRIu64 "T%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64
               ".%09" PRIu32 "Z",
               year, month < 10 ? month + 3 : month - 9, day - (153 * month + 2) / 5 + 1,
               second / 3600, second / 60 % 60, second % 60, nanoseconds % 1000000000u);
    json_out_bytes(j, name, buf_string(&text), text.size);
    if (!buf_ok(&text)) j->to->failed = true;
    buf_free(&text);
}

bool base64_put(buf *out, const void *bytes, size_t size) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i += 3) {
        const size_t left = size - i;
        const uint32_t three = (uint32_t)at[i] << 16 | (left > 1 ? (uint32_t)at[i + 1] << 8 : 0) |
                               (left > 2 ? at[i + 2] : 0);
        buf_byte(out, (uint8_t)digits[three >> 18]);
        buf_byte(out, (uint8_t)digits[three >> 12 & 63]);
        buf_byte(out, (uint8_t)(left > 1 ? digits[three >> 6 & 63] : '='));
        buf_byte(out, (uint8_t)(left > 2 ? digits[three & 63] : '='));
    }
    return buf_ok(out);
}
