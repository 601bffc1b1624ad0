#include "infer/chat.h"

#include "base/error.h"

#include <string.h>

static axl_status add(chat *c, const void *bytes, size_t size, axl_error *err) {
    if (buf_append(&c->text, bytes, size)) return AXL_OK;
    return error_no_memory(err, "a conversation", c->text.size + size);
}

static axl_status add_text(chat *c, const char *text, axl_error *err) {
    return add(c, text, strlen(text), err);
}

axl_status chat_begin(chat *c, const chat_template *form, const char *system, axl_error *err) {
    c->form = form;
    c->turns = 0;
    buf_clear(&c->text);
    if (!system) return add_text(c, form->system, err);
    FORWARD(add_text(c, system, err));
    return add_text(c, "\n\n", err);
}

void chat_free(chat *c) {
    buf_free(&c->text);
    *c = (chat){0};
}

// There is a turn after the first.
static void forget_turn(chat *c) {
    const size_t from = c->start[0], to = c->start[1];
    memmove(c->text.data + from, c->text.data + to, c->text.size - to);
    buf_truncate(&c->text, c->text.size - (to - from));
    c->turns--;
    for (size_t i = 0; i < c->turns; i++) c->start[i] = c->start[i + 1] - (to - from);
}

axl_status chat_ask(chat *c, const chat_question *q, axl_error *err) {
    if (c->turns == CHAT_TURNS) forget_turn(c);
    c->start[c->turns++] = c->text.size;
    FORWARD(add_text(c, c->form->user, err));
    FORWARD(add(c, q->bytes, q->size, err));
    FORWARD(add_text(c, c->form->assistant, err));
    while (c->turns > 1 && c->text.size + q->answer > q->most) forget_turn(c);
    return AXL_OK;
}

axl_status chat_answer(chat *c, const void *bytes, size_t size, axl_error *err) {
    FORWARD(add(c, bytes, size, err));
    return add_text(c, c->form->end, err);
}

size_t chat_stop(const chat_template *form, char out[CHAT_STOP_MAX]) {
    const size_t end = strlen(form->end), user = strlen(form->user);
    if (user == 0) return 0;
    memcpy(out, form->end, end);
    memcpy(out + end, form->user, user);
    size_t size = end + user;
    while (size > 0 && out[size - 1] == ' ') size--;
    return size;
}
