#include "server/doctor/doctor.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json_out.h"
#include "base/strings.h"
#include "server/doctor/doctor_answers.h"
#include "server/doctor/doctor_ask.h"

#include <string.h>

#define EXTRA_CHECKS 2 // beside the rows

typedef struct doctor {
    const doctor_spec *spec;
    doctor_server server;
    doctor_report *out;
    size_t most; // checks
    axl_error *err;
} doctor;

void doctor_report_free(doctor_report *r) {
    mem_free(r->checks);
    mem_free(r->found);
    *r = (doctor_report){0};
}

// ---- bodies ----

// text with the model's name in the place of MODEL.
static void put_body(buf *out, const char *text, const char *model) {
    static const char mark[] = "\"MODEL\"";
    for (const char *at; (at = strstr(text, mark)) != NULL; text = at + strlen(mark)) {
        buf_append(out, text, (size_t)(at - text));
        json_out_quote(out, model, strlen(model));
    }
    buf_text(out, text);
}

// ---- a check ----

static axl_doctor_check *begin_check(doctor *d, const doctor_row *row, axl_status *status) {
    char line[128];
    string_format(line, sizeof line, NULL, "%s: %s", row->client, row->what);
    if (d->spec->progress &&
        d->spec->progress(d->spec->progress_ctx, line, d->out->count, d->most) != 0) {
        *status = error_set(d->err, AXL_INTERRUPTED, "interrupted");
        return NULL;
    }
    char *found = d->out->found[d->out->count];
    axl_doctor_check *c = &d->out->checks[d->out->count++];
    *c = (axl_doctor_check){.client = row->client,
                            .what = row->what,
                            .path = row->path,
                            .needless = row->needless,
                            .found = found,
                            .advice = ""};
    return c;
}

// A question and its answer's status and time. False: *found says why there is no answer to read.
static bool ask(doctor *d, axl_doctor_check *c, const doctor_question *q, doctor_answer *answer) {
    char *found = (char *)c->found;
    axl_error err;
    const axl_status status = doctor_ask(&d->server, q, answer, &err);
    c->status = answer->status;
    c->seconds += answer->seconds;
    if (status == AXL_OK) return true;
    string_copy(found, DOCTOR_FOUND_MAX, err.text);
    return false;
}

static bool check_status(const doctor_row *row, const doctor_answer *a, char *found) {
    const bool refused = a->status >= 400 && a->status < 500;
    const bool tried_again = a->status == 408 || a->status == 409 || a->status == 429;
    if (row->refused && a->status >= 200 && a->status < 300) {
        string_copy(found, DOCTOR_FOUND_MAX, "a wrong field is taken without a word");
        return false;
    }
    if (row->refused) {
        if (refused && !tried_again) return true;
        string_format(found, DOCTOR_FOUND_MAX, NULL,
                      "a mistake of the client gives status %d, at which SDKs try again",
                      a->status);
        return false;
    }
    if (a->status == 200) return true;
    string_format(found, DOCTOR_FOUND_MAX, NULL, "status %d", a->status);
    answer_error(&a->body, found, DOCTOR_FOUND_MAX);
    return false;
}

// A chunk that only tells of the costs has no choices.
static bool has_no_choices(const json_t *document) {
    const json_t *choices = json_object_get(document, "choices");
    return json_is_array(choices) && json_array_size(choices) == 0;
}

static bool check_documents(const doctor_row *row, const json_t *all, char *found) {
    const size_t count = json_array_size(all);
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_array_get(all, i);
        const json_t *error = row->refused ? NULL : json_object_get(one, "error");
        if (error && !json_is_null(error)) {
            string_copy(found, DOCTOR_FOUND_MAX, "the stream ends with an error");
            return false;
        }
        if (row->form == FORM_EVENTS && has_no_choices(one)) continue;
        if (!needs_met(one, row->each, found, DOCTOR_FOUND_MAX)) return false;
    }
    if (!needs_met(json_array_get(all, count - 1), row->last, found, DOCTOR_FOUND_MAX))
        return false;
    return !row->look || row->look(all, found, DOCTOR_FOUND_MAX);
}

static bool check_answer(const doctor_row *row, const doctor_answer *a, char *found) {
    if (!check_status(row, a, found)) return false;
    const char *media = answer_media(row->form);
    if (strcmp(a->type, media) != 0) {
        string_format(found, DOCTOR_FOUND_MAX, NULL, "the answer is '%s' and should be '%s'",
                      a->type, media);
        return false;
    }
    json_t *all = answer_documents(row->form, &a->body, found, DOCTOR_FOUND_MAX);
    const bool ok = all && check_documents(row, all, found);
    json_decref(all);
    return ok;
}

static axl_status run_row(doctor *d, const doctor_row *row) {
    axl_status status = AXL_OK;
    axl_doctor_check *c = begin_check(d, row, &status);
    if (!c) return status;
    buf body = {0};
    if (row->body) put_body(&body, row->body, d->out->model);
    const doctor_question q = {
        .path = row->path, .body = row->body ? &body : NULL, .accept = answer_media(row->form)};
    doctor_answer a = {0};
    c->ok = ask(d, c, &q, &a) && check_answer(row, &a, (char *)c->found);
    if (!c->ok) c->advice = row->advice;
    const bool memory = buf_ok(&body);
    buf_free(&body);
    buf_free(&a.body);
    return memory ? AXL_OK : error_no_memory(d->err, "a request", strlen(row->body));
}

// ---- what takes more than one question ----

static const doctor_row hang_up = {
    .client = "Continue, provider openai",
    .what = "leaves in the middle of a long answer",
    .path = "/v1/completions",
    .body = "{\"model\":\"MODEL\",\"prompt\":\"x\",\"max_tokens\":4096,\"stream\":true}",
    .advice = "the server should stop working for a client that is gone"};

// Continue asks for 4096 tokens and leaves when it has seen enough; the next keystroke must not
// wait for the rest.
static axl_status run_hang_up(doctor *d) {
    static const char next[] = "{\"model\":\"MODEL\",\"prompt\":\"x\",\"max_tokens\":1}";
    axl_status status = AXL_OK;
    axl_doctor_check *c = begin_check(d, &hang_up, &status);
    if (!c) return status;
    buf first = {0}, second = {0};
    doctor_answer a = {0}, b = {0};
    put_body(&first, hang_up.body, d->out->model);
    put_body(&second, next, d->out->model);
    const doctor_question leave = {hang_up.path, &first, "text/event-stream", true};
    const doctor_question stay = {hang_up.path, &second, "application/json", false};
    char *found = (char *)c->found;
    c->ok = ask(d, c, &leave, &a) && check_status(&hang_up, &a, found) && ask(d, c, &stay, &b) &&
            check_status(&hang_up, &b, found);
    if (!c->ok) c->advice = hang_up.advice;
    buf_free(&first);
    buf_free(&second);
    buf_free(&a.body);
    buf_free(&b.body);
    return AXL_OK;
}

static const doctor_row scores = {
    .client = "lm-eval",
    .what = "scores a text that is there",
    .path = "/v1/completions",
    .each =
        "choices.0.logprobs:o choices.0.logprobs.token_logprobs:a "
        "choices.0.logprobs.top_logprobs:a choices.0.logprobs.tokens:a",
    .advice = "evaluate the model without this server: 'axl eval'"};

// The tokens of a text, as the server makes them; NULL: it does not.
static json_t *tokens_of(doctor *d, axl_doctor_check *c) {
    static const char question[] = "{\"prompt\":\"def main(\",\"add_special_tokens\":false}";
    buf body = {0};
    doctor_answer a = {0};
    buf_text(&body, question);
    const doctor_question q = {"/tokenize", &body, "application/json", false};
    json_t *tokens = NULL;
    if (ask(d, c, &q, &a) && a.status == 200) {
        json_t *root = json_loadb(buf_string(&a.body), a.body.size, 0, NULL);
        tokens = json_incref(json_object_get(root, "tokens"));
        json_decref(root);
    }
    if (!json_is_array(tokens) || json_array_size(tokens) == 0) {
        json_decref(tokens);
        tokens = NULL;
        string_copy((char *)c->found, DOCTOR_FOUND_MAX, "/tokenize gives no tokens");
    }
    buf_free(&body);
    buf_free(&a.body);
    return tokens;
}

// One row a token of the prompt, and one for the token that was made; lm-eval sums up what belongs
// to the text, and takes the greatest of each row as what the model would have said.
static bool check_scores(const json_t *root, size_t tokens, char *found) {
    const json_t *of = needs_at(root, "choices.0.logprobs");
    const json_t *values = json_object_get(of, "token_logprobs");
    const json_t *tops = json_object_get(of, "top_logprobs");
    if (!needs_met(root, scores.each, found, DOCTOR_FOUND_MAX)) return false;
    const bool whole = json_array_size(values) == tokens + 1 && json_array_size(tops) == tokens + 1;
    if (!whole) {
        string_format(found, DOCTOR_FOUND_MAX, NULL,
                      "%zu tokens and one that was made have %zu probabilities", tokens,
                      json_array_size(values));
        return false;
    }
    for (size_t i = 1; i < tokens; i++) {
        const json_t *value = json_array_get(values, i), *top = json_array_get(tops, i);
        if (json_is_number(value) && json_is_object(top) && json_object_size(top) > 0) continue;
        string_format(found, DOCTOR_FOUND_MAX, NULL, "token %zu has no probabilities", i);
        return false;
    }
    return true;
}

static int append(const char *bytes, size_t size, void *to) {
    return buf_append(to, bytes, size) ? 0 : -1;
}

static bool ask_scores(doctor *d, axl_doctor_check *c, const json_t *tokens) {
    char *found = (char *)c->found;
    buf body = {0};
    doctor_answer a = {0};
    buf_text(&body, "{\"model\":");
    json_out_quote(&body, d->out->model, strlen(d->out->model));
    buf_text(&body, ",\"prompt\":[");
    (void)json_dump_callback(tokens, append, &body, JSON_COMPACT);
    buf_text(&body,
             "],\"temperature\":0,\"max_tokens\":1,\"logprobs\":1,\"seed\":1234,"
             "\"echo\":true}");
    const doctor_question q = {scores.path, &body, "application/json", false};
    bool ok = ask(d, c, &q, &a) && check_status(&scores, &a, found);
    if (ok) {
        json_t *root = json_loadb(buf_string(&a.body), a.body.size, 0, NULL);
        ok = check_scores(root, json_array_size(tokens), found);
        json_decref(root);
    }
    buf_free(&body);
    buf_free(&a.body);
    return ok;
}

static axl_status run_scores(doctor *d) {
    axl_status status = AXL_OK;
    axl_doctor_check *c = begin_check(d, &scores, &status);
    if (!c) return status;
    json_t *tokens = tokens_of(d, c);
    c->ok = tokens && ask_scores(d, c, tokens);
    if (!c->ok) c->advice = scores.advice;
    json_decref(tokens);
    return AXL_OK;
}

// ---- all of it ----

// The name of the first model that the server has. Fails where nobody answers.
static axl_status find_model(doctor *d) {
    static const struct {
        const char *path, *place;
    } lists[] = {{"/v1/models", "data.0.id"}, {"/api/tags", "models.0.name"}};
    string_copy(d->out->model, sizeof d->out->model, d->spec->model ? d->spec->model : "");
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const doctor_question q = {lists[i].path, NULL, "application/json", false};
        doctor_answer a = {0};
        const axl_status status = doctor_ask(&d->server, &q, &a, d->err);
        json_t *root = json_loadb(buf_string(&a.body), a.body.size, 0, NULL);
        const char *name = json_string_value(needs_at(root, lists[i].place));
        if (name && !d->out->model[0]) string_copy(d->out->model, sizeof d->out->model, name);
        json_decref(root);
        buf_free(&a.body);
        if (status != AXL_OK) return status;
        if (d->out->model[0]) return AXL_OK;
    }
    string_copy(d->out->model, sizeof d->out->model, "default");
    return AXL_OK;
}

axl_status doctor_run(const doctor_spec *spec, doctor_report *out, axl_error *err) {
    const size_t most = doctor_row_count + EXTRA_CHECKS;
    *out = (doctor_report){.checks = mem_zalloc_array(most, sizeof *out->checks),
                           .found = mem_zalloc_array(most, sizeof *out->found)};
    if (!out->checks || !out->found)
        return error_no_memory(err, "a report", most * DOCTOR_FOUND_MAX);
    doctor d = {.spec = spec,
                .server = {spec->url, spec->key, spec->patience_ns},
                .out = out,
                .most = most,
                .err = err};
    FORWARD(find_model(&d));
    for (size_t i = 0; i < doctor_row_count; i++) {
        FORWARD(run_row(&d, &doctor_rows[i]));
        if (i == 0) FORWARD(run_hang_up(&d));
    }
    return run_scores(&d);
}
