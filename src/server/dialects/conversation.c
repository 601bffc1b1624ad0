#include "server/dialects/conversation.h"

#include "server/dialects/fields.h"
#include "server/dialects/prompts.h"

#include <string.h>

typedef enum role { ROLE_NONE, ROLE_SYSTEM, ROLE_USER, ROLE_ASSISTANT } role;

static const struct {
    const char *name;
    role role;
} roles[] = {
    {"system", ROLE_SYSTEM},       {"developer", ROLE_SYSTEM}, {"user", ROLE_USER},
    {"assistant", ROLE_ASSISTANT}, {"model", ROLE_ASSISTANT},  {"tool", ROLE_USER},
    {"function", ROLE_USER},
};

static role role_of(const json_t *message) {
    const char *name = json_string_value(json_object_get(message, "role"));
    for (size_t i = 0; name && i < sizeof roles / sizeof *roles; i++)
        if (strcmp(name, roles[i].name) == 0) return roles[i].role;
    return ROLE_NONE;
}

// What is being written down: neighbours of one role are one turn.
typedef struct writer {
    const body *b;
    request *r;
    chat chat;
    buf system, turn;
    role role;        // of turn
    size_t forgotten; // bytes of turns that found no room
    bool began;
} writer;

static bool wrong(const writer *w, size_t i, const char *what) {
    return refuse(w->b->why, REFUSAL_TYPE, "messages", "messages[%zu]%s", i, what);
}

// Puts a piece behind a blank line.
static bool join(buf *to, const json_t *text, bool apart) {
    if (apart && to->size > 0) buf_text(to, "\n\n");
    return buf_append(to, json_string_value(text), json_string_length(text));
}

static bool add_parts(writer *w, size_t i, const json_t *parts, buf *to) {
    for (size_t k = 0; k < json_array_size(parts); k++) {
        const json_t *part = json_array_get(parts, k);
        const json_t *text = json_is_string(part) ? part : json_object_get(part, "text");
        const char *type = json_string_value(json_object_get(part, "type"));
        if (type && strcmp(type, "text") != 0 && strcmp(type, "input_text") != 0)
            return wrong(w, i, " has a part that is no text; this model reads text only");
        if (!json_is_string(text)) return wrong(w, i, " has a part without a text");
        if (!join(to, text, k == 0)) return refuse_memory(w->b->why);
    }
    return true;
}

static bool add_content(writer *w, size_t i, const json_t *message, buf *to) {
    const json_t *content = json_object_get(message, "content");
    if (json_is_array(content)) return add_parts(w, i, content, to);
    if (json_is_string(content)) return join(to, content, true) || refuse_memory(w->b->why);
    // An answer that called tools has no content.
    if (!content || json_is_null(content)) return true;
    return wrong(w, i, ".content should be a string or an array of parts");
}

static bool check(const writer *w, axl_status status) {
    return status == AXL_OK || refuse_memory(w->b->why);
}

static bool begin(writer *w) {
    w->began = true;
    const generation_settings *s = w->r->model->settings;
    return check(w, chat_begin(&w->chat, &s->chat,
                               w->system.size > 0 ? buf_string(&w->system) : NULL, NULL));
}

// Where the last question is asked, the oldest turns make room for it and for the answer.
static bool ask(writer *w, bool last) {
    const chat_template *form = w->chat.form;
    const size_t context = w->r->model->context;
    const chat_question q = {.bytes = buf_string(&w->turn),
                             .size = w->turn.size,
                             .answer = last ? context - prompt_room(w->r) : 0,
                             .most = last ? context - 1 : SIZE_MAX};
    const size_t all = w->chat.text.size + strlen(form->user) + q.size + strlen(form->assistant);
    if (!check(w, chat_ask(&w->chat, &q, NULL))) return false;
    w->forgotten += all - w->chat.text.size;
    return true;
}

// Ends the turn that is being collected. A conversation that the assistant begins has an empty
// question before it.
static bool end_turn(writer *w) {
    bool ok = w->began || begin(w);
    if (ok && w->role == ROLE_USER) ok = ask(w, false);
    if (ok && w->role == ROLE_ASSISTANT)
        ok = check(w, chat_answer(&w->chat, buf_string(&w->turn), w->turn.size, NULL));
    buf_clear(&w->turn);
    w->role = ROLE_NONE;
    return ok;
}

static bool start_turn(writer *w, role next) {
    if (w->role == next) return true;
    const bool unasked = next == ROLE_ASSISTANT && w->role == ROLE_NONE;
    if (unasked) w->role = ROLE_USER;
    if (w->role != ROLE_NONE && !end_turn(w)) return false;
    w->role = next;
    return true;
}

static bool add_message(writer *w, size_t i, const json_t *message) {
    if (!json_is_object(message)) return wrong(w, i, " should be an object");
    const role who = role_of(message);
    if (who == ROLE_NONE)
        return wrong(w, i, ".role should be system, developer, user, assistant or tool");
    if (who != ROLE_SYSTEM) return start_turn(w, who) && add_content(w, i, message, &w->turn);
    // Later than at the beginning there is no place for a system text but a question.
    if (w->role == ROLE_NONE && !w->began) return add_content(w, i, message, &w->system);
    return start_turn(w, ROLE_USER) && add_content(w, i, message, &w->turn);
}

// The last turn: a question to be answered, or an answer to be gone on with.
static bool finish(writer *w) {
    if (!w->began && !begin(w)) return false;
    if (w->role != ROLE_ASSISTANT) return ask(w, true);
    return buf_append(&w->chat.text, buf_string(&w->turn), w->turn.size) ||
           refuse_memory(w->b->why);
}

static bool add_prompt(writer *w) {
    symbol_list l = {0};
    symbols_put_bytes(&l, buf_string(&w->chat.text), w->chat.text.size);
    if (!prompt_add_symbols(w->r, &l, w->b->why)) return false;
    w->r->prompts[w->r->prompt_count - 1].cut += w->forgotten;
    char stop[CHAT_STOP_MAX];
    const size_t size = chat_stop(&w->r->model->settings->chat, stop);
    return request_stop(w->r, stop, size, w->b->why);
}

bool conversation_read(const body *b, request *r) {
    const json_t *messages = body_get(b, "messages");
    if (!messages) return refuse(b->why, REFUSAL_MISSING, "messages", "messages should be given");
    if (!json_is_array(messages)) return body_wrong(b, "messages", "an array");
    const size_t count = json_array_size(messages);
    if (count == 0) return refuse(b->why, REFUSAL_VALUE, "messages", "messages is empty");
    writer w = {.b = b, .r = r};
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++) ok = add_message(&w, i, json_array_get(messages, i));
    ok = ok && finish(&w) && add_prompt(&w);
    chat_free(&w.chat);
    buf_free(&w.system);
    buf_free(&w.turn);
    return ok;
}
