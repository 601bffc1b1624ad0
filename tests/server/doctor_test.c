// What the doctor makes of answers: needs, documents of streams, and the rows themselves.
#include "support/unit.h"

#include "server/doctor/doctor_answers.h"

#include <string.h>

#define FOUND_MAX 200

static void test_needs(void **state) {
    (void)state;
    static const struct {
        const char *needs, *found; // found NULL: they are met
    } cases[] = {
        {NULL, NULL},
        {"", NULL},
        {"a:n b.c:s b.c:zs list.1.x:b list.0:z o:o list:a", NULL},
        {"a:*  list.0:*", NULL},
        {"?none:s ?b.none.deeper:n", NULL},
        {"none:s", "there is no none"},
        {"b.d:s", "there is no b.d"},
        {"list.3:s", "there is no list.3"},
        {"a.x:s", "there is no a.x"},
        {"a:s", "a is a number and should be a string"},
        {"?a:s", "a is a number and should be a string"},
        {"b.c:n list:a", "b.c is a string and should be a number"},
        {"list.1.x:n", "list.1.x is true or false and should be a number"},
        {"list.0:oa", "list.0 is null and should be an object"},
    };
    json_t *root = json_loads(
        "{\"a\": 1.5, \"b\": {\"c\": \"\"}, \"list\": [null, {\"x\": true}], \"o\": {}}", 0, NULL);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char found[FOUND_MAX] = "";
        const bool met = needs_met(root, cases[i].needs, found, sizeof found);
        if (met != !cases[i].found) fail_msg("row %zu: %s", i, found);
        if (!met) assert_string_equal(found, cases[i].found);
    }
    json_decref(root);
}

static void test_documents(void **state) {
    (void)state;
    static const struct {
        doctor_form form;
        const char *body;
        size_t count; // of documents; 0: it cannot be read
        const char *found;
    } cases[] = {
        {FORM_BODY, "{\"a\": 1}", 1, ""},
        {FORM_BODY, "", 0, "this is no JSON: "},
        {FORM_BODY, "<html>", 0, "this is no JSON: <html>"},
        {FORM_LINES, "{}\n{}\n", 2, ""},
        {FORM_LINES, "{}\r\n\r\n{}", 2, ""},
        {FORM_LINES, "\n", 0, "the answer is empty"},
        {FORM_LINES, "{}\n{\n", 0, "this is no JSON: {"},
        {FORM_EVENTS, "data: {}\n\ndata:{}\n\n: note\n\ndata: [DONE]\n\n", 2, ""},
        {FORM_EVENTS, "event: x\r\ndata: {\"stop\": true}\r\n\r\n", 1, ""},
        {FORM_EVENTS, "data: {}\n\n", 0, "the stream has no data: [DONE] at its end"},
        {FORM_EVENTS, "data: [DONE]\n\n", 0, "the answer is empty"},
        {FORM_EVENTS, "data: {}\n\n: ping\n\ndata: [DONE]\n\n", 0,
         "a comment \": ping\", at which Continue stops reading"},
        {FORM_EVENTS, "data: {\n\ndata: [DONE]\n\n", 0, "this is no JSON: {"},
        {FORM_EVENTS, "data", 0, "the stream has no data: [DONE] at its end"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char found[FOUND_MAX] = "";
        buf body = {0};
        buf_text(&body, cases[i].body);
        json_t *all = answer_documents(cases[i].form, &body, found, sizeof found);
        if (json_array_size(all) != cases[i].count || (all != NULL) != (cases[i].count > 0))
            fail_msg("row %zu: %zu documents: %s", i, json_array_size(all), found);
        assert_string_equal(found, cases[i].found);
        json_decref(all);
        buf_free(&body);
    }
}

static void test_errors(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"{\"error\": {\"message\": \"no\"}}", "status 400: no"},
        {"{\"error\": \"no\"}", "status 400: no"},
        {"{\"error\": 3}", "status 400"},
        {"{}", "status 400"},
        {"", "status 400"},
        {"[1", "status 400"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char found[FOUND_MAX] = "status 400";
        buf body = {0};
        buf_text(&body, cases[i][0]);
        answer_error(&body, found, sizeof found);
        assert_string_equal(found, cases[i][1]);
        buf_free(&body);
    }
}

// A slip in a row would be a fault of the server that is looked at.
static void test_rows(void **state) {
    (void)state;
    for (size_t i = 0; i < doctor_row_count; i++) {
        const doctor_row *row = &doctor_rows[i];
        json_error_t error;
        assert_non_null(row->client);
        assert_non_null(row->what);
        assert_non_null(row->advice);
        assert_int_equal(row->path[0], '/');
        if (!row->body) continue;
        json_t *body = json_loads(row->body, JSON_REJECT_DUPLICATES, &error);
        if (!body) fail_msg("%s, %s: %s", row->client, row->what, error.text);
        // Every name of a model is the one that is asked for.
        const json_t *model = json_object_get(body, "model");
        if (model) assert_string_equal(json_string_value(model), "MODEL");
        const bool streams = json_is_true(json_object_get(body, "stream"));
        if (row->form == FORM_EVENTS) assert_true(streams);
        if (row->form == FORM_BODY) assert_false(streams);
        json_decref(body);
    }
}

// The looks that needs cannot say, each with what it lets pass and what it does not.
static const doctor_row *row_of(const char *client, const char *what) {
    for (size_t i = 0; i < doctor_row_count; i++)
        if (strcmp(doctor_rows[i].client, client) == 0 && strcmp(doctor_rows[i].what, what) == 0)
            return &doctor_rows[i];
    fail_msg("there is no row '%s' of %s", what, client);
    return NULL;
}

static void test_looks(void **state) {
    (void)state;
    static const struct {
        const char *client, *what, *all;
        bool ok;
    } cases[] = {
        {"OpenAI SDK", "turns texts into vectors",
         "[{\"data\": [{\"embedding\": \"AACAPwAAAEA=\"}]}]", true},
        {"OpenAI SDK", "turns texts into vectors", "[{\"data\": [{\"embedding\": \"AACAPw==\"}]}]",
         true},
        {"OpenAI SDK", "turns texts into vectors", "[{\"data\": [{\"embedding\": \"AACA\"}]}]",
         false},
        {"OpenAI SDK", "turns texts into vectors", "[{\"data\": [{\"embedding\": \"\"}]}]", false},
        {"LangChain", "completes several prompts",
         "[{\"choices\": [{\"index\": 0}, {\"index\": 1}, {\"index\": 2}, {\"index\": 3}]}]", true},
        {"LangChain", "completes several prompts",
         "[{\"choices\": [{\"index\": 0}, {\"index\": 2}, {\"index\": 1}, {\"index\": 3}]}]",
         false},
        {"LangChain", "completes several prompts", "[{\"choices\": [{\"index\": 0}]}]", false},
        {"LangChain", "embeds with Ollama's route", "[{\"embeddings\": [[1], [2]]}]", true},
        {"LangChain", "embeds with Ollama's route", "[{\"embeddings\": [[1]]}]", false},
        {"LangChain", "embeds with Ollama's route", "[{\"embeddings\": [[], []]}]", false},
        {"Continue, provider ollama", "asks what the model can do",
         "[{\"template\": \"{{.Suffix}}\"}]", true},
        {"Continue, provider ollama", "asks what the model can do",
         "[{\"template\": \"{{.Prompt}}\"}]", false},
        {"Ollama's clients", "generate", "[{}, {\"done\": true}]", true},
        {"Ollama's clients", "generate", "[{\"done\": true}, {\"done\": false}]", false},
        {"Continue, provider llama.cpp", "completes as a stream", "[{\"stop\": true}]", true},
        {"Continue, provider llama.cpp", "completes as a stream", "[{\"stop\": false}]", false},
        {"OpenAI SDK", "chats, as a stream", "[{\"choices\": [1]}, {\"choices\": []}]", true},
        {"OpenAI SDK", "chats, as a stream", "[{\"choices\": [1]}]", false},
        {"OpenAI SDK", "is told what is wrong", "[{\"error\": {\"message\": \"no\"}}]", true},
        {"OpenAI SDK", "is told what is wrong", "[{\"error\": {\"message\": \"\"}}]", false},
        {"lm-eval", "finds the end of the text", "[{\"tokens\": [257]}]", true},
        {"lm-eval", "finds the end of the text", "[{\"tokens\": [60, 124]}]", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char found[FOUND_MAX] = "";
        json_t *all = json_loads(cases[i].all, 0, NULL);
        assert_non_null(all);
        const doctor_row *row = row_of(cases[i].client, cases[i].what);
        if (row->look(all, found, sizeof found) != cases[i].ok) fail_msg("row %zu: %s", i, found);
        assert_int_equal(found[0] == '\0', cases[i].ok);
        json_decref(all);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_needs),  cmocka_unit_test(test_documents),
        cmocka_unit_test(test_errors), cmocka_unit_test(test_rows),
        cmocka_unit_test(test_looks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
