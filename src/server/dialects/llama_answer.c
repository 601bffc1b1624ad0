// Bodies and chunks of /completion and /infill.
#include "server/dialects/forms.h"
#include "server/dialects/symbols.h"

#include <jansson.h>
#include <string.h>

static void put_content(json_out *j, const answer *a, size_t c) {
    const answer_choice *choice = &a->choices[c];
    json_out_count(j, "index", c);
    json_out_bytes(j, "content", buf_string(&choice->text), choice->text.size);
    if (a->r->probabilities) put_token_list(j, "completion_probabilities", a, c);
}

static void write_chunk(json_out *j, const answer *a, size_t c) {
    const size_t prompt = c / a->r->choices;
    put_content(j, a, c);
    json_out_bool(j, "stop", false);
    json_out_count(j, "tokens_predicted", a->choices[c].written);
    json_out_count(j, "tokens_evaluated", a->r->prompts[prompt].count);
}

static void chunk(const answer *a, size_t c, buf *out) {
    put_event(a, c, write_chunk, out);
}

static const char *stop_type(generation_end end) {
    if (end == GENERATION_STOP) return "word";
    return end == GENERATION_EOS ? "eos" : "limit";
}

static void put_settings(json_out *j, const request *r) {
    json_out_object(j, "generation_settings");
    json_out_count(j, "n_predict", r->most_bytes);
    json_out_number(j, "temperature", r->chooser.temperature);
    json_out_count(j, "top_k", r->chooser.top_k);
    json_out_number(j, "top_p", r->chooser.top_p);
    json_out_number(j, "min_p", r->chooser.min_p);
    json_out_number(j, "repeat_penalty", r->chooser.repeat);
    json_out_number(j, "presence_penalty", r->chooser.presence);
    json_out_number(j, "frequency_penalty", r->chooser.frequency);
    if (r->seeded) json_out_count(j, "seed", r->seed);
    json_out_bool(j, "stream", r->stream);
    json_out_array(j, "stop");
    for (size_t i = 0; i < r->stop_count; i++)
        json_out_bytes(j, NULL, r->stop[i].bytes, r->stop[i].size);
    json_out_end(j);
    json_out_end(j);
}

static void put_result(json_out *j, const answer *a, size_t c, const answer_counts *counts) {
    const request *r = a->r;
    const answer_choice *choice = &a->choices[c];
    const request_prompt *p = &r->prompts[c / r->choices];
    put_content(j, a, c);
    json_out_bool(j, "stop", true);
    json_out_text(j, "model", r->model->name);
    json_out_count(j, "tokens_predicted", choice->written);
    json_out_count(j, "tokens_evaluated", p->count);
    put_settings(j, r);
    buf prompt = {0};
    symbols_spell(&prompt, p->symbols + p->own, p->count - p->own);
    json_out_bytes(j, "prompt", buf_string(&prompt), prompt.size);
    if (!buf_ok(&prompt)) j->to->failed = true;
    buf_free(&prompt);
    json_out_bool(j, "truncated", p->cut > 0);
    json_out_text(j, "stop_type", stop_type(choice->end));
    json_out_bytes(j, "stopping_word", buf_string(&choice->word), choice->word.size);
    json_out_count(j, "tokens_cached", counts->cached);
    put_timings(j, counts);
    put_notes(j, r);
}

// What is left behind the last chunk is sent as one; the end comes with the counts, in close.
static void last(const answer *a, size_t c, buf *out) {
    const answer_choice *choice = &a->choices[c];
    if (choice->text.size > 0 || choice->token_count > 0) chunk(a, c, out);
}

// ---- fields that are wanted alone ----

static json_t *walk(json_t *from, const char *path) {
    while (from) {
        const size_t size = strcspn(path, "/");
        char name[64];
        if (size >= sizeof name) return NULL;
        memcpy(name, path, size);
        name[size] = '\0';
        from = json_object_get(from, name);
        if (path[size] == '\0') return from;
        path += size + 1;
    }
    return NULL;
}

static int append(const char *bytes, size_t size, void *out) {
    return buf_append(out, bytes, size) ? 0 : -1;
}

// Takes the fields out of an object, under the names that they were asked for with.
static void pick(const request *r, const buf *from, buf *out) {
    json_t *all = json_loadb(buf_string(from), from->size, JSON_ALLOW_NUL, NULL);
    json_t *wanted = json_object();
    bool ok = all && wanted;
    for (size_t i = 0; i < r->field_count && ok; i++) {
        json_t *value = walk(all, r->fields[i]);
        if (value) ok = json_object_set(wanted, r->fields[i], value) == 0;
    }
    ok = ok && json_dump_callback(wanted, append, out, JSON_REAL_PRECISION(15)) == 0;
    if (!ok) out->failed = true;
    json_decref(wanted);
    json_decref(all);
}

static void put_object(const answer *a, size_t c, const answer_counts *counts, buf *out) {
    buf all = {0};
    json_out j = {.to = &all};
    json_out_flat_object(&j, NULL);
    put_result(&j, a, c, counts);
    json_out_end(&j);
    buf_truncate(&all, all.size > 0 ? all.size - 1 : 0); // without the newline
    if (!buf_ok(&all)) {
        out->failed = true;
    } else if (a->r->field_count > 0) {
        pick(a->r, &all, out);
    } else {
        buf_append(out, all.data, all.size);
    }
    buf_free(&all);
}

static void close_stream(const answer *a, const answer_counts *counts, buf *out) {
    for (size_t c = 0; c < a->choice_count; c++) {
        buf_text(out, "data: ");
        put_object(a, c, counts, out);
        buf_text(out, "\n\n");
    }
}

// One object for one prompt, an array for several.
static void whole(const answer *a, const answer_counts *counts, buf *out) {
    const bool many = a->choice_count > 1;
    if (many) buf_byte(out, '[');
    for (size_t c = 0; c < a->choice_count; c++) {
        if (c > 0) buf_text(out, ", ");
        put_object(a, c, counts, out);
    }
    buf_text(out, many ? "]\n" : "\n");
}

const answer_form form_llama = {chunk, last, close_stream, whole};
