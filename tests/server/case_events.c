// Events of a transcript, one a line:
//
//   text CHOICE BYTES                      a piece of the text, escaped
//   token CHOICE BYTE LOGPROB [SYMBOL=LOGPROB ...] [F/M/C]   one byte, what else was likely, and
//                                          the weights of the scales, which are else not known
//   prompt CHOICE [LOGPROB ...]            the prompt was read; all weights of scales are 1/0/0
//   end CHOICE stop|eos|length|time [WORD]
//   finish PROMPT CACHED WRITTEN           counts; times are 1, 2, 3 and 6 milliseconds
//   fail MESSAGE
//   vectors NUMBER ...
//   tokens, show                           bodies of /tokenize and /detokenize, and of /api/show
#include "case_file.h"

#include "support/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS 64

static size_t read_numbers(const char *text, double out[NUMBERS]) {
    size_t count = 0;
    char *end = NULL;
    for (; count < NUMBERS; count++, text = end) {
        out[count] = strtod(text, &end);
        if (end == text) break;
    }
    return count;
}

static size_t read_choice(const char **text) {
    char *end = NULL;
    const size_t choice = strtoul(*text, &end, 10);
    *text = *end == ' ' ? end + 1 : end;
    return choice;
}

static void on_text(answer *a, const char *text, buf *out) {
    buf bytes = {0};
    const size_t choice = read_choice(&text);
    case_unescape(&bytes, text);
    const answer_piece piece = {choice, buf_string(&bytes), bytes.size, NULL, NULL};
    assert_true(answer_text(a, &piece, out));
    buf_free(&bytes);
}

static void on_token(answer *a, const char *text, buf *out) {
    const size_t choice = read_choice(&text);
    char *at = NULL;
    chooser_choice token = {.symbol = (uint16_t)strtoul(text, &at, 10)};
    token.logprob = strtod(at, &at);
    float gates[1][3] = {{NAN, NAN, NAN}};
    while (*at == ' ') {
        const double number = strtod(at, &at);
        if (*at == '/') {
            gates[0][0] = (float)number;
            for (size_t i = 1; i < 3; i++) gates[0][i] = (float)strtod(at + 1, &at);
            break;
        }
        chooser_option *top = &token.top[token.top_count++];
        top->symbol = (uint16_t)number;
        assert_int_equal(*at, '=');
        top->logprob = strtod(at + 1, &at);
    }
    const uint8_t byte = (uint8_t)token.symbol;
    const answer_piece piece = {choice, &byte, 1, &token, (const float(*)[3])gates};
    assert_true(answer_text(a, &piece, out));
}

// Each symbol of the prompt is the most probable one in its place.
static void on_prompt(answer *a, const char *text, buf *out) {
    double numbers[NUMBERS];
    chooser_choice tokens[NUMBERS];
    float gates[NUMBERS][3];
    const size_t choice = read_choice(&text);
    const request_prompt *p = &a->r->prompts[choice / a->r->choices];
    const size_t count = read_numbers(text, numbers);
    if (count > 0) assert_int_equal(count, p->count - p->own);
    for (size_t i = 0; i < count; i++) {
        memcpy(gates[i], (const float[3]){1, 0, 0}, sizeof gates[i]);
        tokens[i] = (chooser_choice){
            .logprob = numbers[i], .top_count = 1, .top = {{p->symbols[p->own + i], numbers[i]}}};
    }
    assert_true(answer_prompt(a, choice, count > 0 ? tokens : NULL,
                              a->r->gates ? (const float(*)[3])gates : NULL, out));
}

static void on_end(answer *a, const char *text, buf *out) {
    const size_t choice = read_choice(&text);
    const size_t size = strcspn(text, " ");
    generation_end end = GENERATION_STOP;
    while (end < GENERATION_TIME && (strlen(generation_end_name(end)) != size ||
                                     strncmp(generation_end_name(end), text, size) != 0))
        end++;
    buf word = {0};
    if (text[size] == ' ') case_unescape(&word, text + size + 1);
    const stop_string stop = {buf_string(&word), word.size};
    assert_true(answer_end(a, choice, end, word.size > 0 ? &stop : NULL, out));
    buf_free(&word);
}

static void on_finish(answer *a, const char *text, buf *out) {
    double numbers[NUMBERS];
    assert_int_equal(read_numbers(text, numbers), 3);
    const answer_counts counts = {.prompt = (uint64_t)numbers[0],
                                  .cached = (uint64_t)numbers[1],
                                  .written = (uint64_t)numbers[2],
                                  .load_ns = 1000000,
                                  .read_ns = 2000000,
                                  .write_ns = 3000000,
                                  .total_ns = 6000000};
    assert_true(answer_finish(a, &counts, out));
}

static void on_vectors(answer *a, const char *text, buf *out) {
    double numbers[NUMBERS];
    float vectors[NUMBERS];
    const size_t count = read_numbers(text, numbers);
    assert_int_equal(count, a->r->prompt_count * a->r->model->channels);
    for (size_t i = 0; i < count; i++) vectors[i] = (float)numbers[i];
    const answer_counts counts = {.prompt = 10, .load_ns = 1000000, .total_ns = 6000000};
    assert_true(embedding_body(a->r, vectors, &counts, out));
}

static void on_fail(answer *a, const char *text, buf *out) {
    refusal why = {0};
    refuse(&why, REFUSAL_FAILED, NULL, "%s", text);
    assert_true(answer_fail(a, &why, out));
}

static void on_tokens(answer *a, const char *text, buf *out) {
    (void)text;
    assert_true(tokens_body(a->r, out));
}

static void on_show(answer *a, const char *text, buf *out) {
    (void)text;
    assert_true(show_body(a->r->model, out));
}

static void on_event(answer *a, const char *line, buf *out) {
    static const struct {
        const char *name;
        void (*run)(answer *a, const char *text, buf *out);
    } events[] = {
        {"text ", on_text},    {"token ", on_token},     {"prompt ", on_prompt},
        {"end ", on_end},      {"finish ", on_finish},   {"fail ", on_fail},
        {"tokens", on_tokens}, {"vectors ", on_vectors}, {"show", on_show},
    };
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        if (strncmp(line, events[i].name, strlen(events[i].name)) != 0) continue;
        events[i].run(a, line + strlen(events[i].name), out);
        return;
    }
    fail_msg("no such event: %s", line);
}

void case_events(const request *r, const char *events, buf *out) {
    const answer_head head = {"7", "axl-1.2.3", 1767225600, 5};
    answer a;
    if (events[0] == '\0') return;
    buf_format(out, "%s\n", answer_type(r));
    assert_true(answer_begin(&a, r, &head));
    while (*events) {
        char line[512];
        const size_t size = strcspn(events, "\n");
        assert_true(size < sizeof line);
        memcpy(line, events, size);
        line[size] = '\0';
        on_event(&a, line, out);
        events += size + 1;
    }
    answer_free(&a);
}
