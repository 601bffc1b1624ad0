#include "sandbox/judge.h"

#include "base/error.h"
#include "base/strings.h"
#include "os/random.h"
#include "sandbox/sandbox_parts.h"

#include <string.h>

#define SECRET_BYTES 16
#define SECRET_TEXT (2 * SECRET_BYTES)
#define ANSWER_MAX ((size_t)4096)

static const char *const names[JUDGE_VERDICTS] = {"passed", "wrong", "raised", "late", "ended"};

const char *judge_verdict_name(judge_verdict v) {
    return names[v];
}

static axl_status make_secret(char out[SECRET_TEXT + 1], axl_error *err) {
    uint8_t bytes[SECRET_BYTES];
    FORWARD(os_random(bytes, sizeof bytes, err));
    for (size_t i = 0; i < SECRET_BYTES; i++) string_format(out + 2 * i, 3, NULL, "%02x", bytes[i]);
    return AXL_OK;
}

// The job in the words of jail.py.
static bool put_job(buf *to, const judge_case *c, const char *secret) {
    const char *const rest[] = {secret, c->check, c->prelude, c->entry, c->names};
    buf_format(to, "judge %zu", c->program_size);
    for (size_t i = 0; i < 5; i++) buf_format(to, " %zu", strlen(rest[i]));
    buf_byte(to, '\n');
    buf_append(to, c->program, c->program_size);
    for (size_t i = 0; i < 5; i++) buf_text(to, rest[i]);
    return buf_ok(to);
}

// "SECRET WORD TEXT\n" and nothing else is a verdict.
static bool read_verdict(const buf *answer, const char *secret, judge_result *out) {
    const char *text = buf_string(answer);
    if (answer->size < SECRET_TEXT + 2 || memcmp(text, secret, SECRET_TEXT) != 0 ||
        text[SECRET_TEXT] != ' ' || text[answer->size - 1] != '\n')
        return false;
    const char *word = text + SECRET_TEXT + 1;
    for (size_t i = 0; i < JUDGE_VERDICTS; i++) {
        const size_t size = strlen(names[i]);
        if (strncmp(word, names[i], size) != 0 || word[size] != ' ') continue;
        out->verdict = (judge_verdict)i;
        string_copy(out->text, sizeof out->text, word + size + 1);
        out->text[strcspn(out->text, "\n")] = '\0';
        return true;
    }
    return false;
}

axl_status judge_run(const sandbox *s, const judge_case *c, const sandbox_limits *l,
                     judge_result *out, axl_error *err) {
    *out = (judge_result){.verdict = JUDGE_ENDED};
    char secret[SECRET_TEXT + 1];
    FORWARD(make_secret(secret, err));
    buf text = {0};
    if (!put_job(&text, c, secret)) {
        buf_free(&text);
        return error_no_memory(err, "a program", c->program_size);
    }
    sandbox_limits limits = *l;
    limits.output = ANSWER_MAX;
    const jail_job job = {.text = text.data, .size = text.size, .limits = &limits};
    sandbox_result r;
    const axl_status status = jail_run(s, &job, &r, err);
    buf_free(&text);
    if (status != AXL_OK) return status;
    if (r.end == SANDBOX_LATE)
        out->verdict = JUDGE_LATE;
    else if (r.end == SANDBOX_ENDED && r.code == 0)
        (void)read_verdict(&r.out, secret, out);
    sandbox_result_free(&r);
    return AXL_OK;
}
